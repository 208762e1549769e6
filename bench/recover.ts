/**
 * How fast is a segment opened after a kill, how fast is it read, and with how much memory?
 *
 *     deno run -A bench/recover.ts [--entries 1000000 | --gib 1] [--rounds 7] [--dir DIRECTORY]
 *     bun bench/recover.ts [--entries 1000000 | --gib 1] [--rounds 7] [--dir DIRECTORY]
 *
 * Another process fills the segment in groups of 1000 entries (3-D points, 64 bytes of data), through a
 * storage whose syncs do nothing; what is measured goes through the platform's own. Before each round the file is
 * brought back into the state a kill leaves: a header that lags by a group, zeros behind the last one.
 * Opening to write verifies every group, writes again what the header does not vouch for and makes it
 * durable; then all entries are read as objects. The floor reads the file in pieces of 1 MiB and takes
 * BLAKE3 over all of it. The file is in the page cache throughout.
 *
 * Memory is the resident set of the process; the row shows the round with the largest growth, mostly the
 * first, when the process is fresh. "first ms" is that round's time: nothing was compiled yet.
 *
 * @module
 */

import process from "node:process";
import { checksumOf, loadChecksum } from "../lib/bytes/checksum.ts";
import type { FastSegment } from "../mod.ts";
import { Fingerprint } from "./support/fingerprint.ts";
import { GROUP_ENTRIES, LargeSegment } from "./support/large_segment.ts";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import { formatRecoverReport, type StepRounds } from "./support/recover_report.ts";
import { measureStep } from "./support/step.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const ENTRIES = 1_000_000;
const ROUNDS = 7;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const PIECE_BYTES = MIB;
const RATE_MIN = 1_000_000;
const GROWTH_BYTES_MAX = 64 * MIB;
/** More than any file holds; unlike Infinity it survives JSON. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

const ENTRIES_BETWEEN_LOOKS = 4096;

/** Fills a segment, measures and prints. */
async function main(): Promise<void> {
  const options = new Options(["entries", "gib", "rounds", "dir"]);
  const rounds = options.number("rounds", ROUNDS);
  const gib = options.number("gib", UNBOUNDED);
  const entries = options.number("entries", gib === UNBOUNDED ? ENTRIES : UNBOUNDED);
  await loadChecksum();
  using directory = new WorkDirectory(options.text("dir"));
  const large = await LargeSegment.fill({
    root: `${directory.path}/recover`,
    entries,
    bytes: gib * GIB,
  });

  const floor: StepRounds = { name: "floor", rounds: [] };
  const opening: StepRounds = {
    name: "open",
    rounds: [],
    rateMin: RATE_MIN,
    growthBytesMax: GROWTH_BYTES_MAX,
  };
  const reading: StepRounds = {
    name: "committedEntries",
    rounds: [],
    growthBytesMax: GROWTH_BYTES_MAX,
  };
  for (let round = 0; round < rounds; round++) {
    large.restore();
    floor.rounds.push(await measureStep(() => void checksumOf(large.pieces(PIECE_BYTES))));
    await measureRecovery(large, opening, reading);
  }
  const found = await readBack(large);
  console.log(formatRecoverReport([floor, opening, reading], large.filling.entries));
  console.log(
    `\n${large.filling.entries} entries in groups of ${GROUP_ENTRIES}, ` +
      `${(large.filling.committedBytes / MIB).toFixed(1)} MiB, filled without syncs; ` +
      `median of ${rounds} rounds; ${found.entries} read back, ${found}.`,
  );
  console.log(describeMachine(directory.path));
}

/** Opens the segment as a kill left it, reads it and closes it. */
async function measureRecovery(
  large: LargeSegment,
  opening: StepRounds,
  reading: StepRounds,
): Promise<void> {
  const opened: FastSegment[] = [];
  opening.rounds.push(await measureStep(async () => void opened.push(await large.open())));
  await using segment = opened[0];
  const { state, entries } = segment.recovery;
  if (state !== "clean" || entries !== large.filling.entries) {
    throw new Error(`Opening found ${entries} of ${large.filling.entries} entries, ${state}`);
  }
  let count = 0;
  let dataBytes = 0;
  reading.rounds.push(
    await measureStep((memory) => {
      for (const entry of segment.committedEntries()) {
        if (entry.kind === "write") dataBytes += entry.data.length;
        if (++count % ENTRIES_BETWEEN_LOOKS === 0) memory.look();
      }
    }),
  );
  if (count === large.filling.entries && dataBytes > 0) return;
  throw new Error(`Read ${count} of ${large.filling.entries} entries, ${dataBytes} bytes of data`);
}

/** Compares every byte with what was filled in. */
async function readBack(large: LargeSegment): Promise<Fingerprint> {
  const { entries, fingerprint } = large.filling;
  const found = new Fingerprint();
  await using segment = await large.open();
  for (const entry of segment.committedEntries()) {
    if (entry.kind !== "write") throw new Error(`Found a ${entry.kind} where only writes were`);
    found.add(entry.address.point, entry.revision.sequence, entry.data);
  }
  if (found.entries === entries && String(found) === fingerprint) return found;
  throw new Error(
    `Filled with ${entries} entries (${fingerprint}), read ${found.entries} (${found})`,
  );
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
