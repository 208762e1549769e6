/**
 * Libraries that lie about what a space holds, each in another way, whatever the code of the store looks
 * like: the model must notice. And one that drops versions as retention "latest" allows, to the last that
 * may go: the model must let it.
 *
 * @module
 */

import type {
  Database,
  OpenOptions,
  ReadOptions,
  RecordColumns,
  Revision,
  Snapshot,
  SpaceReader,
  SpatialRecord,
} from "../../mod.ts";
import type { ModelLibrary } from "./history.ts";
import { changed, earlier, replaced, swapped } from "./lying.ts";

/** What a reader that drops must know. */
interface Facts {
  latest: boolean;
  /** Whether run files were written before. */
  merged: boolean;
  /** Nothing is ever committed at or below it. */
  settled: string;
  live: SpaceReader;
  library: ModelLibrary;
}

/** Answers in the place of a reader's own. */
type Answers = Partial<
  Pick<SpaceReader, "get" | "query" | "count" | "columns" | "nearest" | "history">
>;

/** A library that lies. */
export interface Canary {
  /** Which lie, in words. */
  name: string;
  answers?(reader: SpaceReader, facts: Facts): Answers;
  /** What `stats().settledThrough` becomes. */
  settled?(told: Revision, library: ModelLibrary): Revision;
}

/** What the model must notice. */
export const SPACE_CANARIES: readonly Canary[] = [
  {
    name: "query leaves out the last of many",
    answers: (reader) => ({
      query: (box, options) =>
        changed(reader.query(box, options), (all) => all.slice(0, Math.max(1, all.length - 1))),
    }),
  },
  {
    name: "query gives two neighbours in the wrong order",
    answers: (reader) => ({
      query: (box, options) => changed(reader.query(box, options), swapped),
    }),
  },
  {
    name: "count counts a deletion",
    answers: (reader) => ({
      count: (box, options) => reader.count(box, { ...options, tombstones: true }),
    }),
  },
  {
    name: "columns do not heed the limit",
    answers: (reader) => ({
      columns: (box, options) => {
        const checked = reader.columns(box, options);
        return checked.length === 0
          ? checked
          : reader.columns(box, { ...options, limit: Infinity });
      },
    }),
  },
  {
    name: "columns give the data of another record",
    answers: (reader) => ({
      columns: (box, options) => {
        const columns = reader.columns(box, options);
        const data = (index: number): unknown =>
          columns.data(index > 0 && index < columns.length ? index - 1 : index);
        const { length, dims, coordinates, revisions } = columns;
        return { length, dims, coordinates, revisions, data };
      },
    }),
  },
  {
    name: "asOf leaves out the revision itself",
    answers: (reader, { library }) => ({
      get: (point, options) => reader.get(point, earlier(options, library)),
      query: (box, options) => reader.query(box, earlier(options, library)),
    }),
  },
  {
    name: "a date is the beginning of its millisecond",
    answers: (reader) => ({
      count: (box, options = {}) => {
        const { asOf } = options;
        const before = asOf instanceof Date ? new Date(asOf.getTime() - 1) : asOf;
        return reader.count(box, { ...options, ...before && { asOf: before } });
      },
    }),
  },
  {
    name: "the nearest two are swapped",
    answers: (reader) => ({
      nearest: (point, count, options) => swapped(reader.nearest(point, count, options)),
    }),
  },
  {
    name: "the nearest of the past are those of now",
    answers: (reader) => ({
      nearest: (point, count) => reader.nearest(point, count),
    }),
  },
  {
    name: "history forgets the oldest version",
    answers: (reader, { latest }) => ({
      history: (point) =>
        changed(
          reader.history(point),
          (all) => latest ? all : all.slice(0, Math.max(1, all.length - 1)),
        ),
    }),
  },
  {
    name: "a snapshot sees what is committed later",
    answers: (_, { live }) => ({ query: (box, options) => live.query(box, options) }),
  },
  {
    name: "an inverted box is empty",
    answers: (reader) => ({
      count: (box, options) => {
        const inverted = Array.from(box?.min ?? []).some((low, axis) => low > box!.max[axis]);
        return inverted ? 0 : reader.count(box, options);
      },
    }),
  },
  {
    name: "settledThrough says too much",
    settled: (told, library) => {
      const { physicalMs, logical, session } = told;
      return new library.Revision(physicalMs, logical, session, 2 ** 32 - 1);
    },
  },
  {
    name: "where the latest is kept, what was deleted comes back",
    answers: (reader, facts) => ({
      get: (point, options) => {
        const found = reader.get(point, options);
        if (found !== undefined || !facts.latest || options?.asOf !== undefined) return found;
        return reader.history(point).find(({ deleted }) => !deleted);
      },
    }),
  },
  {
    name: "where the latest is kept, every question of the past is refused",
    answers: (reader, { latest }) => ({
      query: (box, options) => {
        const answer = reader.query(box, options);
        if (latest && options?.asOf !== undefined) throw pastDropped();
        return answer;
      },
    }),
  },
  {
    name: "where the latest is kept, the past lacks what was dropped",
    answers: (reader, facts) => ({
      get: (point, options) => {
        const found = reader.get(point, options);
        const newest = facts.latest && facts.merged && reader.history(point).next().value;
        return newest && found && newest.revision.toString() !== found.revision.toString()
          ? undefined
          : found;
      },
    }),
  },
  {
    name: "where the latest is kept, history forgets the newest",
    answers: (reader, { latest }) => ({
      history: (point) =>
        changed(reader.history(point), (all) => latest && all.length > 1 ? all.slice(1) : all),
    }),
  },
  {
    name: "where the latest is kept, deletions go before they are settled",
    answers: (reader, { latest }) => ({
      query: (box, options) =>
        changed(
          reader.query(box, options),
          (all) => latest ? all.filter(({ deleted }) => !deleted) : all,
        ),
    }),
  },
];

/** Drops whatever may be dropped, and refuses what can then not be answered. */
export const THRIFTY: Canary = {
  name: "where the latest is kept, all is dropped that may be",
  answers: (reader, facts) => {
    if (!facts.latest || !facts.merged) return {};
    const isThere = ({ deleted, revision }: SpatialRecord): boolean =>
      !deleted || revision.toString() > facts.settled;
    const kept = (all: SpatialRecord[]): SpatialRecord[] => all.filter(isThere);
    const ask = <T>(options: ReadOptions | undefined, answer: () => T): T => {
      const result = answer();
      refuseDropped(reader, options);
      return result;
    };
    const limited = (
      { limit = Infinity, ...options }: ReadOptions = {},
      box: Parameters<SpaceReader["query"]>[0],
    ): SpatialRecord[] => {
      reader.count(box, { ...options, limit }); // Refuses what is to be refused.
      return kept(reader.query(box, options).toArray()).slice(0, limit);
    };
    return {
      get: (point, options) =>
        ask(options, () => {
          const found = reader.get(point, options);
          return found !== undefined && isThere(found) ? found : undefined;
        }),
      query: (box, options) => ask(options, () => limited(options, box)).values(),
      count: (box, options) => ask(options, () => limited(options, box)).length,
      columns: (box, options) => ask(options, () => columnsOf(reader, limited(options, box))),
      nearest: (point, count, options) => ask(options, () => reader.nearest(point, count, options)),
      history: (point) => changed(reader.history(point), (all) => kept(all.slice(0, 1))),
    };
  },
};

/**
 * The library with a lie.
 *
 * @param library The real one
 * @param canary Which lie
 */
export function lying(library: ModelLibrary, canary: Canary): ModelLibrary {
  const open = async (root: string | URL, options?: OpenOptions): Promise<Database> => {
    const db = await library.open(root, options);
    // A reader beside the writer does not know what is pending, and drops nothing.
    return options?.readOnly ? db : lyingDatabase(db, library, canary);
  };
  return { ...library, open };
}

function lyingDatabase(db: Database, library: ModelLibrary, canary: Canary): Database {
  const factsOf = (live: SpaceReader): Facts => {
    const { runs, flushes, settledThrough } = db.stats();
    const latest = live.config.retention === "latest";
    const merged = runs > 0 || flushes > 0;
    return { latest, merged, settled: settledThrough.toString(), live, library };
  };
  const stats = (): ReturnType<Database["stats"]> => {
    const told = db.stats();
    const settledThrough = canary.settled?.(told.settledThrough, library) ?? told.settledThrough;
    return { ...told, settledThrough };
  };
  const space = (name: string): SpaceReader => {
    const reader = db.space(name);
    return replaced(reader, { ...canary.answers?.(reader, factsOf(reader)) });
  };
  const snapshot = (): Snapshot => {
    const inner = db.snapshot();
    const facts = new Map(db.spaces().map((live) => [live.name, factsOf(live)]));
    return replaced(inner, {
      space: (name: string) => {
        const reader = inner.space(name);
        return replaced(reader, { ...canary.answers?.(reader, facts.get(name)!) });
      },
    }) as Snapshot;
  };
  return replaced(db, { stats, space, snapshot });
}

function columnsOf({ config }: SpaceReader, records: readonly SpatialRecord[]): RecordColumns {
  const Column = config.axes.length === 0 ? Uint32Array : Float64Array;
  const words = records.flatMap(({ revision }) =>
    revision.toString().match(/.{8}/g)!.map((word) => parseInt(word, 16))
  );
  return {
    length: records.length,
    dims: config.dims,
    coordinates: new Column(records.flatMap(({ point }) => point)),
    revisions: new Uint32Array(words),
    data: (index) => records[index]?.data,
  };
}

/** Refuses what is below the newest version of an address that has others, or that is deleted. */
function refuseDropped(reader: SpaceReader, { asOf }: ReadOptions = {}): void {
  if (asOf === undefined) return;
  for (const { point, revision, deleted } of reader.query(undefined, { tombstones: true })) {
    const isBelow = asOf instanceof Date
      ? asOf.getTime() < revision.physicalMs
      : asOf.toString() < revision.toString();
    if (isBelow && (deleted || reader.history(point).toArray().length > 1)) throw pastDropped();
  }
}

function pastDropped(): Error {
  return Object.assign(new Error("that past is dropped"), { code: "past-dropped" });
}
