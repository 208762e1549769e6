import { encodeEdge as encodeShared } from "../../lib/graph/edge_codec.ts";
import type { CheckedEdge } from "../../lib/graph/hyperedge.ts";

/** An edge as bytes of its own. */
export function encodeEdge(edge: CheckedEdge): Uint8Array {
  return encodeShared(edge).slice();
}
