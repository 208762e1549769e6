/**
 * Libraries that lie about what a graph holds, each in another way, whatever the code of graphs looks
 * like: the model must notice.
 *
 * @module
 */

import type { Database, GraphReader, OpenOptions, Snapshot, Traversal } from "../../mod.ts";
import type { ModelLibrary } from "./history.ts";
import { changed, earlier, replaced } from "./lying.ts";

/** Answers in the place of a reader's own. */
type Answers = Partial<Omit<GraphReader, "name" | "config">>;

/** A library that lies about graphs. */
export interface GraphCanary {
  /** Which lie, in words. */
  name: string;
  answers(reader: GraphReader, library: ModelLibrary, live: GraphReader): Answers;
}

/** What the model must notice. */
export const GRAPH_CANARIES: readonly GraphCanary[] = [
  {
    name: "a degree counts an edge on each of its sides",
    answers: (reader) => ({
      degree: (endpoint, filter = {}, options = {}) => {
        const { direction = "any" } = filter;
        if (direction !== "any") return reader.degree(endpoint, filter, options);
        const sides = ["outgoing", "incoming", "neutral"] as const;
        return sides.reduce(
          (sum, side) => sum + reader.degree(endpoint, { ...filter, direction: side }, options),
          0,
        );
      },
    }),
  },
  {
    name: "incident leaves out the last of many",
    answers: (reader) => ({
      incident: (endpoint, filter, options) =>
        changed(reader.incident(endpoint, filter, options), lastLeftOut),
    }),
  },
  {
    name: "touching gives an edge again",
    answers: (reader) => ({
      touching: (space, box, filter, options) =>
        changed(
          reader.touching(space, box, filter, options),
          (all) => [...all, ...all.slice(0, all.length > 2 ? 1 : 0)],
        ),
    }),
  },
  {
    name: "kinds do not matter to an incidence",
    answers: (reader) => ({
      incident: (endpoint, { direction } = {}, options) =>
        reader.incident(endpoint, direction && { direction }, options),
    }),
  },
  {
    name: "asOf leaves out the revision itself",
    answers: (reader, library) => ({
      get: (id, options) => reader.get(id, earlier(options, library)),
      degree: (endpoint, filter, options) =>
        reader.degree(endpoint, filter, earlier(options, library)),
    }),
  },
  {
    name: "properties are lost",
    answers: (reader) => ({
      get: (id, options) => {
        const found = reader.get(id, options);
        return found && replaced({ ...found }, { properties: undefined });
      },
      edges: (filter, options) =>
        changed(
          reader.edges(filter, options),
          (all) => all.map(({ properties: _, ...edge }) => edge),
        ),
    }),
  },
  {
    name: "endpoints come in another order",
    answers: (reader) => ({
      edges: (filter, options) =>
        changed(
          reader.edges(filter, options),
          (all) => all.map((edge) => ({ ...edge, endpoints: edge.endpoints.toReversed() })),
        ),
    }),
  },
  {
    name: "co-causes are left out",
    answers: (reader) => ({
      traverse: (spec, options) =>
        without(reader.traverse(spec, options), ({ arrival }) => arrival === "co-cause"),
    }),
  },
  {
    name: "a traversal goes one level beyond its depth",
    answers: (reader) => ({
      traverse: ({ depth = Infinity, ...spec }, options) =>
        reader.traverse(
          { ...spec, depth: depth < 0 || !(depth % 1 === 0) ? depth : depth + 1 },
          options,
        ),
    }),
  },
  {
    name: "B-connectivity is content with one tail",
    answers: (reader) => ({
      traverse: (spec, options) => {
        const found = reader.traverse(spec, options);
        if (spec.mode !== "b-connectivity") return found;
        const reached = reader.traverse({ ...spec, mode: "reachability" }, options);
        return without(reached, ({ arrival }) => arrival === "co-cause");
      },
    }),
  },
  {
    name: "nothing has a cycle",
    answers: (reader) => ({
      isAcyclic: (kinds, options) => reader.isAcyclic(kinds, options) || true,
    }),
  },
  {
    name: "a level is one too high",
    answers: (reader) => ({
      topologicalLevels: (kinds, options) => {
        const found = reader.topologicalLevels(kinds, options);
        if (found.kind === "cycle") return found;
        return { ...found, nodes: found.nodes.map((node) => ({ ...node, level: node.level + 1 })) };
      },
    }),
  },
  {
    name: "a snapshot sees what is related later",
    answers: (_, __, live) => ({
      incident: (endpoint, filter, options) => live.incident(endpoint, filter, options),
    }),
  },
];

/**
 * The library with a lie.
 *
 * @param library The real one
 * @param canary Which lie
 */
export function lyingOfGraphs(library: ModelLibrary, canary: GraphCanary): ModelLibrary {
  const open = async (root: string | URL, options?: OpenOptions): Promise<Database> => {
    const db = await library.open(root, options);
    const lie = (reader: GraphReader, live: GraphReader): GraphReader =>
      replaced(reader, canary.answers(reader, library, live));
    const snapshot = (): Snapshot => {
      const inner = db.snapshot();
      return replaced(inner, { graph: (name: string) => lie(inner.graph(name), db.graph(name)) });
    };
    // Sessions know a graph by its own handle, which `graphs()` gives.
    const graph = (name: string): GraphReader => lie(db.graph(name), db.graph(name));
    return replaced(db, { snapshot, graph });
  };
  return { ...library, open };
}

function lastLeftOut<T>(all: T[]): T[] {
  return all.slice(0, Math.max(1, all.length - 1));
}

function without(
  { nodes, edges }: Traversal,
  isLeftOut: (node: Traversal["nodes"][number]) => boolean,
): Traversal {
  return { nodes: nodes.filter((node) => !isLeftOut(node)), edges };
}
