/**
 * Points as arrays of their own.
 *
 * @module
 */

/**
 * A point out of many, as an array. One that is written out has just the room it needs, where one that
 * grows has room for sixteen more: of the usual points there are millions.
 *
 * @param coordinates Hold it
 * @param from Its first coordinate
 * @param dims How many it has
 */
export function pointAt(coordinates: ArrayLike<number>, from: number, dims: number): number[] {
  if (dims === 2) return [coordinates[from], coordinates[from + 1]];
  if (dims === 3) return [coordinates[from], coordinates[from + 1], coordinates[from + 2]];
  if (dims === 1) return [coordinates[from]];
  const point: number[] = [];
  for (let i = from; i < from + dims; i++) point.push(coordinates[i]);
  return point;
}
