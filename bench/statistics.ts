/** What a handful of timings say: their middle, their best, and how far they scatter. */

export interface Summary {
  readonly median: number;
  readonly min: number;
  /** Interquartile range: the width of the middle half. 0 for a single run. */
  readonly iqr: number;
  readonly runs: number;
}

/** The quantile of sorted values, interpolated linearly between neighbours (Hyndman and Fan's type 7, as NumPy has it). */
export function quantile(sorted: readonly number[], q: number): number {
  const place = q * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (place - low) * (sorted[high] - sorted[low]);
}

/** @param samples at least one */
export function summarize(samples: readonly number[]): Summary {
  if (samples.length === 0) throw new RangeError("summarize: there are no samples");
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    min: sorted[0],
    iqr: quantile(sorted, 0.75) - quantile(sorted, 0.25),
    runs: sorted.length,
  };
}
