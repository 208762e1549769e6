/**
 * A hypergraph in `node:sqlite`, which Deno brings.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  GRAPH_SETUP,
  type GraphConnection,
  type GraphStatement,
  type GraphValue,
} from "./graph_connection.ts";

/** Deno has this and does not declare it. */
interface ArrayStatement extends StatementSync {
  setReturnArrays(enabled: boolean): void;
}

/**
 * Opens a database, and creates it if it is missing.
 *
 * @param path Where
 */
export function connectNodeGraph(path: string): GraphConnection {
  const database = new DatabaseSync(path);
  for (const statement of GRAPH_SETUP) database.exec(statement);
  return {
    name: "node:sqlite",
    execute: (statement) => void database.exec(statement),
    prepare(statement): GraphStatement {
      const prepared = database.prepare(statement) as ArrayStatement;
      prepared.setReturnArrays(true);
      return {
        run: (...values) => void prepared.run(...values),
        rows: (...values) => prepared.all(...values) as unknown as GraphValue[][],
      };
    },
    close: () => database.close(),
  };
}
