/**
 * What many durations of one thing come to.
 *
 * @module
 */

/** The middle of a sample and where its bulk lies. */
export interface Spread {
  /** Half of the sample is below. */
  median: number;
  /** A tenth of the sample is below. */
  p10: number;
  /** A tenth of the sample is above. */
  p90: number;
}

/**
 * Orders a sample and looks at three places of it.
 *
 * @param sample At least one number; stays as it is
 */
export function spreadOf(sample: readonly number[]): Spread {
  const sorted = Float64Array.from(sample).sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.ceil(place);
    return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
  };
  return { median: at(0.5), p10: at(0.1), p90: at(0.9) };
}
