/**
 * Runs for tests: entries go in, runs in memory and in files come out, and all that a run says, as lines.
 *
 * @module
 */

import { MemoryStorage } from "../../mod.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { sortColumns, type Steps } from "../../lib/store/columns.ts";
import { rangesOf } from "../../lib/store/committed.ts";
import { FileRun } from "../../lib/store/file_run.ts";
import { MemoryRun } from "../../lib/store/memory_run.ts";
import { PageCache } from "../../lib/store/page_cache.ts";
import type { VersionSource } from "../../lib/store/retention.ts";
import type { Page, Run, Values } from "../../lib/store/run.ts";
import { type RunIdentity, writeRunFile } from "../../lib/store/run_writer.ts";
import { type Shape, shapeOf } from "../../lib/store/shape.ts";
import { TailChunk } from "../../lib/store/tail_chunk.ts";
import { VersionMerge } from "../../lib/store/version_merge.ts";
import { revisionOf } from "./entries.ts";
import { toHex } from "./worked_example.ts";

/** The space that the entries are of. */
export const SPACE = 3;

/** Points of whole numbers on a plane, with keys of two words. */
export const PLANE: Shape = shapeOf({ dims: 2, bits: 32, axes: [], retention: "all" });

/** Points of whole numbers in four dimensions, with keys of four words: neighbours begin alike. */
export const DEEP: Shape = shapeOf({ dims: 4, bits: 32, axes: [], retention: "all" });

/** Any numbers on a line, with keys of one word: many have the same. */
export const COARSE: Shape = shapeOf({
  dims: 1,
  bits: 3,
  axes: [{ min: -1, max: 1 }],
  retention: "all",
});

/**
 * A version of what stands at a point.
 *
 * @param point The point
 * @param sequence What orders the versions
 * @param data Its value; undefined for a deletion
 */
export function version(
  point: readonly number[],
  sequence: number,
  data?: Uint8Array,
): DataEntry {
  const address = { space: SPACE, point: [...point] };
  const revision = revisionOf(sequence);
  if (data === undefined) return { kind: "tombstone", address, revision };
  return { kind: "write", address, revision, data };
}

/** Bytes that tell from where they are. */
export function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => 167 * (i + seed) + 31 * (i >> 8));
}

/** Puts entries in the order of a run, all at once. */
export function sorted(shape: Shape, entries: readonly DataEntry[]): MemoryRun {
  const list = EntryList.of(entries);
  const coordinates = shape.newCoordinates(list.length);
  coordinates.set(list.coordinates.subarray(0, list.length * shape.dims));
  const ends = list.ends.subarray(0, list.length);
  const starts = Uint32Array.from(ends, (_, i) => i === 0 ? 0 : ends[i - 1]);
  const { revisions, tombstones, values } = list;
  const lengths = Uint32Array.from(ends, (end, i) => end - starts[i]);
  const raw = {
    count: list.length,
    coordinates,
    revisions,
    tombstones,
    starts,
    lengths,
    values,
  };
  return new MemoryRun(shape, lastOf(sortColumns(shape, raw)));
}

/** Chunks of the tail with entries, as they were committed. */
export function chunksOf(shape: Shape, entries: readonly DataEntry[]): TailChunk[] {
  const list = EntryList.of(entries);
  const chunks: TailChunk[] = [];
  for (const { from, to } of rangesOf(list)) {
    for (let at = from; at < to;) {
      const chunk = new TailChunk(shape);
      chunks.push(chunk);
      at = chunk.take(list, at, to);
    }
  }
  return chunks;
}

/**
 * Writes a run into a file and opens it.
 *
 * @param source Its entries
 * @param cacheBytesMax Bytes of pages that are kept in memory
 * @param identity What it is of
 * @param storage Where
 */
export async function fileRunOf(
  source: VersionSource,
  cacheBytesMax = 1e9,
  identity: RunIdentity = { id: 7, space: SPACE },
  storage: MemoryStorage = new MemoryStorage(),
): Promise<FileRun> {
  storage.makeDirectory("/db/runs");
  const path = `/db/runs/${identity.id}.run`;
  await writeRunFile(storage, path, identity, source);
  return FileRun.open(storage, path, identity, source.shape, new PageCache(cacheBytesMax));
}

/** A run in a file, with entries. */
export async function fileOf(
  shape: Shape,
  entries: readonly DataEntry[],
  cacheBytesMax?: number,
): Promise<FileRun> {
  return await fileRunOf(new VersionMerge([sorted(shape, entries)]), cacheBytesMax);
}

/** All that a run says, a line for each entry. */
export function linesOf(run: Run): string[] {
  return Array.from({ length: run.count }, (_, at) => {
    const page = run.page(at);
    return lineAt(run.shape, page, run.values(at), at - page.base);
  });
}

/** All versions that a source gives, a line each. */
export function linesOfSource(source: VersionSource): string[] {
  const lines: string[] = [];
  while (source.next()) {
    for (let place = source.place; place < source.end; place++) {
      lines.push(lineAt(source.shape, source.page, source.values, place));
    }
  }
  return lines;
}

/** The line of an entry. */
export function lineOf(entry: DataEntry): string {
  const { address: { point }, revision } = entry;
  const value = entry.kind === "write" ? toHex(entry.data) : "deleted";
  return `${point.join()} ${revision} ${value}`;
}

function lineAt({ dims }: Shape, page: Page, values: Values, place: number): string {
  const point = page.coordinates.subarray(place * dims, (place + 1) * dims);
  const words = page.revisions.subarray(place * 4, (place + 1) * 4);
  const revision = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
  const from = values.starts[place];
  const value = toHex(values.bytes.subarray(from, from + page.lengths[place]));
  return `${point.join()} ${revision} ${page.tombstones[place] === 1 ? "deleted" : value}`;
}

function lastOf<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}
