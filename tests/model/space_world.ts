/**
 * A database with its spaces beside their models.
 *
 * @module
 */

import {
  type Intent as IntentOf,
  ModelDatabase,
  type Writer as WriterOf,
} from "./model_database.ts";
import { SpaceModel, type Written } from "./space_model.ts";
import type { SpaceShape } from "./space_shape.ts";

export type { Cursor, Past, Pinned } from "./model_database.ts";

/** An entry of an intent. */
export interface Entry extends Written {
  space: SpaceModel;
}

/** What a session has written and not settled. */
export type Intent = IntentOf<Entry>;

/** An open session. */
export type Writer = WriterOf<Entry>;

/** One database through all its openings. */
export class SpaceWorld extends ModelDatabase<Entry> {
  spaces: SpaceModel[] = [];

  /** Makes a space. */
  async create(shape: SpaceShape): Promise<void> {
    const { name, config, places } = shape;
    this.note(`create ${name}: ${JSON.stringify(config)}, ${places.length} places`);
    await this.done("createSpace", this.db.createSpace(name, config));
    this.spaces.push(new SpaceModel(shape));
  }

  /** An intent is visible from here on. */
  publish({ session, entries }: Intent): void {
    const ordinal = this.commitOf(entries);
    for (const { space, place, revision, value } of entries) {
      space.versions.push({ place, revision, value, session, ordinal });
    }
  }
}
