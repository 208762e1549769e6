import assert from "node:assert/strict";
import { test } from "node:test";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { HEADER_BYTES } from "../../mod.ts";
import { GroupScanner } from "../../lib/segment/group_scanner.ts";
import { encodeHeader, FAST_MAGIC } from "../../lib/segment/header.ts";
import { firstBoundary } from "../../lib/segment/seal.ts";
import { PATH, SegmentFixture, SESSION } from "../support/segment_fixture.ts";
import { workedExample } from "../support/worked_example.ts";

test("the worked example of a seal is a valid first group of session 7", async () => {
  await loadChecksum();
  const example = workedExample("lib/segment/seal.ts");
  const fixture = new SegmentFixture();
  fixture.replace(encodeHeader(FAST_MAGIC, HEADER_BYTES));
  fixture.write(example, HEADER_BYTES);
  const segment = await fixture.open();
  assert.equal(segment.recovery.groups, 1);
  assert.equal(segment.committedBytes, HEADER_BYTES + example.length);
  await segment.close();
  const file = fixture.storage.open(PATH);
  const otherSession = firstBoundary(FAST_MAGIC, SESSION + 1);
  assert.equal(new GroupScanner(file, SESSION + 1, otherSession, file.size()).next(), false);
  file.close();
});
