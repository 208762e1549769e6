/**
 * Points among the coordinates of many.
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

/**
 * Whether two points are one.
 *
 * @param coordinates Hold them
 * @param a The first coordinate of one
 * @param b That of the other
 * @param dims How many they have
 */
export function isOnePoint(
  coordinates: ArrayLike<number>,
  a: number,
  b: number,
  dims: number,
): boolean {
  for (let axis = 0; axis < dims; axis++) {
    if (coordinates[a + axis] !== coordinates[b + axis]) return false;
  }
  return true;
}
