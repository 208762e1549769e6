/**
 * A database on a storage in memory, with the verbs that tests of its edges need: kill it, damage its
 * files, make its files fail, and look at what is left.
 *
 * @module
 */

import { type Clock, type Database, MemoryStorage, open, type OpenOptions } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { encodeValue } from "../../lib/bytes/value.ts";
import { GroupBuffer } from "../../lib/segment/group.ts";
import { encodeHeader } from "../../lib/segment/header.ts";
import { firstBoundary } from "../../lib/segment/seal.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import type { Medium } from "../../lib/session/intent.ts";
import { MAGIC_OF } from "../../lib/session/session_log.ts";
import { MOMENT_MS, revisionOf } from "./entries.ts";
import { errno, FaultStorage, type Operation } from "./fault_storage.ts";

/** Where the fixture keeps its database. */
export const ROOT = "/db";

/** A wall clock that a test sets. */
export class TestClock implements Clock {
  /** What it shows. */
  ms: number = MOMENT_MS;
  nowMs(): number {
    return this.ms;
  }
}

/** The operations that bring bytes to a device. */
export const WRITING: readonly Operation[] = [
  "writeAt",
  "truncate",
  "syncData",
  "syncDataSync",
  "syncSync",
  "rename",
  "syncDirectory",
];

/** One database that a test kills, damages and opens again. */
export class DatabaseFixture {
  /** The files themselves. */
  readonly memory: MemoryStorage;
  /** What the database sees of them. */
  readonly storage: FaultStorage;
  /** What the database takes for the time. */
  readonly clock: TestClock;

  /**
   * @param memory The files
   * @param clock The time
   */
  constructor(memory: MemoryStorage = new MemoryStorage(), clock: TestClock = new TestClock()) {
    this.memory = memory;
    this.storage = new FaultStorage(memory);
    this.clock = clock;
  }

  /** Opens the database. */
  async open(options: OpenOptions = {}): Promise<Database> {
    return await open(ROOT, { storage: this.storage, clock: this.clock, ...options });
  }

  /** Opens the database with its two spaces: "line" is number 1, "plane" number 2. */
  async start(options: OpenOptions = {}): Promise<Database> {
    const db = await this.open(options);
    await db.createSpace("line", { dims: 1 });
    await db.createSpace("plane", { dims: 2 });
    return db;
  }

  /** The database as a process that is killed now leaves it. */
  killed(memory: MemoryStorage = new MemoryStorage()): DatabaseFixture {
    copyTree(this.memory, memory, "/");
    return new DatabaseFixture(memory, this.clock);
  }

  /** The names in a directory, sorted. */
  files(directory = "sessions"): string[] {
    return this.memory.list(`${ROOT}/${directory}`).sort();
  }

  /** All bytes of a file. */
  bytes(file: string): Uint8Array {
    return contentOf(this.memory, `${ROOT}/${file}`);
  }

  /** Where the last byte of a file lies that is not zero, plus one. */
  end(file: string): number {
    return this.bytes(file).findLastIndex((byte) => byte !== 0) + 1;
  }

  /** Makes a file exactly these bytes. */
  put(file: string, bytes: Uint8Array): void {
    const into = this.memory.open(`${ROOT}/${file}`, { write: true, create: true });
    into.truncate(0);
    into.writeAt(bytes, 0);
    into.close();
  }

  /** Flips one bit of a file. */
  flip(file: string, offset: number): void {
    const bytes = this.bytes(file);
    bytes[offset] ^= 1;
    this.put(file, bytes);
  }

  /** Removes a file. */
  remove(file: string): void {
    this.memory.remove(`${ROOT}/${file}`);
  }

  /** Makes operations fail on all files whose path ends like one of these, from now on. */
  fail(operations: readonly Operation[], ...suffixes: string[]): void {
    this.storage.before = (operation, path) => {
      if (!operations.includes(operation)) return;
      if (suffixes.some((suffix) => path.endsWith(suffix))) throw errno("EIO");
    };
  }

  /** Makes every writing of one session fail, from now on. */
  failSession(session: number): void {
    this.fail(
      [...WRITING, "open"],
      ...["fast", "wal"].flatMap((medium) => [
        `/${session}.${medium}`,
        `/${session}.${medium}.tmp`,
      ]),
    );
  }

  /** Ends all failing. */
  mend(): void {
    this.storage.before = () => {};
  }

  /** How often a file was synced so far. */
  syncs(suffix = ""): number {
    return this.storage.log.filter(({ operation, path }) =>
      operation.startsWith("syncData") && path.endsWith(suffix)
    ).length;
  }
}

/** What is visible in a space: the values in the order of their first coordinate. */
export function seen(db: Database, space = "line"): unknown[] {
  return db.space(space).query().toArray()
    .sort((a, b) => a.point[0] - b.point[0])
    .map(({ data }) => data);
}

/** An entry at a place of the space "line", its revision after its number. */
export function lineEntry(sequence: number, session = 7, space = 1): DataEntry & { kind: "write" } {
  return {
    kind: "write",
    address: { space, point: [sequence] },
    revision: revisionOf(sequence, session),
    data: encodeValue(sequence),
  };
}

/**
 * A session file made by hand.
 *
 * @param session Whose
 * @param medium Which
 * @param groups Each fills one group
 */
export async function sessionFile(
  session: number,
  medium: Medium,
  ...groups: ((group: GroupBuffer) => void)[]
): Promise<Uint8Array> {
  await loadChecksum();
  const pieces: Uint8Array[] = [];
  let boundary = firstBoundary(MAGIC_OF[medium], session);
  for (const fill of groups) {
    const group = new GroupBuffer();
    fill(group);
    boundary = group.seal(boundary);
    pieces.push(group.bytes.slice());
  }
  pieces.unshift(encodeHeader(MAGIC_OF[medium], boundary.bytes));
  const bytes = new Uint8Array(boundary.bytes);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** Fills a group with entries of the space "line", and a verdict on all of them if asked. */
export function groupOf(
  first: number,
  last: number,
  verdict?: "commits" | "abandons",
  session = 7,
): (group: GroupBuffer) => void {
  return (group) => {
    for (let i = first; i <= last; i++) group.addEntry(lineEntry(i, session), session);
    if (verdict !== undefined) addVerdict(group, first, last, verdict, last - first + 1, session);
  };
}

/** Adds a verdict on entries of the space "line". */
export function addVerdict(
  group: GroupBuffer,
  first: number,
  last: number,
  verdict: "commits" | "abandons" = "commits",
  count: number = last - first + 1,
  session = 7,
): void {
  group.addVerdict({
    commits: verdict === "commits",
    first: revisionOf(first, session),
    last: revisionOf(last, session),
    count,
  });
}

/** Waits until everything that is ready to go on has done so. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Whether a promise is still waiting. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const waiting = Symbol();
  const turn = settled().then(() => waiting);
  return await Promise.race([promise.catch(() => {}), turn]) === waiting;
}

function copyTree(from: MemoryStorage, to: MemoryStorage, directory: string): void {
  for (const name of from.list(directory)) {
    const path = directory === "/" ? `/${name}` : `${directory}/${name}`;
    const bytes = readFile(from, path);
    if (bytes === undefined) {
      to.makeDirectory(path);
      copyTree(from, to, path);
      continue;
    }
    const file = to.open(path, { write: true, create: true });
    file.writeAt(bytes, 0);
    file.close();
  }
}

/** The bytes of a file; undefined for a directory. */
function readFile(storage: MemoryStorage, path: string): Uint8Array | undefined {
  try {
    return contentOf(storage, path);
  } catch {
    return undefined;
  }
}

function contentOf(storage: MemoryStorage, path: string): Uint8Array {
  const file = storage.open(path);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes;
}
