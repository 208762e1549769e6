/**
 * A hypergraph in `bun:sqlite`.
 *
 * @module
 */

import { Database } from "bun:sqlite";
import {
  GRAPH_SETUP,
  type GraphConnection,
  type GraphStatement,
  type GraphValue,
} from "./graph_connection.ts";

/**
 * Opens a database, and creates it if it is missing.
 *
 * @param path Where
 */
export function connectBunGraph(path: string): GraphConnection {
  const database = new Database(path);
  for (const statement of GRAPH_SETUP) database.run(statement);
  return {
    name: "bun:sqlite",
    execute: (statement) => void database.run(statement),
    prepare(statement): GraphStatement {
      const prepared = database.prepare(statement);
      return {
        run: (...values) => void prepared.run(...values),
        rows: (...values) => prepared.values(...values) as GraphValue[][],
      };
    },
    close: () => database.close(),
  };
}
