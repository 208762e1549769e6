/**
 * Where a bench ran: a number without its machine says nothing.
 *
 * @module
 */

import { existsSync, readFileSync, realpathSync } from "node:fs";
import * as os from "node:os";
import process from "node:process";

const MOUNTS = "/proc/mounts";

/** The runtime and its version, as in "Deno 2.9.6". */
export function runtimeName(): string {
  const { bun, deno, node } = process.versions;
  if (deno !== undefined) return `Deno ${deno}`;
  return bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}

/**
 * One line on the machine.
 *
 * @param directory Whose filesystem is named
 */
export function describeMachine(directory: string): string {
  const cpus = os.cpus();
  const memoryGib = Math.round(os.totalmem() / 2 ** 30);
  return [
    runtimeName(),
    `${cpus[0]?.model.trim() ?? "unknown processor"}, ${cpus.length} cores, ${memoryGib} GiB`,
    `${os.type()} ${os.release()}`,
    describeFilesystem(directory),
  ].join("; ");
}

/** Device, type and options of the mount that holds a directory, as far as the system tells. */
function describeFilesystem(directory: string): string {
  if (!existsSync(MOUNTS)) return "filesystem unknown";
  const path = realpathSync(directory);
  let best = ["", "", "", ""];
  for (const line of readFileSync(MOUNTS, "utf8").split("\n")) {
    const fields = line.split(" ");
    const point = fields[1] ?? "";
    const holds = path === point || path.startsWith(point.endsWith("/") ? point : point + "/");
    if (point !== "" && holds && point.length >= best[1].length) best = fields;
  }
  return `${best[2]} on ${best[0]} (${best[3]})`;
}
