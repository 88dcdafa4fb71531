/** Horizontal bars, each a sum of parts: the bill of bytes, and the CPU of an operation. */
import { axisStyle } from './axes.ts';
import type { Chart } from './drawing.ts';
import { type Colour, standIn } from './palette.ts';

export interface StackPart {
  readonly name: string;
  readonly colour: Colour;
  /** One value a bar; negative ones, which noise can make, are drawn as nothing. */
  readonly values: readonly number[];
}

export interface Stack {
  readonly name: string;
  readonly description: string;
  readonly bars: readonly string[];
  readonly parts: readonly StackPart[];
  shown(value: number): string;
}

export function stackChart(stack: Stack): Chart {
  const rowsPx = stack.bars.length * 46;
  return {
    name: stack.name,
    description: stack.description,
    legend: stack.parts.map(({ name, colour }) => ({ name, colour })),
    heightPx: { wide: rowsPx + 34, narrow: rowsPx + 34 },
    option: (width) => ({
      grid: { left: width === 'wide' ? 92 : 78, right: 24, top: 6, bottom: 28 },
      xAxis: {
        type: 'value',
        min: 0,
        splitNumber: width === 'wide' ? 6 : 3,
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (value: number) => stack.shown(value) },
      },
      yAxis: {
        type: 'category',
        inverse: true,
        data: [...stack.bars],
        ...axisStyle(''),
        splitLine: { show: false },
        axisTick: { show: false },
      },
      series: stack.parts.map((part) => ({
        name: part.name,
        type: 'bar' as const,
        stack: 'sum',
        silent: true,
        barWidth: 24,
        color: standIn(part.colour),
        itemStyle: { color: standIn(part.colour), borderColor: standIn('paper'), borderWidth: 1 },
        data: part.values.map((value) => Math.max(0, value)),
      })),
    }),
  };
}
