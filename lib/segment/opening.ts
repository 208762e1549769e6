/**
 * Opens a segment file: observes it, decides by the recovery table, carries the decision out.
 *
 * Opening to write makes durable what it saw, whatever the row, before it returns. What is in the page
 * cache may not be on the disk (its writer was killed before its sync), or be there and marked clean
 * (a sync failed). So, with a reason for each step that a simulated crash has found:
 *
 * 1. Sync `sessions/`, the root and its parent: an earlier creation or rename may be lost.
 * 2. Cut the file to the end of the last group and extend it with zeros, after extending it if it
 *    already ended there, so that the cut is made again: an earlier one may not be on the disk.
 * 3. Write the bytes from H to the end of the last group again, and sync: the cache may hold them clean.
 * 4. Write the header, also when unchanged, and sync. Never together with 3: the header would vouch
 *    for bytes that are not there yet.
 *
 * No group is written before the last sync has returned. A file just replaced has all this behind it.
 *
 * @module
 */

import { equalBytes } from "../bytes/checksum.ts";
import type { Clock } from "../clock/clock.ts";
import { BusyError, CorruptionError, InfiniteDbError, NewerFormatError } from "../errors.ts";
import { closeQuietly } from "../file/close_quietly.ts";
import { joinPath, parentPath } from "../file/path.ts";
import { replaceFile, replaceFileSync, TEMPORARY_SUFFIX } from "../file/replace.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { invariant } from "../invariant.ts";
import { READ_ONLY_SCANS_MAX, READ_WINDOW_BYTES } from "../limits.ts";
import type { SegmentSink } from "./group_scanner.ts";
import { encodeHeader, HEADER_BYTES } from "./header.ts";
import { decideRecovery, type RecoveryDecision } from "./recovery.ts";
import { readHeader, scanSegment, type SegmentIdentity, type SegmentScan } from "./scan.ts";
import { type Boundary, firstBoundary } from "./seal.ts";
import { keepTornTail } from "./torn_tail.ts";
import { SegmentWriter } from "./writer.ts";

/** The directory of session files, relative to the root. */
export const SESSIONS_DIRECTORY = "sessions";

/** What opening a segment found and did. */
export interface SegmentRecovery {
  /** Whether the file was made, was as a clean end leaves it, or had a torn tail. */
  state: "created" | "clean" | "torn-tail";
  /** How many groups were found; all of them were acknowledged, or are from now on. */
  groups: number;
  /** How many entries they hold. */
  entries: number;
  /** Bytes of the torn tail. */
  tornBytes: number;
  /** Where the torn tail was put, relative to the root; not there on a read-only opening. */
  keptIn?: string;
  /** What could not be made sure, in words. */
  warnings: string[];
}

/** Which file to open. */
export interface SegmentLocation {
  /** Where. */
  storage: FileStorage;
  /** The root, whose directory `sessions/` holds the file. */
  root: string;
  /** The name of the file in it. */
  name: string;
  /** What it must be. */
  identity: SegmentIdentity;
}

/** A segment file that was opened. */
export interface OpenedSegment {
  /** The file. */
  file: StorageFile;
  /** The end of its last group. */
  boundary: Boundary;
  /** The boundary up to which every byte is known to be durable: all of it, but for a reader. */
  vouched: Boundary;
  /** Puts groups behind it; absent on a read-only opening. */
  writer?: SegmentWriter;
  /** What was found and done. */
  recovery: SegmentRecovery;
}

/** How a segment file is opened. */
export interface OpeningOptions {
  /** Tells when a torn tail was found. */
  clock: Clock;
  /** Gets what the valid groups hold, also when the opening then refuses the file. */
  sink?: SegmentSink;
  /** The directories exist and were synced: `prepareDirectories` was called for all files at once. */
  directoriesSynced?: boolean;
}

/**
 * The path of a segment file.
 *
 * @param location Which
 */
export function segmentPath(location: SegmentLocation): string {
  return joinPath(joinPath(location.root, SESSIONS_DIRECTORY), location.name);
}

/**
 * Opens a segment file to write, creating it if it is missing. The caller holds the root's lock.
 *
 * @param location Which file
 * @param options How
 * @returns The file, everything in it durable
 * @throws {CorruptionError} If acknowledged bytes do not verify; nothing was changed
 * @throws {NewerFormatError} If a newer version wrote it; nothing was changed
 */
export async function openToWrite(
  location: SegmentLocation,
  options: OpeningOptions,
): Promise<OpenedSegment> {
  const { storage, root, identity } = location;
  const { clock, sink } = options;
  const path = segmentPath(location);
  const warnings = options.directoriesSynced ? [] : prepareDirectories(storage, root);
  if (storage.exists(path + TEMPORARY_SUFFIX)) storage.remove(path + TEMPORARY_SUFFIX);
  if (!storage.exists(path)) return await create(location, warnings);

  const file = storage.open(path, { write: true });
  try {
    const scan = scanSegment(file, identity, false, sink);
    const decision = decideRecovery(scan.facts);
    if (decision.act === "refuse") throw refusal(decision, path);
    if (decision.act !== "create") return await recover(location, file, scan, warnings, clock);
  } catch (error) {
    closeQuietly(file);
    throw error;
  }
  const found = file.size();
  file.close();
  warnings.push(shortFile(path, found));
  return await create(location, warnings);
}

/**
 * Opens a segment file to read, perhaps beside its writer. Writes nothing, so what lies after the
 * header's boundary may not be durable.
 *
 * @param location Which file
 * @param sink Gets what the valid groups hold, also when the opening then refuses the file
 * @returns The file
 * @throws {NotFoundError} If it is missing
 * @throws {CorruptionError} If acknowledged bytes do not verify
 */
export function openToRead(location: SegmentLocation, sink?: SegmentSink): OpenedSegment {
  const path = segmentPath(location);
  const file = location.storage.open(path);
  try {
    const { scan, moved } = scanWhileStill(file, location.identity, sink);
    const decision = decideRecovery(scan.facts);
    if (decision.act === "refuse") {
      if (!moved) throw refusal(decision, path);
      throw new BusyError(
        `Cannot read ${path}: its writer moved the header during each of ${READ_ONLY_SCANS_MAX} scans; try again`,
        { file: path },
      );
    }
    const recovery: SegmentRecovery = {
      state: decision.act === "keep-torn-tail" ? "torn-tail" : "clean",
      groups: scan.boundary.groups,
      entries: scan.entries,
      tornBytes: scan.facts.tailBytes,
      warnings: scan.facts.fileBytes < HEADER_BYTES ? [shortFile(path, scan.facts.fileBytes)] : [],
    };
    return { file, boundary: scan.boundary, vouched: scan.headerBoundary, recovery };
  } catch (error) {
    closeQuietly(file);
    throw error;
  }
}

/**
 * Replaces a segment file by one that ends at an earlier boundary, and creates one that is missing.
 *
 * @param location Which file
 * @param boundary Where it is to end
 * @param old The file as it is; absent when there is none
 * @returns The new file, durable
 */
export async function replaceSegment(
  location: SegmentLocation,
  boundary: Boundary,
  old?: StorageFile,
): Promise<{ file: StorageFile; writer: SegmentWriter }> {
  const header = encodeHeader(location.identity.magic, boundary.bytes);
  const file = await replaceFile(location.storage, segmentPath(location), (into) => {
    into.writeAt(header, 0);
    if (old !== undefined) copyBytes(old, into, header.length, boundary.bytes);
  });
  return { file, writer: new SegmentWriter(file, boundary, boundary.bytes) };
}

/**
 * Creates a segment file of which it is known that there is none: its session was minted just now.
 * The directories exist and are synced.
 *
 * @param location Which file
 */
export async function createSegment(location: SegmentLocation): Promise<OpenedSegment> {
  return await create(location, []);
}

/**
 * The same, blocking.
 *
 * @param location Which file
 */
export function createSegmentSync(location: SegmentLocation): OpenedSegment {
  const { storage, identity } = location;
  const boundary = firstBoundary(identity.magic, identity.session);
  const header = encodeHeader(identity.magic, boundary.bytes);
  const file = replaceFileSync(
    storage,
    segmentPath(location),
    (into) => into.writeAt(header, 0),
  );
  return asCreated(file, new SegmentWriter(file, boundary, boundary.bytes), boundary, []);
}

/** Keeps a torn tail aside, and makes durable what stands before it. */
async function recover(
  location: SegmentLocation,
  file: StorageFile,
  scan: SegmentScan,
  warnings: string[],
  clock: Clock,
): Promise<OpenedSegment> {
  const { boundary } = scan;
  const { tailBytes } = scan.facts;
  const recovery: SegmentRecovery = {
    state: tailBytes > 0 ? "torn-tail" : "clean",
    groups: boundary.groups,
    entries: scan.entries,
    tornBytes: tailBytes,
    warnings,
  };
  if (tailBytes > 0) {
    const tail = { file, name: location.name, offset: boundary.bytes, bytes: tailBytes };
    recovery.keptIn = await keepTornTail(location.storage, location.root, tail, clock);
  }
  const writer = await makeDurable(file, scan);
  return { file, boundary, vouched: boundary, writer, recovery };
}

async function create(location: SegmentLocation, warnings: string[]): Promise<OpenedSegment> {
  const boundary = firstBoundary(location.identity.magic, location.identity.session);
  const { file, writer } = await replaceSegment(location, boundary);
  return asCreated(file, writer, boundary, warnings);
}

function asCreated(
  file: StorageFile,
  writer: SegmentWriter,
  boundary: Boundary,
  warnings: string[],
): OpenedSegment {
  const recovery: SegmentRecovery = {
    state: "created",
    groups: 0,
    entries: 0,
    tornBytes: 0,
    warnings,
  };
  return { file, writer, boundary, vouched: boundary, recovery };
}

/** Steps 2 to 4 of the module's list. */
async function makeDurable(file: StorageFile, scan: SegmentScan): Promise<SegmentWriter> {
  const { boundary, facts } = scan;
  const writer = new SegmentWriter(file, boundary, facts.headerBytes);
  if (facts.fileBytes === boundary.bytes) file.truncate(boundary.bytes + 1);
  writer.cut();
  copyBytes(file, file, facts.headerBytes, boundary.bytes);
  await file.syncData();
  writer.writeHeader();
  await file.syncData();
  return writer;
}

/**
 * Step 1. Every directory above may have been made just now, by us or by one who was killed; those that
 * may not be read cannot be synced, and are told.
 *
 * @param storage Where
 * @param root The root; `sessions/` is created in it
 * @returns What could not be made sure, in words
 */
export function prepareDirectories(storage: FileStorage, root: string): string[] {
  storage.makeDirectory(joinPath(root, SESSIONS_DIRECTORY));
  storage.syncDirectory(joinPath(root, SESSIONS_DIRECTORY));
  storage.syncDirectory(root);
  const unsynced: string[] = [];
  for (let path = root; parentPath(path) !== path; path = parentPath(path)) {
    try {
      storage.syncDirectory(parentPath(path));
    } catch (error) {
      if (!(error instanceof InfiniteDbError && error.code === "unsupported")) throw error;
      unsynced.push(parentPath(path));
    }
  }
  if (unsynced.length === 0) return [];
  return [
    `${
      unsynced.join(", ")
    } could not be synced (no permission to read): if a directory on the way to ${root} was created just now, a power failure may lose it with all below`,
  ];
}

/** Nothing can have been acknowledged in such a file, but whoever expects something in it should know. */
function shortFile(path: string, bytes: number): string {
  return `${path} had ${bytes} bytes, fewer than a header; it counts as a segment without groups`;
}

/** Scans until the header did not move meanwhile, or for the last time allowed. */
function scanWhileStill(
  file: StorageFile,
  identity: SegmentIdentity,
  sink?: SegmentSink,
): { scan: SegmentScan; moved: boolean } {
  for (let scans = 1;; scans++) {
    const before = readHeader(file);
    const scan = scanSegment(file, identity, true, sink);
    const moved = !equalBytes(before, readHeader(file));
    if (!moved || scans === READ_ONLY_SCANS_MAX) return { scan, moved };
  }
}

function copyBytes(from: StorageFile, to: StorageFile, start: number, end: number): void {
  const window = new Uint8Array(Math.max(0, Math.min(READ_WINDOW_BYTES, end - start)));
  for (let at = start; at < end;) {
    const count = from.readAt(window.subarray(0, Math.min(window.length, end - at)), at);
    invariant(count > 0, "nobody else cuts a file whose root we have locked");
    to.writeAt(window.subarray(0, count), at);
    at += count;
  }
}

function refusal(
  decision: RecoveryDecision & { act: "refuse" },
  path: string,
): InfiniteDbError {
  const { code, offset, reason, expected, found } = decision;
  const facts = { file: path, offset, expected, found };
  return code === "newer-format"
    ? new NewerFormatError(
      `${path} holds ${reason} at byte ${offset}, which only a newer version understands; nothing was changed`,
      facts,
    )
    : new CorruptionError(
      `${path} is corrupt at byte ${offset}: ${reason}; nothing was changed, so copy the file before anything else`,
      facts,
    );
}
