/**
 * A target beside what was measured.
 *
 * @module
 */

/**
 * Says whether a target was met.
 *
 * @param target What was wanted
 * @param met Whether it is so
 */
export function judge(target: string, met: boolean): string {
  return `${target}: ${met ? "met" : "MISSED"}`;
}
