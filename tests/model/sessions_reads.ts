/**
 * Compares every answer of a reader with what the model says.
 *
 * @module
 */

import type { Box, Database, Revision, SpaceReader, SpatialRecord } from "../../mod.ts";
import type { Random } from "../crash/random.ts";
import { Violation } from "./history.ts";
import type { ModelEntry, SessionsModel, Value } from "./sessions_model.ts";

/** Where everything is written: few addresses, so that writers meet. */
export const POINTS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  flat: [[0, 0], [1, 0], [5, 7]],
  deep: [[1, 2, 3], [4, 4, 4]],
};

/** What a value looks like in the database. */
interface Stored {
  n: number;
  pad: Uint8Array;
}

/**
 * A value as it is written: its bytes follow from its number.
 *
 * @param value Which
 */
export function stored({ n, pad }: Value): Stored {
  return { n, pad: new Uint8Array(pad).fill(n) };
}

/** What is asked. */
export interface Question {
  /** Up to which commit the reader sees. */
  through: number;
  /** A ceiling for questions about the past. */
  asOf: Revision | undefined;
  /** Draws boxes. */
  random: Random;
}

/**
 * Asks a reader everything about its space.
 *
 * @param reader A space, or a snapshot of it
 * @param model What the answers have to be
 * @param question About when
 * @throws {Violation} At a wrong answer
 */
export function checkReader(
  reader: SpaceReader,
  model: SessionsModel,
  question: Question,
): void {
  const { name: space } = reader;
  const { through, asOf, random } = question;
  for (const point of POINTS[space]) {
    const versions = model.versionsAt({ space, point }, through).map(({ entry }) => entry);
    checkRecords(`history of ${space} ${point}`, [...reader.history(point)], versions);
    const options = { tombstones: random() < 0.5 };
    const got = reader.get(point, options);
    const visible = visibleOf(versions.slice(0, 1), options.tombstones);
    checkRecords(`get of ${space} ${point}`, got === undefined ? [] : [got], visible);
  }
  const corner = (): number[] => POINTS[space][0].map(() => Math.floor(random() * 8));
  const [a, b] = [corner(), corner()];
  const box: Box = {
    min: a.map((value, i) => Math.min(value, b[i])),
    max: a.map((value, i) => Math.max(value, b[i])),
  };
  checkBox(reader, model, { box: undefined, tombstones: true, through });
  checkBox(reader, model, { box, tombstones: random() < 0.5, through });
  if (asOf !== undefined) checkBox(reader, model, { box, tombstones: true, through, asOf });
}

function checkBox(
  reader: SpaceReader,
  model: SessionsModel,
  { box, tombstones, through, asOf }: {
    box: Box | undefined;
    tombstones: boolean;
    through: number;
    asOf?: Revision;
  },
): void {
  const { name: space } = reader;
  const inside = POINTS[space].filter((point) =>
    box === undefined ||
    point.every((value, axis) => value >= box.min[axis] && value <= box.max[axis])
  );
  const expected = inside.flatMap((point) => {
    const versions = model.versionsAt({ space, point }, through, asOf?.toString());
    return visibleOf(versions.slice(0, 1).map(({ entry }) => entry), tombstones);
  });
  const what = `${space} in ${JSON.stringify(box)} as of ${asOf}`;
  const found = [...reader.query(box, { tombstones, asOf })];
  found.sort((a, b) =>
    expected.findIndex(({ point }) => point.join() === a.point.join()) -
    expected.findIndex(({ point }) => point.join() === b.point.join())
  );
  checkRecords(`query of ${what}`, found, expected);
  const count = reader.count(box, { tombstones, asOf });
  if (count === expected.length) return;
  throw new Violation(`count of ${what} is ${count}, not ${expected.length}`);
}

function visibleOf(entries: readonly ModelEntry[], tombstones: boolean): ModelEntry[] {
  return entries.filter(({ value }) => tombstones || value !== undefined);
}

function checkRecords(
  what: string,
  found: readonly SpatialRecord[],
  expected: readonly ModelEntry[],
): void {
  const same = found.length === expected.length &&
    found.every((record, i) => isRecordOf(record, expected[i]));
  if (same) return;
  const brief = ({ point, revision, data, deleted }: SpatialRecord): string =>
    `${point}@${revision}=${deleted ? "deleted" : (data as Stored)?.n}`;
  const wanted = expected.map(({ point, revision, value }) =>
    `${point}@${revision}=${value?.n ?? "deleted"}`
  );
  throw new Violation(`${what} is [${found.map(brief)}], not [${wanted}]`);
}

/**
 * Whether a record that was found is an entry that was written, every byte of it.
 *
 * @param record What was found
 * @param entry What was written
 */
export function isRecordOf(record: SpatialRecord, entry: ModelEntry): boolean {
  const { value } = entry;
  if (record.revision.toString() !== entry.revision) return false;
  if (record.point.join() !== entry.point.join()) return false;
  if (record.deleted !== (value === undefined)) return false;
  if (value === undefined) return record.data === undefined;
  const { n, pad } = record.data as Stored;
  return n === value.n && pad.length === value.pad && pad.every((byte) => byte === (n & 255));
}

/**
 * Every revision that is visible.
 *
 * @param db Any database of the model
 */
export function visibleRevisions(db: Pick<Database, "space">): Set<string> {
  const visible = new Set<string>();
  for (const [space, points] of Object.entries(POINTS)) {
    for (const point of points) {
      for (const { revision } of db.space(space).history([...point])) {
        visible.add(revision.toString());
      }
    }
  }
  return visible;
}
