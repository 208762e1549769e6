/**
 * Writes an intent that was never published into run files, with the incidence rows of its edges: a piece
 * at a time, since edges may have many times as many rows as they are bytes.
 *
 * @module
 */

import { Slice } from "../clock/slice.ts";
import { type CommittedEntries, rangesOf, valueBytesOf } from "./committed.ts";
import { SpaceContent } from "./content.ts";
import type { RunRecord } from "./manifest_state.ts";
import type { RunFiles } from "./run_files.ts";
import { contentOf, writeLeaving } from "./run_making.ts";
import type { Table } from "./table.ts";
import type { Tables } from "./tables.ts";
import { TAIL_ENTRY_BYTES } from "./tail_size.ts";

/** When rows have so many bytes in memory, they go into files. */
const ROWS_BYTES_MAX = 32 * 1024 * 1024;

/** Incidence rows that were derived from edges of one graph. */
export interface DerivedRows {
  /** The number of the graph. */
  readonly graph: number;
  /** The rows; the number of each is that of the space whose point it is about. */
  readonly rows: CommittedEntries;
  /** How many versions of edges the graph had seen. */
  readonly seen: number;
}

/** What was written. */
export interface AdoptedRuns {
  /** The runs, for the manifest. */
  readonly runs: readonly RunRecord[];
  /** How many versions of edges each graph had seen when the rows were derived. */
  readonly seen: ReadonlyMap<number, number>;
}

/**
 * Writes entries that are not published, and makes them durable.
 *
 * @param files Where
 * @param tables All tables
 * @param takeId Gives the number of each new file
 * @param entries The entries
 * @param derived The incidence rows of edges among them; undefined after a step without rows
 * @throws {InfiniteDbError} If the platform fails, or rows cannot be derived; then none of the files is left
 */
export async function writeAdopted(
  files: RunFiles,
  tables: Tables,
  takeId: () => number,
  entries: CommittedEntries,
  derived: Iterable<DerivedRows | undefined>,
): Promise<AdoptedRuns> {
  const runs: RunRecord[] = [];
  const seen = new Map<number, number>();
  const slice = new Slice();
  const write = async (contents: ReadonlyMap<Table, SpaceContent>): Promise<void> => {
    const leaving = Array.from(
      contents,
      ([table, content]) => ({ table, chunks: content.leave() }),
    );
    runs.push(...await writeLeaving(files, takeId, leaving));
  };
  try {
    const own = new Map<Table, SpaceContent>();
    for (const space of numbersIn(entries)) {
      const table = tables.of({ space });
      own.set(table, contentOf(table.shape, space, entries));
    }
    await write(own);
    let rows = new Map<Table, SpaceContent>();
    let bytes = 0;
    for (const piece of derived) {
      await slice.perhapsPause();
      if (piece === undefined) continue;
      seen.set(piece.graph, piece.seen);
      bytes += addPiece(rows, tables, piece);
      if (bytes < ROWS_BYTES_MAX) continue;
      await write(rows);
      rows = new Map();
      bytes = 0;
    }
    await write(rows);
    return { runs, seen };
  } catch (error) {
    for (const { id } of runs) files.remove(id);
    throw error;
  }
}

/** Copies rows; about how many bytes. */
function addPiece(
  into: Map<Table, SpaceContent>,
  tables: Tables,
  { graph, rows }: DerivedRows,
): number {
  for (const { space, from, to } of rangesOf(rows)) {
    const table = tables.of({ space: graph, of: space });
    let content = into.get(table);
    if (content === undefined) into.set(table, content = new SpaceContent(table.shape));
    content.add(rows, from, to);
  }
  return rows.length * TAIL_ENTRY_BYTES + valueBytesOf(rows, 0, rows.length);
}

function numbersIn({ spaces, length }: CommittedEntries): number[] {
  return [...new Set(spaces.subarray(0, length))];
}
