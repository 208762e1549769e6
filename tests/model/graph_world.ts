/**
 * A database with its spaces and graphs beside their models.
 *
 * @module
 */

import type { GraphConfig } from "../../mod.ts";
import { GraphModel, type WrittenEdge } from "./graph_model.ts";
import {
  type Intent as IntentOf,
  ModelDatabase,
  type Writer as WriterOf,
} from "./model_database.ts";
import { SpaceModel, type Written } from "./space_model.ts";
import type { SpaceShape } from "./space_shape.ts";

/** A record of an intent. */
export interface RecordEntry extends Written {
  space: SpaceModel;
}

/** An edge of an intent. */
export interface EdgeEntry extends WrittenEdge {
  graph: GraphModel;
}

/** An entry of an intent. */
export type Entry = RecordEntry | EdgeEntry;

/** What a session has written and not settled. */
export type Intent = IntentOf<Entry>;

/** An open session. */
export type Writer = WriterOf<Entry>;

/** One database through all its openings. */
export class GraphWorld extends ModelDatabase<Entry> {
  readonly spaces: SpaceModel[] = [];
  readonly graphs: GraphModel[] = [];
  /** Ids that edges were given. */
  readonly ids: bigint[] = [];
  /** Ids that sessions minted: none is minted twice. */
  readonly minted: Set<bigint> = new Set();
  /** After which share of the steps it is asked: rows are derived when somebody asks. */
  curiosity = 1;
  /** Whether edges lead from earlier to later places only, so that there is no cycle. */
  downhill = false;

  /** Makes a space. */
  async createSpace(shape: SpaceShape): Promise<void> {
    const { name, config, places } = shape;
    this.note(`create ${name}: ${JSON.stringify(config)}, ${places.length} places`);
    await this.done("createSpace", this.db.createSpace(name, config));
    this.spaces.push(new SpaceModel(shape));
  }

  /** Makes a graph. */
  async createGraph(name: string, config: Required<GraphConfig>): Promise<void> {
    this.note(`create ${name}: ${JSON.stringify(config)}`);
    await this.done("createGraph", this.db.createGraph(name, config));
    this.graphs.push(new GraphModel(name, config));
  }

  /** An intent is visible from here on. */
  publish({ session, entries }: Intent): void {
    const ordinal = this.commitOf(entries);
    for (const entry of entries) {
      if ("graph" in entry) {
        const { id, revision, edge } = entry;
        const late = entry.graph.versions.some((each) =>
          each.id === id && each.revision > revision
        );
        if (late) this.count("versions below one that was committed before");
        entry.graph.versions.push({ id, revision, edge, session, ordinal });
      } else {
        const { place, revision, value } = entry;
        entry.space.versions.push({ place, revision, value, session, ordinal });
      }
    }
  }
}
