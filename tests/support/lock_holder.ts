/**
 * A process that opens a segment, says so, and holds it until its input ends or it is killed.
 *
 * Arguments: the root, the session.
 *
 * @module
 */

import process from "node:process";
import { FastSegment, InfiniteDbError } from "../../mod.ts";

const [root, session] = process.argv.slice(2);
try {
  const segment = await FastSegment.open(root, Number(session));
  console.log("open");
  for await (const _ of process.stdin);
  await segment.close();
} catch (error) {
  if (!(error instanceof InfiniteDbError)) throw error;
  console.log(error.code);
}
