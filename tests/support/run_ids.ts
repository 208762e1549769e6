/**
 * Gives numbers for run files, one after the other.
 *
 * @param first The first
 */
export function idsFrom(first: number): () => number {
  let next = first;
  return () => next++;
}
