/**
 * Assertions about our own code. A false one is a mistake of ours, never of the caller or the disk.
 *
 * @module
 */

/**
 * Throws when `condition` is false.
 *
 * @param condition What must hold if the code around it is right
 * @param message What was assumed
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
