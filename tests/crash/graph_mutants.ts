/**
 * The database with one thing broken about graphs, each time another: what the scenarios of graphs must
 * find.
 *
 * @module
 */

import type { Mutant } from "./mutants.ts";

/** What the lab must find of graphs. */
export const GRAPH_MUTANTS: readonly Mutant[] = [
  {
    name: "incidence rows that only readers have derived",
    shownBy: "crashes",
    scenario: "adopt and discard records and edges",
    change: {
      file: "database/core.ts",
      from: "await this.graphs.deriveInSlices();\n" +
        "    const { retirement, history } = this.sessions;\n    this.graphs.derive();",
      to: "const { retirement, history } = this.sessions;",
    },
  },
  {
    name: "dead rows that are forgotten where an edge has moved",
    shownBy: "crashes",
    scenario: "commit records and edges through the log",
    change: {
      file: "graph/incidence.ts",
      from: "if (below !== undefined) putDead(rows, below.endpoints, here, revision);",
      to: "void below;",
    },
  },
  {
    name: "dead rows that are forgotten where a later version was there before",
    shownBy: "crashes",
    scenario: "adopt an edge older than what was committed",
    change: {
      file: "graph/incidence.ts",
      from: "putDead(rows, version.endpoints, next, above.revision);",
      to: "void next;",
    },
  },
  {
    name: "an adoption that lists the run file of its records only",
    shownBy: "crashes",
    scenario: "adopt and discard records and edges",
    change: {
      file: "database/core.ts",
      from: "await this.#list(adopted.runs, new Map([[session, last]]));",
      to: "await this.#list(adopted.runs.slice(0, 1), new Map([[session, last]]));",
    },
  },
  {
    name: "an adoption that leaves its incidence rows to the next flush",
    shownBy: "crashes",
    scenario: "adopt and discard records and edges",
    change: {
      file: "database/core.ts",
      from: "const rows = this.graphs.rowsOf(entries);",
      to: 'const rows: ReturnType<Graphs["rowsOf"]> = [];',
    },
  },
  {
    name: "a flush that drops incidence rows",
    shownBy: "crashes",
    scenario: "compact edges and rows",
    change: {
      file: "store/tables.ts",
      from: "for (const tables of this.#rows.values()) yield* tables.values();",
      to: "",
    },
  },
  {
    name: "a manifest without graphs",
    shownBy: "crashes",
    scenario: "create graphs",
    change: {
      file: "store/manifest_format.ts",
      from: "putList(out, state.graphs, (graph) => putGraph(out, graph));",
      to: "putList(out, [] as typeof state.graphs, (graph) => putGraph(out, graph));",
    },
  },
  {
    name: "an interrupted intent that forgets what it takes back",
    shownBy: "crashes",
    scenario: "adopt and discard records and edges",
    change: {
      file: "session/interrupted.ts",
      from:
        "if (this.#resolution.isGraph(entry.address.space)) yield this.#resolution.edgeIn(entry);",
      to:
        'if (this.#resolution.isGraph(entry.address.space) && entry.kind === "write") {\n        yield this.#resolution.edgeIn(entry);\n      }',
    },
  },
  {
    name: "a graph that is there before its manifest is",
    shownBy: "crashes",
    scenario: "create graphs",
    change: {
      file: "database/catalogue.ts",
      from: `await this.#manifest.update((state) => {
      if (isListed(state)) return state;
      return how.listed({ ...state, nextSpace: state.nextSpace + 1 }, state.nextSpace);
    });`,
      to: `await new Promise<void>((resolve, reject) => {
      this.#manifest.update((state) => {
        resolve();
        if (isListed(state)) return state;
        const next = how.listed({ ...state, nextSpace: state.nextSpace + 1 }, state.nextSpace);
        how.add(how.find(next)!);
        return next;
      }).catch(reject);
    });`,
    },
  },
  {
    name: "a replay of records without their edges",
    shownBy: "crashes",
    scenario: "commit records and edges through the log",
    change: {
      file: "database/opening.ts",
      from: "core.store.publish(ordinal, EntryList.of(entries));",
      to: "const records = entries.filter(({ address }) => !core.isGraph(address.space));\n" +
        "    core.store.publish(ordinal, EntryList.of(records));",
    },
  },
  {
    name: "a replay of edges without their records",
    shownBy: "crashes",
    scenario: "commit records and edges through the fast segment",
    change: {
      file: "database/opening.ts",
      from: "core.store.publish(ordinal, EntryList.of(entries));",
      to: "const edges = entries.filter(({ address }) => core.isGraph(address.space));\n" +
        "    core.store.publish(ordinal, EntryList.of(edges.length > 0 ? edges : entries));",
    },
  },
];
