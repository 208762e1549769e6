import { test } from "node:test";
import * as library from "../../mod.ts";
import { checkVersions } from "../model/space_versions.ts";

test("one of a hundred thousand versions of an address is found by reading a few pages", async () => {
  await checkVersions(library, 100_000);
});
