/**
 * What is visible at one moment, whatever is committed later.
 *
 * @module
 */

import { ClosedError } from "../errors.ts";
import type { GraphReader } from "../graph/graph.ts";
import type { SpaceReader } from "../store/space.ts";
import type { Core } from "./core.ts";

/** What is visible at one moment, whatever is committed later. */
export interface Snapshot extends Disposable {
  /**
   * A reader of a space as it was.
   *
   * @param name The space's name
   */
  space<Data = unknown>(name: string): SpaceReader<Data>;
  /**
   * A reader of a graph as it was; what it relates, it relates as of the same moment.
   *
   * @param name The graph's name
   */
  graph(name: string): GraphReader;
}

/**
 * What is visible now.
 *
 * @param core Of the database
 */
export function snapshotOf(core: Core): Snapshot {
  core.checkOpen();
  const { store, graphs } = core;
  const view = graphs.view();
  let released = false;
  const check = (): void => {
    core.checkOpen();
    if (released) throw new ClosedError("The snapshot was released; take another");
  };
  return {
    space<Data>(name: string): SpaceReader<Data> {
      check();
      return store.readerOf<Data>(name, view.tables, check);
    },
    graph(name: string): GraphReader {
      check();
      return graphs.readerOf(name, view, check);
    },
    [Symbol.dispose](): void {
      released = true;
      view.tables.clear(); // Whoever keeps the snapshot, or a reader of it, keeps no run file with it.
    },
  };
}
