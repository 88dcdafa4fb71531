/** Quantiles of a histogram of all processes: of summed buckets, never a mean of quantiles. */
import type { Query } from './board.ts';

export function quantileOf(quantile: number, histogram: string): string {
  return `histogram_quantile(${quantile}, sum by (le) (rate(${histogram}_bucket[$__rate_interval])))`;
}

/** The three that the objectives and the runs of a box speak of. */
export function quantilesOf(histogram: string): readonly Query[] {
  return [0.5, 0.99, 0.999].map((quantile) => ({ expr: quantileOf(quantile, histogram), legend: `${quantile * 100} %` }));
}
