/**
 * The library with one thing broken that graphs need, each time another: the model of graphs must notice
 * every one of them.
 *
 * @module
 */

import type { ModelMutant } from "./mutants.ts";

type GraphMutant = Omit<ModelMutant, "model" | "histories">;

const HISTORIES = 100;

/** What is written: edges, their ids, and the rows that tell of them. */
const OF_ROWS: readonly GraphMutant[] = [
  {
    name: "an edge that is superseded keeps its rows",
    file: "graph/incidence.ts",
    from: "if (below !== undefined) putDead(rows, below.endpoints, here, revision);",
    to: "",
  },
  {
    name: "an edge that is taken back keeps its rows",
    file: "graph/row_making.ts",
    from: "const rows = incidenceRows(version, before, next);",
    to: "const rows = incidenceRows(version, head && before, next);",
  },
  {
    name: "a version that comes late is not looked at from above",
    file: "graph/row_making.ts",
    from: "const next = above && this.#versionOf(above);",
    to: "const next = undefined;",
  },
  {
    name: "the rows that a late version kills are dead from its own revision on",
    file: "graph/incidence.ts",
    from: "putDead(rows, version.endpoints, next, above.revision);",
    to: "putDead(rows, version.endpoints, next, revision);",
  },
  {
    name: "a dead row is live",
    file: "graph/row_making.ts",
    from: "live ? head : undefined);",
    to: "live || head ? head : undefined);",
  },
  {
    name: "among many endpoints sides are not told apart",
    file: "graph/incidence.ts",
    from: "return `${space}/${side}/${point.join()}`;",
    to: "return `${space}/${point.join()}`;",
  },
  {
    name: "rows about a space that keeps the latest lose their past",
    file: "store/tables.ts",
    from: 'shape: rowShapeOf(about), retention: "all" } as const;',
    to: "shape: rowShapeOf(about), retention: about.retention } as const;",
  },
  {
    name: "a flush takes edges without their rows",
    file: "database/core.ts",
    from: "await this.graphs.deriveInSlices();\n" +
      "    const { retirement, history } = this.sessions;\n    this.graphs.derive();",
    to: "const { retirement, history } = this.sessions;",
  },
  {
    name: "a snapshot has the rows that somebody asked for before",
    file: "database/graphs.ts",
    from: "derivation.derive();\n      } catch",
    to: "} catch",
  },
  {
    name: "what is adopted has no rows",
    file: "database/core.ts",
    from: "const rows = this.graphs.rowsOf(entries);",
    to: "const rows: never[] = [];",
  },
  {
    name: "what is adopted does not hear of what came meanwhile",
    file: "store/store.ts",
    from: "if (unread.has(space) || seen.get(space) !== table.underived.added) {",
    to: "if (!seen.has(space)) {",
  },
  {
    name: "an id is minted again",
    file: "session/stream.ts",
    from: "if (id === undefined) this.#edges++;",
    to: "",
  },
  {
    name: "a kind is not directed as the graph declares it",
    file: "graph/edge_check.ts",
    from: "return wanted ?? must ?? false;",
    to: "return wanted ?? false;",
  },
  {
    name: "a date is the beginning of its millisecond",
    file: "graph/edge_check.ts",
    from: "LOGICAL_MAX,\n    U32_MAX,\n    U32_MAX,",
    to: "0,\n    0,\n    0,",
  },
];

/** What is read: rows and edges, as of any moment. */
const OF_READING: readonly GraphMutant[] = [
  {
    name: "a degree counts an edge on each of its sides",
    file: "graph/live_rows.ts",
    from: "if (rows.high !== high || rows.low !== low || rows.next()) continue;",
    to: "if (rows !== least || rows.next()) continue;",
  },
  {
    name: "edges around a point come by the low words of their ids",
    file: "graph/live_rows.ts",
    from: "if (rows.high < least.high || (rows.high === least.high && rows.low < least.low)) {",
    to: "if (rows.low < least.low) {",
  },
  {
    name: "an incidence does not heed the kinds",
    file: "graph/live_rows.ts",
    from: "return (kinds === undefined || kinds.has(cursor.kind)) &&",
    to: "return kinds?.size !== 0 &&",
  },
  {
    name: "an edge that is past has an incidence",
    file: "graph/live_rows.ts",
    from: "&& !cursor.isPast(condition);",
    to: ";",
  },
  {
    name: "an edge is past at the stamp until which it is valid",
    file: "graph/edge_cursor.ts",
    from: "if (order !== 0) return order < 0;\n    }\n    return false;",
    to: "if (order !== 0) return order < 0;\n    }\n    return true;",
  },
  {
    name: "a snapshot looks at the clock",
    file: "database/graphs.ts",
    from: "nowMs: () => takenMs,",
    to: "nowMs: () => this.#clock.nowMs(),",
  },
  {
    name: "a box gives an edge for each of its endpoints in it",
    file: "graph/live_rows.ts",
    from: "if (this.#given.find(high, low) >= 0 || !counts(rows, this.#condition)) continue;",
    to: "if (!counts(rows, this.#condition)) continue;",
  },
  {
    name: "edges of the past are those of now",
    file: "graph/edge_reader.ts",
    from: "findVersion(this.#runs, sought, sought, this.#ceiling);",
    to: "findVersion(this.#runs, sought, sought, undefined);",
  },
];

/** Ways over edges. */
const OF_WALKS: readonly GraphMutant[] = [
  {
    name: "a co-cause is one level too far",
    file: "graph/reachability.ts",
    from: "nodes.coCause(nodeOf(packed), level);",
    to: "nodes.coCause(nodeOf(packed), level + 1);",
  },
  {
    name: "a co-cause is not expanded when it is reached later",
    file: "graph/reached_nodes.ts",
    from: "if (arrival !== 0 && arrival !== ARRIVAL_CO_CAUSE) return;",
    to: "if (arrival !== 0) return;",
  },
  {
    name: "a way leads to neutral endpoints of a directed edge",
    file: "graph/reachability.ts",
    from: "if (side === far) nodes",
    to: "if (side === far || side === NEUTRAL) nodes",
  },
  {
    name: "a way leads on from a neutral endpoint of a directed edge",
    file: "graph/row_source.ts",
    from: "if ((side === NEUTRAL && cursor.directed) ||",
    to: "if (",
  },
  {
    name: "a node at the depth is expanded",
    file: "graph/reachability.ts",
    from: "if (++level >= depth) break;",
    to: "if (++level > depth) break;",
  },
  {
    name: "an edge is crossed from one side only",
    file: "graph/reachability.ts",
    from: "const bit = 1 << side;",
    to: "const bit = 1;",
  },
  {
    name: "B-connectivity takes the level of any endpoint",
    file: "graph/b_connectivity.ts",
    from: "nodes.expand(nodeOf(endpoints[j]), level + 1);",
    to: "nodes.expand(nodeOf(endpoints[j]), nodes.levelOf(nodeOf(endpoints[first])) + 1);",
  },
  {
    name: "B-connectivity waits twice for a tail in two roles",
    file: "graph/b_connectivity.ts",
    from: "if (sideOf(items[i]) !== near || countedFor[node] === edge + 1) continue;",
    to: "if (sideOf(items[i]) !== near) continue;",
  },
  {
    name: "a traversal does not heed the kinds",
    file: "graph/met_graph.ts",
    from: "return (kinds === undefined || kinds.has(cursor.kind)) &&",
    to: "return kinds?.size !== 0 &&",
  },
  {
    name: "an edge that is past is on a cycle",
    file: "graph/met_graph.ts",
    from: "if (!cursor.directed || !this.takesPart(cursor)) return;",
    to: "if (!cursor.directed) return;",
  },
  {
    name: "a node has the level of the first tail that leads to it",
    file: "graph/topology.ts",
    from: "levels[head] = levels[node] + 1;",
    to: "levels[head] = levels[nodeOf(items[from])] + 1;",
  },
];

/** What was read before, and is believed again. */
const OF_MEMORY: readonly GraphMutant[] = [
  {
    name: "what one run tells of a point is all of it",
    file: "graph/known_rows.ts",
    from: "return !point.reset(this.#others, at, undefined).isThere();",
    to: "return true;",
  },
  {
    name: "a traversal believes one of several runs",
    file: "graph/row_source.ts",
    from: "if (rows.run > 0 && rows.isAlone) this",
    to: "if (rows.run > 0) this",
  },
  {
    name: "a degree is believed that another run told",
    file: "graph/adjacency.ts",
    from: "return this.#toldBy(run, node, this.#degrees[which]) - 1;",
    to: "return (this.#degrees[which][node + 1] ?? 0) - 1;",
  },
  {
    name: "edges of a point are believed that another run told",
    file: "graph/adjacency.ts",
    from: "const found = this.#toldBy(run, node, this.#links[side]);",
    to: "const found = this.#links[side][node + 1] ?? 0;",
  },
  {
    name: "what was read holds for the past",
    file: "graph/known_rows.ts",
    from: "const isWhole = ceiling === undefined ||",
    to: "const isWhole = true ||",
  },
  {
    name: "an edge that has an end is counted for ever",
    file: "graph/graph_view.ts",
    from: "if (count < limit && found.lasting) known?",
    to: "if (count < limit) known?",
  },
  {
    name: "all degrees of a point are one",
    file: "graph/known_rows.ts",
    from: "return sides.length === 1 ? sides[0] + 1 : 0;",
    to: "return 0;",
  },
  {
    name: "an edge that has an end is crossed for ever",
    file: "graph/known_rows.ts",
    from: "fit = rows.lasts && cursor",
    to: "fit = cursor",
  },
  {
    name: "a traversal does not heed the kinds of edges that it knows",
    file: "graph/row_source.ts",
    from: "if (kinds !== undefined && !kinds.has(adjacency.kindIn(word))) continue;",
    to: "",
  },
  {
    name: "a known point is another node than the one that was met",
    file: "graph/met_nodes.ts",
    from: "const isNew = this.#knownCount === this.#table.count;",
    to: "const isNew = true;",
  },
  {
    name: "a point that an earlier traversal met was met",
    file: "graph/adjacency.ts",
    from: "this.#marksBase = this.#marksEnd;",
    to: "",
  },
  {
    name: "an edge is taken from the first of several runs",
    file: "graph/edge_reader.ts",
    from: "if (this.#runs.length === 1)",
    to: "if (this.#runs.length > 0)",
  },
];

/** What the model of graphs must find. */
export const GRAPH_MUTANTS: readonly ModelMutant[] = [
  ...OF_ROWS,
  ...OF_READING,
  ...OF_WALKS,
  ...OF_MEMORY,
].map((mutant) => ({ ...mutant, model: "graph", histories: HISTORIES }));
