/** Memory against connections: the checkpoints, the line fitted through them, and where a further one would fall. */
import type { MemoryBill } from '../../capacity/memory-bill.ts';
import { memorySeries, totalBytes } from '../../capacity/memory-series.ts';
import { axisStyle, gridStyle, shortCount } from '../../capacity/page/axes.ts';
import type { Chart } from '../../capacity/page/drawing.ts';
import { type Colour, standIn } from '../../capacity/page/palette.ts';
import { bytesText, text } from '../../capacity/quantity-text.ts';
import { type Line, predictAt } from '../../capacity/regression.ts';
import type { RunRecord } from '../../capacity/run-record.ts';

const STEPS = 24;

/** `upTo`: connections to which the line is drawn; the claimed number, where it is not too far from what was measured. */
export function memoryChart(record: RunRecord, bill: MemoryBill, upTo: number): Chart | undefined {
  const series = memorySeries(record);
  if ('unfit' in series) return undefined;
  const both = bill.client !== undefined;
  const lines: { name: string; colour: Colour; line: Line; bytes: readonly number[] }[] = [
    ...(both ? [{ name: 'both ends', colour: 'orange' as const, line: bill.line, bytes: totalBytes(series) }] : []),
    { name: 'the box', colour: 'blue', line: bill.serverLine, bytes: totalBytes(series, 'server') },
  ];
  return {
    name: 'memory',
    description: `Memory against connections at ${series.connections.map(text).join(', ')} connections, with fitted lines: ${lines
      .map((line) => `${line.name} ${bytesText(line.line.slope)} a connection`)
      .join(', ')}.`,
    legend: lines.map(({ name, colour }) => ({ name, colour })),
    heightPx: { wide: 290, narrow: 240 },
    option: (width) => ({
      grid: gridStyle(width, 64),
      xAxis: {
        type: 'value',
        min: 0,
        max: upTo,
        ...axisStyle(''),
        splitLine: { show: false },
        axisLabel: { ...axisStyle('').axisLabel, formatter: shortCount },
      },
      yAxis: {
        type: 'value',
        min: 0,
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (bytes: number) => bytesText(bytes) },
      },
      series: lines.flatMap(({ name, colour, line, bytes }) => [
        ...interval(name, colour, line, upTo),
        {
          name,
          type: 'line' as const,
          symbol: 'none',
          silent: true,
          color: standIn(colour),
          lineStyle: { width: 1.5, color: standIn(colour) },
          data: [0, upTo].map((x) => [x, line.intercept + line.slope * x]),
        },
        {
          name,
          type: 'scatter' as const,
          symbolSize: 9,
          silent: true,
          color: standIn(colour),
          itemStyle: { color: standIn(colour) },
          data: series.connections.map((x, at) => [x, bytes[at]!]),
        },
      ]),
    }),
  };
}

/** The 95 % interval as two stacked areas: an unseen one up to its lower end, and a tinted one on it. */
function interval(name: string, colour: Colour, line: Line, upTo: number) {
  const xs = Array.from({ length: STEPS + 1 }, (_, step) => (upTo * step) / STEPS);
  const bounds = xs.map((x) => ({ x, ...predictAt(line, x) }));
  const area = (data: readonly (readonly number[])[], opacity: number) => ({
    name: `${name}, interval`,
    type: 'line' as const,
    stack: `${name}, interval`,
    stackStrategy: 'all' as const,
    symbol: 'none',
    silent: true,
    color: standIn(colour),
    lineStyle: { opacity: 0, color: standIn(colour) },
    areaStyle: { color: standIn(colour), opacity },
    data: data.map((pair) => [...pair]),
  });
  return [
    area(
      bounds.map(({ x, low }) => [x, low]),
      0,
    ),
    area(
      bounds.map(({ x, low, high }) => [x, high - low]),
      0.18,
    ),
  ];
}
