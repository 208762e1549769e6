/**
 * Writes a database and reads it back, for a process that may touch nothing but the root.
 *
 * Arguments: the root, "write", "read" or "kill" (write, and end without closing).
 *
 * @module
 */

import process from "node:process";
import { open } from "../../mod.ts";

const [root, what] = process.argv.slice(2);
const db = await open(root, { readOnly: what === "read", fastPath: {} });
if (what !== "read") {
  await db.createSpace("pumps", { dims: 2 });
  await db.write((session) => session.insert("pumps", [1, 2], "committed"));
  const session = db.session();
  session.insert("pumps", [3, 4], "sealed");
  await session.seal();
  if (what === "write") {
    await db.flush();
    session.commitSync();
    await session.close();
  }
}
console.log(JSON.stringify({
  points: db.space("pumps").query().map(({ point }) => point.join()).toArray(),
  interrupted: db.interrupted().length,
  warnings: db.recovery.warnings.length,
}));
if (what === "kill") process.exit(0);
await db.close();
