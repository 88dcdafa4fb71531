/**
 * Predicted beside measured: for each row the prediction with its interval, and what was measured with its own, both as shares of
 * the prediction, before the band that is allowed.
 */
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';
import { axisStyle } from './axes.ts';
import type { Chart } from './drawing.ts';
import { type Colour, standIn } from './palette.ts';

export interface IntervalBar {
  readonly name: string;
  /** How far from 1 it may lie. */
  readonly allowed: number;
  readonly predicted: Span;
  readonly measured: Span;
  readonly within: boolean;
}

interface Span {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

const ROW_PX = 34;
const NAME_PX = { wide: 250, narrow: 104 } as const;
const ROOM_PX = { wide: 302, narrow: 134 } as const;
/** Least distance of the axis' ends from 1. */
const LEAST_REACH = 0.2;
const HALF_BAND_PX = 13;
const CAP_PX = 4;
const DOT_PX = 4;

export function intervalChart(name: string, description: string, bars: readonly IntervalBar[]): Chart {
  const heightPx = bars.length * ROW_PX + 34;
  const all = bars.flatMap(({ allowed, predicted, measured }) => [predicted.low, predicted.high, measured.low, measured.high, 1 + allowed]);
  const reach = Math.ceil(Math.max(LEAST_REACH, ...all.map((value) => Math.abs(value - 1))) * 10) / 10;
  return {
    name,
    description,
    legend: [
      { name: 'predicted', colour: 'slate' },
      { name: 'measured, within what is allowed', colour: 'teal' },
      { name: 'measured, missed', colour: 'red' },
      { name: 'allowed', colour: 'rule' },
    ],
    heightPx: { wide: heightPx, narrow: heightPx },
    option: (width) => ({
      grid: { left: ROOM_PX[width], right: 30, top: 6, bottom: 28 },
      xAxis: {
        type: 'value',
        min: Math.max(0, 1 - reach),
        max: 1 + reach,
        splitNumber: width === 'wide' ? 8 : 2,
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (value: number) => `${Math.round((value - 1) * 100)} %` },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: bars.map((bar) => bar.name),
        ...axisStyle(''),
        axisLine: { show: false },
        axisLabel: { ...axisStyle('').axisLabel, width: NAME_PX[width], overflow: 'truncate' as const, hideOverlap: false, interval: 0 },
        splitLine: { show: false },
        axisTick: { show: false },
      },
      series: [
        {
          type: 'custom' as const,
          silent: true,
          data: bars.map((_, at) => [at]),
          renderItem: (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
            drawnRow(bars[params.dataIndex]!, (share) => api.coord([share, params.dataIndex]) as [number, number]),
        },
      ],
    }),
  };
}

function drawnRow(bar: IntervalBar, at: (share: number) => readonly [x: number, y: number]) {
  const [from, y] = at(1 - bar.allowed);
  const [to] = at(1 + bar.allowed);
  const band = {
    type: 'rect' as const,
    shape: { x: from, y: y - HALF_BAND_PX, width: to - from, height: 2 * HALF_BAND_PX },
    style: { fill: standIn('rule'), opacity: 0.5 },
  };
  const colour: Colour = bar.within ? 'teal' : 'red';
  return { type: 'group' as const, children: [band, ...span(bar.predicted, at, -5, 'slate'), ...span(bar.measured, at, 6, colour)] };
}

/** A line from low to high with its ends marked, and a dot in the middle. */
function span({ low, mid, high }: Span, at: (share: number) => readonly [number, number], offsetPx: number, colour: Colour) {
  const stroke = standIn(colour);
  const [x1, row] = at(low);
  const [x2] = at(high);
  const [x] = at(mid);
  const y = row + offsetPx;
  const line = (fromX: number, fromY: number, toX: number, toY: number) => ({
    type: 'line' as const,
    shape: { x1: fromX, y1: fromY, x2: toX, y2: toY },
    style: { stroke, lineWidth: 2 },
  });
  return [
    line(x1, y, x2, y),
    line(x1, y - CAP_PX, x1, y + CAP_PX),
    line(x2, y - CAP_PX, x2, y + CAP_PX),
    { type: 'circle' as const, shape: { cx: x, cy: y, r: DOT_PX }, style: { fill: stroke } },
  ];
}
