/**
 * What was found in a database, in a form that is quick to compare.
 *
 * @module
 */

import type { SpatialRecord } from "../../mod.ts";

/** An entry without its revision. */
export interface FoundEntry {
  /** The name of its space, or of its graph. */
  space: string;
  /** Its coordinates, joined; of an edge its id. */
  point: string;
  /** Its value, of an edge all of it; undefined for a deletion. */
  data: string | undefined;
}

/** What a database shows. */
export interface Found {
  /** Every version that is visible, by revision. */
  visible: Map<string, FoundEntry>;
  /** Every entry that waits for a decision, by revision. */
  interrupted: Map<string, FoundEntry>;
  /** The revisions of each interrupted intent. */
  groups: string[][];
  /** The names of the spaces and graphs. */
  spaces: Set<string>;
  /** Deletions, by revision, of edges where none stood: nobody can tell whether they are there. */
  mute: Set<string>;
}

/** An entry of a record. */
export function entryOf(
  space: string,
  { point, data, deleted }: Omit<SpatialRecord, "revision">,
): FoundEntry {
  return { space, point: point.join(), data: deleted ? undefined : String(data) };
}
