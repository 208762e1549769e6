/**
 * Very many versions of one address: asking for one of them reads a few pages, however many there are.
 *
 * @module
 */

import type { Revision, Session } from "../../mod.ts";
import { FaultStorage } from "../support/fault_storage.ts";
import { type ModelLibrary, Violation } from "./history.ts";

const VERSIONS_A_COMMIT = 10_000;
const ASKED = 40;
const PAGE_ENTRIES = 256;
/** Some pages: what is read twice for one question is not counted twice. */
const CACHE_BYTES_MAX = 100_000;

/** What was needed to answer. */
export interface VersionsReport {
  versions: number;
  runs: number;
  /** Reads of files for one question, at most: of `get`, and of `get` with `asOf`. */
  reads: number;
  pastReads: number;
}

/**
 * Writes versions of one address among others, flushes and compacts, and asks.
 *
 * @param library The code under test
 * @param count How many versions
 * @throws {Violation} At a wrong answer, or one that reads too much
 */
export async function checkVersions(library: ModelLibrary, count: number): Promise<VersionsReport> {
  const storage = new FaultStorage(new library.MemoryStorage());
  const db = await library.open("/db", { storage, cacheBytesMax: CACHE_BYTES_MAX });
  const space = await db.createSpace<number>("s", { dims: 2, bits: 8 });
  const stamps: Revision[] = [];
  const write = (session: Session, from: number, to: number): void => {
    for (let n = from; n < to; n++) stamps.push(session.insert(space, [7, 9], n));
    for (let y = 0; y < 30; y++) session.insert(space, [from % 251, y], from);
  };
  for (let from = 0; from < count; from += VERSIONS_A_COMMIT) {
    await db.write((session) => write(session, from, Math.min(count, from + VERSIONS_A_COMMIT)));
    if (from % (VERSIONS_A_COMMIT * 7) === 0) await db.flush();
  }
  await db.compact();
  const { runs } = db.stats();
  const readsOf = (ask: () => void): number => {
    const before = storage.count("readAt");
    ask();
    const reads = storage.count("readAt") - before;
    storage.log.length = 0;
    return reads;
  };
  const expect = (what: string, found: unknown, wanted: unknown): void => {
    if (found !== wanted) throw new Violation(`${what} is ${found}, not ${wanted}`);
  };
  const report: VersionsReport = { versions: count, runs, reads: 0, pastReads: 0 };
  for (let i = 0; i < ASKED; i++) {
    const n = Math.floor(i / (ASKED - 1) * (count - 1));
    report.reads = Math.max(
      report.reads,
      readsOf(() => {
        expect("the newest", space.get([7, 9])?.data, count - 1);
      }),
    );
    report.pastReads = Math.max(
      report.pastReads,
      readsOf(() => {
        expect(`version ${n}`, space.get([7, 9], { asOf: stamps[n] })?.data, n);
      }),
    );
  }
  const box = { min: [7, 9], max: [7, 9] };
  expect("the count in the past", space.count(box, { asOf: stamps[count >> 1] }), 1);
  expect("the number of versions", space.history([7, 9]).reduce((sum) => sum + 1, 0), count);
  await db.close();
  const readsMax = runs * (3 * Math.ceil(Math.log2(count / PAGE_ENTRIES)) + 4); // Binary searches.
  if (Math.max(report.reads, report.pastReads) > readsMax) {
    throw new Violation(`${readsMax} reads are enough: ${JSON.stringify(report)}`);
  }
  return report;
}
