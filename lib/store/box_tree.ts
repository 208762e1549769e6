/**
 * A packed tree of boxes over the entries of a run, in their order: leaves of 64 entries, nodes of 16
 * children (the layout of flatbush, by V. Agafonkin, over a fixed order). Nothing points anywhere: the
 * children of a node, and the entries below it, follow from its number.
 *
 * A node is *clean* when each of its entries is the only version of its address and no deletion: then
 * all of them count wherever the box is inside the one asked for.
 *
 * @module
 */

import {
  type Bounds,
  clearBox,
  growByBox,
  growByPoint,
  INSIDE,
  OUTSIDE,
  relateBox,
} from "../space/box.ts";
import type { Coordinates } from "./shape.ts";

/** Entries of a leaf. */
export const LEAF_ENTRIES = 64;

/** Children of a node. */
export const NODE_CHILDREN = 16;

/** The nodes at one height; those of height 0 are the leaves. */
interface Level {
  /** The lowest and then the highest coordinate on each axis, node after node. */
  boxes: Float64Array;
  /** 1 for a clean node. */
  clean: Uint8Array;
  /** Entries below each node but the last. */
  entries: number;
}

/** What a tree is made over. */
export interface TreeEntries {
  /** How many. */
  count: number;
  /** Points, row after row. */
  coordinates: Coordinates;
  /** 1 for an entry that is the only version of its address, and no deletion. */
  plain: Uint8Array;
}

/** The boxes over the entries of one run. */
export class BoxTree {
  /** Coordinates of a point. */
  readonly dims: number;
  /** How many entries. */
  readonly count: number;
  /** From the leaves up to the root. */
  readonly levels: readonly Level[];

  /**
   * @param dims Coordinates of a point
   * @param count How many entries, at least one
   * @param boxes The boxes of the leaves
   * @param clean 1 for each leaf that is clean
   */
  constructor(dims: number, count: number, boxes: Float64Array, clean: Uint8Array) {
    this.dims = dims;
    this.count = count;
    const levels: Level[] = [{ boxes, clean, entries: LEAF_ENTRIES }];
    while (levels[levels.length - 1].clean.length > 1) {
      levels.push(parentsOf(dims, levels[levels.length - 1]));
    }
    this.levels = levels;
  }

  /**
   * Makes a tree.
   *
   * @param dims Coordinates of a point
   * @param entries The entries, at least one
   */
  static over(dims: number, entries: TreeEntries): BoxTree {
    const { boxes, clean } = leavesOf(dims, entries);
    return new BoxTree(dims, entries.count, boxes, clean);
  }
}

/**
 * Walks the ranges of entries that may lie in a box, in the order of the run.
 *
 * After `next` returned true: entries `from` to `to` (exclusive) are next; all of them lie in the box if
 * `inside`; each is the only version of its address if `clean`.
 */
export class RangeCursor {
  /** The first entry. */
  from = 0;
  /** The end of the entries, exclusive. */
  to = 0;
  /** Whether all of them lie in the box. */
  inside = false;
  /** Whether each is the only version of its address, and no deletion. */
  clean = false;
  readonly #tree: BoxTree;
  readonly #bounds: Bounds;
  /** Nodes to look at, the next on top; see {@linkcode packNode}. */
  readonly #stack: number[] = [];

  /**
   * @param tree The tree
   * @param bounds The box, which stays as it is
   */
  constructor(tree: BoxTree, bounds: Bounds) {
    this.#tree = tree;
    this.#bounds = bounds;
    this.#pushMet(tree.levels.length - 1, 0, 1);
  }

  /** Moves to the next range: whether there is one. */
  next(): boolean {
    const stack = this.#stack;
    const { levels, count } = this.#tree;
    while (stack.length > 0) {
      const packed = stack.pop()!;
      const inside = packed % 2 === 1;
      const height = (packed >>> 1) % HEIGHTS;
      const node = Math.floor(packed / (2 * HEIGHTS));
      const level = levels[height];
      const clean = level.clean[node] === 1;
      if (height === 0 || (inside && clean)) {
        this.from = node * level.entries;
        this.to = Math.min(count, this.from + level.entries);
        this.inside = inside;
        this.clean = clean;
        return true;
      }
      const first = node * NODE_CHILDREN;
      const end = Math.min(levels[height - 1].clean.length, first + NODE_CHILDREN);
      if (!inside) this.#pushMet(height - 1, first, end);
      else for (let i = end - 1; i >= first; i--) stack.push(packNode(height - 1, i, true));
    }
    return false;
  }

  /** Pushes those of some nodes that the box meets, the first on top. */
  #pushMet(height: number, first: number, end: number): void {
    const { boxes } = this.#tree.levels[height];
    if (this.#tree.dims === 2) return this.#pushMetOfPlane(height, first, end, boxes);
    for (let node = end - 1; node >= first; node--) {
      const relation = relateBox(boxes, node * 2 * this.#tree.dims, this.#bounds);
      if (relation !== OUTSIDE) this.#stack.push(packNode(height, node, relation === INSIDE));
    }
  }

  /** The same in the plane, with what does not change in variables: most of a small query is this loop. */
  #pushMetOfPlane(height: number, first: number, end: number, boxes: Float64Array): void {
    const { min, max } = this.#bounds;
    const left = min[0];
    const bottom = min[1];
    const right = max[0];
    const top = max[1];
    for (let node = end - 1; node >= first; node--) {
      const at = 4 * node;
      const west = boxes[at];
      const south = boxes[at + 1];
      const east = boxes[at + 2];
      const north = boxes[at + 3];
      if (west > right || east < left || south > top || north < bottom) continue;
      const inside = west >= left && east <= right && south >= bottom && north <= top;
      this.#stack.push(packNode(height, node, inside));
    }
  }
}

/** More than a tree can have: each is sixteen times as wide as the one above. */
const HEIGHTS = 16;

/** A node in one number: its number at its height, the height, and whether its box is in the one asked for. */
function packNode(height: number, node: number, inside: boolean): number {
  return (node * HEIGHTS + height) * 2 + (inside ? 1 : 0);
}

function leavesOf(dims: number, { count, coordinates, plain }: TreeEntries): Level {
  const leaves = Math.ceil(count / LEAF_ENTRIES);
  const level = newLevel(dims, leaves, LEAF_ENTRIES);
  for (let leaf = 0; leaf < leaves; leaf++) {
    const end = Math.min(count, (leaf + 1) * LEAF_ENTRIES);
    const low = leaf * 2 * dims;
    for (let i = leaf * LEAF_ENTRIES; i < end; i++) {
      growByPoint(level.boxes, low, coordinates, i * dims, dims);
      if (plain[i] === 0) level.clean[leaf] = 0;
    }
  }
  return level;
}

function parentsOf(dims: number, below: Level): Level {
  const children = below.clean.length;
  const nodes = Math.ceil(children / NODE_CHILDREN);
  const level = newLevel(dims, nodes, below.entries * NODE_CHILDREN);
  for (let child = 0; child < children; child++) {
    const node = Math.floor(child / NODE_CHILDREN);
    growByBox(level.boxes, node * 2 * dims, below.boxes, child * 2 * dims, dims);
    if (below.clean[child] === 0) level.clean[node] = 0;
  }
  return level;
}

function newLevel(dims: number, nodes: number, entries: number): Level {
  const boxes = new Float64Array(nodes * 2 * dims);
  for (let node = 0; node < nodes; node++) {
    clearBox(boxes, node * 2 * dims, dims);
  }
  return { boxes, clean: new Uint8Array(nodes).fill(1), entries };
}
