/**
 * One space with content that a test chooses, beside its model: for the edges that no random history
 * should have to hit upon.
 *
 * @module
 */

import type { Box, Database, OpenOptions, Snapshot, SpaceConfig } from "../../mod.ts";
import { MemoryStorage, open, Revision } from "../../mod.ts";
import { settled } from "../support/database_fixture.ts";
import { FaultStorage } from "../support/fault_storage.ts";
import { checkBox, checkGet, checkHistory, checkNearest, type Seen } from "./space_answers.ts";
import { SpaceModel, valueOf } from "./space_model.ts";
import { type Place, SpaceShape } from "./space_shape.ts";

const ROOT = "/db";
const NAME = "s";
const TURNS_MAX = 200;

/** A database with one space, and its model. */
export class SpaceSubject {
  /** The files themselves. */
  readonly memory: MemoryStorage = new MemoryStorage();
  /** What the database sees of them. */
  readonly storage: FaultStorage = new FaultStorage(this.memory);
  readonly model: SpaceModel;
  db!: Database;
  #ordinal = 0;
  #lastValue = 0;
  #options: OpenOptions = {};

  private constructor(shape: SpaceShape) {
    this.model = new SpaceModel(shape);
  }

  /**
   * Makes the database and its space.
   *
   * @param config Of the space
   * @param points Where it is written
   * @param options Of the database
   */
  static async create(
    config: SpaceConfig,
    points: readonly (readonly number[])[],
    options: OpenOptions = {},
  ): Promise<SpaceSubject> {
    const subject = new SpaceSubject(new SpaceShape(NAME, config, () => points));
    subject.#options = options;
    await subject.open();
    await subject.db.createSpace(NAME, config);
    return subject;
  }

  /** Where it is written, in the order of the curve. */
  get places(): readonly Place[] {
    return this.model.shape.places;
  }

  /** Opens it; again, if it was closed. */
  async open(): Promise<void> {
    this.db = await open(ROOT, { storage: this.storage, ...this.#options });
  }

  /** Closes it and opens it again. */
  async reopen(): Promise<void> {
    await this.db.close();
    await this.open();
  }

  /** Writes to places, or deletes there, in one commit. */
  async write(places: readonly Place[], deletes = false): Promise<void> {
    const ordinal = ++this.#ordinal;
    await this.db.write((session) => {
      for (const place of places) {
        const value = deletes ? undefined : ++this.#lastValue;
        const stamp = value === undefined
          ? session.delete(NAME, place.coordinates)
          : session.insert(NAME, place.coordinates, valueOf(value));
        const revision = stamp.toString();
        this.model.versions.push({ place, revision, value, session: session.id, ordinal });
      }
    });
  }

  /** Compares every kind of answer with the model. */
  check(
    boxes: readonly (Box | undefined)[] = [undefined],
    snapshot?: Snapshot,
    through = Infinity,
  ): void {
    const reader = (snapshot ?? this.db).space(NAME);
    const past = { merged: true, settled: this.db.stats().settledThrough.toString() };
    const seen: Seen = { reader, model: this.model, through, past, tally: {} };
    const { versions } = this.model;
    const ceilings = [0.1, 0.5, 0.9].map((share) =>
      versions[Math.floor(share * versions.length)]?.revision
    ).filter((each) => each !== undefined);
    for (const box of boxes) {
      for (const tombstones of [false, true]) {
        for (const limit of [Infinity, 0, 1, 70]) {
          checkBox(seen, box, { options: { tombstones, limit }, ceiling: undefined });
        }
        for (const ceiling of ceilings) {
          const options = { tombstones, asOf: Revision.parse(ceiling) };
          checkBox(seen, box, { options, ceiling });
        }
      }
    }
    const every = Math.ceil(this.places.length / 20);
    for (const place of this.places.filter((_, i) => i % every === 0)) {
      checkGet(seen, place, { options: { tombstones: true }, ceiling: undefined });
      checkHistory(seen, place);
      checkNearest(seen, place.coordinates, 10, { options: {}, ceiling: undefined });
    }
  }

  /** Gives what is in the background time until something holds, or some more. */
  async until(holds: () => boolean): Promise<void> {
    for (let turns = 0; turns < TURNS_MAX && !holds(); turns++) await settled();
  }

  /** The number of run files. */
  get runs(): number {
    return this.db.stats().runs;
  }
}
