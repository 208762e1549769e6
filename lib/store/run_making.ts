/**
 * Makes run files: of what leaves memory, and of run files that are merged.
 *
 * @module
 */

import { type Revision, revisionOfWords } from "../clock/revision.ts";
import { compareRevisions } from "./columns.ts";
import { type CommittedEntries, rangesOf } from "./committed.ts";
import { SpaceContent } from "./content.ts";
import type { RunRecord, TableNumbers } from "./manifest_state.ts";
import type { MemoryRun } from "./memory_run.ts";
import { LatestVersions, type RetentionTerms, type VersionSource } from "./retention.ts";
import type { Run } from "./run.ts";
import type { RunFiles } from "./run_files.ts";
import { Slice } from "../clock/slice.ts";
import type { Shape } from "./shape.ts";
import type { Table } from "./table.ts";
import type { TailChunk } from "./tail_chunk.ts";
import { VersionMerge } from "./version_merge.ts";

/** What a merge may not leave out. */
export type MergeLimits = Omit<RetentionTerms, "outside">;

/** What is merged, and how. */
export interface MergeOrder {
  /** The number of the new file. */
  id: number;
  /** The runs, as the manifest lists them. */
  runs: readonly RunRecord[];
  /** Where only the latest versions are kept: what has to stay. */
  limits: MergeLimits;
  /** Called between slices; may throw to give up. */
  pause(): Promise<void>;
}

/** What became of runs that were merged. */
export interface Merged {
  /** What they were of. */
  table: TableNumbers;
  /** What holds what they held; undefined if nothing of it is kept. */
  run: RunRecord | undefined;
  /** From which revision on the past is exact, if versions were left out. */
  dropped: Revision | undefined;
}

/**
 * Writes what leaves memory, one file a table, and makes it durable. Its pages stay in the cache, as far as
 * there is room: who reads what was just committed does not wait for the disk, nor does the first merge.
 *
 * @param files Where
 * @param takeId Gives the number of each new file
 * @param leaving What, and of which table
 * @returns The runs, for the manifest
 * @throws {InfiniteDbError} If the platform fails; then none of the files is left
 */
export async function writeLeaving(
  files: RunFiles,
  takeId: () => number,
  leaving: readonly { table: TableNumbers; chunks: readonly TailChunk[] }[],
): Promise<RunRecord[]> {
  const records: RunRecord[] = [];
  const slice = new Slice();
  try {
    for (const { table, chunks } of leaving) {
      const runs: MemoryRun[] = [];
      for (const chunk of chunks) {
        while (chunk.order()) await slice.perhapsPause();
        runs.push(chunk.run());
        await slice.perhapsPause();
      }
      const record = await files.write(takeId(), table, new VersionMerge(runs), { keep: true });
      if (record !== undefined) records.push(record);
    }
    if (records.length > 0) files.syncNames();
    return records;
  } catch (error) {
    for (const { id } of records) files.remove(id);
    throw error;
  }
}

/**
 * Merges run files of one table into one, and makes it durable.
 *
 * @param files Where
 * @param order What is merged, and how
 * @param table What they are of, those files included
 * @throws {CorruptionError} If one does not verify; nothing is left of the new file
 * @throws {InfiniteDbError} If the platform fails; nothing is left of the new file
 */
export async function mergeRuns(
  files: RunFiles,
  { id, runs, limits, pause }: MergeOrder,
  table: Table,
): Promise<Merged> {
  const { content, shape } = table;
  const inputs: readonly Run[] = runs.map((run) => files.open(shape, run));
  let source: VersionSource = new VersionMerge(inputs);
  let latest: LatestVersions | undefined;
  if (table.retention === "latest") {
    const others = content.runs().filter((run) => !inputs.includes(run));
    const outside = lowest(others.map(({ bounds }) => bounds.oldest));
    source = latest = new LatestVersions(source, { ...limits, outside });
  }
  const run = await files.write(id, table, source, { pause });
  try {
    if (run !== undefined) {
      files.syncNames();
      files.open(shape, run); // Whatever can fail does so before the manifest changes.
    }
  } catch (error) {
    files.forget(id);
    throw error;
  }
  const dropped = latest?.superseding && revisionOfWords(latest.superseding, 0);
  return { table, run, dropped };
}

/**
 * The entries of one number, as content.
 *
 * @param shape The form of its columns
 * @param space The number
 * @param entries Entries of whatever numbers
 */
export function contentOf(shape: Shape, space: number, entries: CommittedEntries): SpaceContent {
  const content = new SpaceContent(shape);
  for (const range of rangesOf(entries)) {
    if (range.space === space) content.add(entries, range.from, range.to);
  }
  return content;
}

function lowest(revisions: readonly Uint32Array[]): Uint32Array | undefined {
  let least: Uint32Array | undefined;
  for (const each of revisions) {
    if (least === undefined || compareRevisions(each, 0, least, 0) < 0) least = each;
  }
  return least;
}
