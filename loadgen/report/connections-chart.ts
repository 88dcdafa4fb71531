/** Connections over time as client and box count them, with the phases of the run behind them. */

import { axisStyle, gridStyle, shortCount } from '../../capacity/page/axes.ts';
import type { Chart } from '../../capacity/page/drawing.ts';
import { standIn } from '../../capacity/page/palette.ts';
import { text } from '../../capacity/quantity-text.ts';
import type { RunRecord } from '../../capacity/run-record.ts';

export function connectionsChart(record: RunRecord): Chart {
  const { samples } = record;
  const most = samples.reduce((largest, sample) => Math.max(largest, sample.connectionsClient), 0);
  const seconds = (samples.at(-1)?.tMs ?? 0) / 1_000;
  return {
    name: 'connections',
    description: `Connections over ${seconds.toFixed(0)} seconds: up to ${text(most)}. Phases: ${phasesOf(record)
      .map((phase) => `${phase.name} from ${phase.fromSeconds.toFixed(0)} s`)
      .join(', ')}.`,
    legend: [
      { name: 'clients count', colour: 'blue' },
      { name: 'box counts', colour: 'orange', dashed: true },
    ],
    heightPx: { wide: 270, narrow: 230 },
    option: (width) => ({
      grid: gridStyle(width, 58),
      xAxis: {
        type: 'value',
        min: 0,
        max: Math.ceil(seconds),
        ...axisStyle('s'),
        nameGap: 6,
        splitLine: { show: false },
        axisLabel: { ...axisStyle('').axisLabel, showMaxLabel: false },
      },
      yAxis: { type: 'value', min: 0, ...axisStyle(''), axisLabel: { ...axisStyle('').axisLabel, formatter: shortCount } },
      series: [
        {
          name: 'clients count',
          type: 'line',
          symbol: 'none',
          silent: true,
          color: standIn('blue'),
          lineStyle: { width: 2.5, color: standIn('blue') },
          data: samples.map((sample) => [sample.tMs / 1_000, sample.connectionsClient]),
          markArea: phaseAreas(record, width === 'wide'),
        },
        {
          name: 'box counts',
          type: 'line',
          symbol: 'none',
          silent: true,
          color: standIn('orange'),
          lineStyle: { width: 1.5, type: 'dashed', color: standIn('orange') },
          data: samples.flatMap((sample) =>
            sample.connectionsServer === undefined ? [] : [[sample.tMs / 1_000, sample.connectionsServer]],
          ),
        },
      ],
    }),
  };
}

interface PhaseSpan {
  readonly name: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export function phasesOf(record: RunRecord): readonly PhaseSpan[] {
  const spans: { name: string; fromSeconds: number; toSeconds: number }[] = [];
  for (const sample of record.samples) {
    const last = spans.at(-1);
    const at = sample.tMs / 1_000;
    if (last !== undefined) last.toSeconds = at;
    if (last?.name !== sample.phase) spans.push({ name: sample.phase, fromSeconds: at, toSeconds: at });
  }
  return spans;
}

/** Phases in which the box works are shaded; a phase too short for its name goes without. */
const SHADED = ['ramp', 'chat'];

function phaseAreas(record: RunRecord, named: boolean) {
  const spans = phasesOf(record);
  const whole = Math.max(1, spans.at(-1)?.toSeconds ?? 1);
  return {
    silent: true,
    label: { position: 'insideTop' as const, color: standIn('quiet'), fontSize: 12 },
    data: spans.map((span): [object, object] => [
      {
        name: named && (span.toSeconds - span.fromSeconds) / whole > 0.05 ? span.name : '',
        xAxis: span.fromSeconds,
        itemStyle: { color: SHADED.includes(span.name) ? standIn('band') : standIn('paper') },
      },
      { xAxis: span.toSeconds },
    ]),
  };
}
