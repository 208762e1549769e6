/**
 * The Hilbert curve as a table, learnt from a function that knows it.
 *
 * Each part of the grid holds a copy of the whole curve, turned and mirrored. There are few ways to turn
 * it (4 in two dimensions, 24 in three), so a machine with that many states walks down the
 * levels: state and orthant give the digit of the key and the state within that orthant. Several levels
 * are then looked up at once.
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** What gives the key of a cell: `encodeKey` of `hilbert.ts`. */
export type EncodeKey = (
  cell: ArrayLike<number>,
  dims: number,
  bits: number,
  into: Uint32Array,
  at: number,
) => void;

/** A part of the grid whose curve is turned in a way not seen before. */
interface Turn {
  /** Its coordinates, counted in parts of its size. */
  cell: number[];
  /** How often the grid was halved to get there. */
  depth: number;
  /** The digit of each of its orthants. */
  digits: number[];
}

/** The machine, one level at a time. */
interface Machine {
  /** Of each state, and each orthant in it: the digit. */
  digits: number[];
  /** Of each state, and each orthant in it: the next state. */
  next: number[];
  /** How many states there are. */
  states: number;
}

/**
 * Learns the curve.
 *
 * @param encode Gives the key of a cell
 * @param dims How many axes
 * @param levels How many bits of each coordinate a step takes
 * @returns Of each state and `levels` bits of each coordinate, axis 0 on top: the `dims * levels` bits of
 * the key, and above them the state to go on with. State 0 is the whole grid.
 */
export function learnCurve(encode: EncodeKey, dims: number, levels: number): Uint16Array {
  const { digits, next, states } = learnMachine(encode, dims);
  const width = dims * levels;
  invariant(states << width <= 2 ** 16, "states and digits fit an entry of 16 bits");
  const table = new Uint16Array(states << width);
  for (let entry = 0; entry < table.length; entry++) {
    let state = entry >>> width;
    let key = 0;
    for (let q = levels - 1; q >= 0; q--) {
      let orthant = 0;
      for (let i = dims - 1; i >= 0; i--) orthant = orthant << 1 | entry >>> (i * levels + q) & 1;
      const at = state << dims | orthant;
      key = key << dims | digits[at];
      state = next[at];
    }
    table[entry] = state << width | key;
  }
  return table;
}

/**
 * Two parts of the grid are in the same state if their orthants have the same digits. That this is
 * enough is no theorem here: the tests compare every key that comes of it.
 */
function learnMachine(encode: EncodeKey, dims: number): Machine {
  const turns: Turn[] = [lookAt(encode, new Array(dims).fill(0), 0)];
  const states = new Map([[String(turns[0].digits), 0]]);
  const next: number[] = [];
  for (const { cell, depth } of turns) { // Grows while it is walked through.
    for (let orthant = 0; orthant < 1 << dims; orthant++) {
      const turn = lookAt(encode, within(cell, orthant), depth + 1);
      const name = String(turn.digits);
      if (!states.has(name)) {
        states.set(name, turns.length);
        turns.push(turn);
      }
      next.push(states.get(name)!);
    }
  }
  return { digits: turns.flatMap((turn) => turn.digits), next, states: turns.length };
}

function lookAt(encode: EncodeKey, cell: number[], depth: number): Turn {
  const dims = cell.length;
  const keyBits = dims * (depth + 1);
  invariant(keyBits <= 32, "every state is seen near the top");
  const key = new Uint32Array(1);
  const digits: number[] = [];
  for (let orthant = 0; orthant < 1 << dims; orthant++) {
    encode(within(cell, orthant), dims, depth + 1, key, 0);
    digits.push(key[0] >>> (32 - keyBits) & (1 << dims) - 1);
  }
  return { cell, depth, digits };
}

function within(cell: number[], orthant: number): number[] {
  return cell.map((value, i) => value << 1 | orthant >>> (cell.length - 1 - i) & 1);
}
