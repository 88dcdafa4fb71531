/** Latency by percentile: both axes logarithmic, so that the tail is seen and not averaged away. */
import { percentileUs } from '../../capacity/histogram.ts';
import { axisStyle, gridStyle } from '../../capacity/page/axes.ts';
import type { Chart } from '../../capacity/page/drawing.ts';
import { type Colour, standIn } from '../../capacity/page/palette.ts';
import { durationText } from '../../capacity/quantity-text.ts';
import type { LatencyHistogram, LatencyName, RunRecord } from '../../capacity/run-record.ts';

const LINES: readonly { readonly name: LatencyName; readonly colour: Colour; readonly dashed: boolean }[] = [
  { name: 'delivered', colour: 'blue', dashed: false },
  { name: 'accepted', colour: 'teal', dashed: false },
  { name: 'lateness', colour: 'orange', dashed: true },
  { name: 'handshake', colour: 'purple', dashed: true },
];

export function latencyChart(record: RunRecord): Chart | undefined {
  const lines = LINES.flatMap((line) => {
    const histogram = record.latencies.find((one) => one.name === line.name);
    return histogram === undefined || histogram.count === 0 ? [] : [{ ...line, histogram }];
  });
  if (lines.length === 0) return undefined;
  const furthest = Math.max(...lines.map((line) => line.histogram.count));
  return {
    name: 'latency',
    description: `Latency by percentile. ${lines
      .map(({ name, histogram }) => `${name}: median ${at(histogram, 0.5)}, 99th percentile ${at(histogram, 0.99)}`)
      .join('; ')}.`,
    legend: lines.map(({ name, colour, dashed }) => ({ name, colour, dashed })),
    heightPx: { wide: 290, narrow: 240 },
    option: (width) => ({
      grid: gridStyle(width, 64),
      xAxis: {
        type: 'log',
        min: 1,
        max: 10 ** Math.ceil(Math.log10(Math.max(100, furthest))),
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (oneIn: number) => percentileText(oneIn) },
      },
      yAxis: {
        type: 'log',
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (us: number) => durationText(us) },
      },
      series: lines.map((line) => ({
        name: line.name,
        type: 'line' as const,
        symbol: 'none',
        silent: true,
        color: standIn(line.colour),
        lineStyle: { width: 2, type: line.dashed ? ('dashed' as const) : ('solid' as const), color: standIn(line.colour) },
        data: tail(line.histogram),
      })),
    }),
  };
}

/** One in so many is slower: 100 is the 99th percentile. Twelve points a decade, as far as there are samples for. */
function tail(histogram: LatencyHistogram): [oneIn: number, us: number][] {
  const points: [number, number][] = [];
  for (let step = 0; 10 ** (step / 12) <= histogram.count; step++) {
    const oneIn = 10 ** (step / 12);
    points.push([oneIn, Math.max(1, percentileUs(histogram, 1 - 1 / oneIn)!)]);
  }
  return points;
}

function at(histogram: LatencyHistogram, share: number): string {
  return durationText(percentileUs(histogram, share)!);
}

export function percentileText(oneIn: number): string {
  const percent = 100 * (1 - 1 / oneIn);
  return `${percent.toFixed(Math.max(0, Math.round(Math.log10(oneIn)) - 2))} %`;
}
