/** Horizontal bars from one value to another, side by side where a name has two: shares, limits, and what an input moves. */
import { axisStyle } from './axes.ts';
import type { Chart, LegendEntry } from './drawing.ts';
import { type Colour, standIn } from './palette.ts';

export interface SpanBar {
  readonly name: string;
  /** Every bar of a chart has as many. */
  readonly spans: readonly { readonly from: 0; readonly to: number; readonly colour: Colour }[];
}

export interface Spans {
  readonly name: string;
  readonly description: string;
  readonly bars: readonly SpanBar[];
  readonly legend: readonly LegendEntry[];
  /** Right end of the axis, where it is known beforehand. */
  readonly most?: number;
  shown(value: number): string;
}

/** Names longer than the room for them end in dots; the table below the drawing has them whole. */
const NAME_PX = { wide: 220, narrow: 104 } as const;
/** Browsers write wider than the library reckons without one. */
const ROOM_PX = { wide: 272, narrow: 134 } as const;

export function spanChart(spans: Spans): Chart {
  const heightPx = spans.bars.length * 34 + 34;
  const series = Math.max(0, ...spans.bars.map((bar) => bar.spans.length));
  return {
    name: spans.name,
    description: spans.description,
    legend: spans.legend,
    heightPx: { wide: heightPx, narrow: heightPx },
    option: (width) => ({
      grid: { left: ROOM_PX[width], right: 30, top: 6, bottom: 28 },
      xAxis: {
        type: 'value',
        ...(spans.most === undefined ? {} : { min: 0, max: spans.most }),
        splitNumber: width === 'wide' ? 6 : 2,
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (value: number) => spans.shown(value) },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: spans.bars.map((bar) => bar.name),
        ...axisStyle(''),
        axisLine: { show: false },
        axisLabel: { ...axisStyle('').axisLabel, width: NAME_PX[width], overflow: 'truncate' as const, hideOverlap: false, interval: 0 },
        splitLine: { show: false },
        axisTick: { show: false },
      },
      series: Array.from({ length: series }, (_, at) => ({
        type: 'bar' as const,
        silent: true,
        barGap: '-100%',
        barWidth: 18,
        color: standIn('blue'),
        data: spans.bars.map((bar) => ({ value: bar.spans[at]?.to ?? 0, itemStyle: { color: standIn(bar.spans[at]?.colour ?? 'blue') } })),
      })),
    }),
  };
}
