/** The report of a storm: one HTML file that needs nothing else, with the predicted course beside the measured one. */
import { axisStyle, gridStyle } from '../../capacity/page/axes.ts';
import { pageOf } from '../../capacity/page/document.ts';
import { type Chart, drawn } from '../../capacity/page/drawing.ts';
import { html, table } from '../../capacity/page/markup.ts';
import { standIn } from '../../capacity/page/palette.ts';
import { BIN_MS } from '../worker/storm-tally.ts';
import type { StormRow } from './grade.ts';
import type { StormPrediction, StormRecord } from './storm-record.ts';
import { stormLines } from './storm-text.ts';

export async function stormPage(record: StormRecord, prediction: StormPrediction | undefined, rows: readonly StormRow[]): Promise<string> {
  const title = `Storm: ${record.seen.dropped} of ${record.options.connections} connections lost at once`;
  const { options } = record;
  const sections = html`<section><h2>Grade</h2>
${table(
  'Predicted before, beside what was measured',
  ['', 'predicted', 'measured', 'grade', 'because'].map((title) => ({ title })),
  rows.map(({ name, predicted, measured, grade, because }) => [name, predicted ?? '', measured, grade, because]),
)}</section>
<section><h2>Back with what they missed</h2>
${await drawn(courseChart(record, prediction))}
<p>${prediction === undefined ? 'Nothing was predicted.' : `The prediction was written at ${prediction.at}, from a storm of ${prediction.fittedOn.dropped} of ${prediction.fittedOn.connections} connections (${prediction.fittedOn.id}).`}</p></section>
<section><h2>What it asked of the box</h2><ul>${stormLines(record, prediction, rows)
    .slice(rows.length + 1)
    .map((line) => html`<li>${line.trim()}</li>`)}</ul></section>
<section><h2>To make it again</h2><p><code>parley ${record.command.join(' ')}</code></p></section>`;
  return pageOf({
    title,
    line: `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC. Run ${record.id}. Policy ${options.policy}, ${options.admissionsPerSecond} admissions/s${options.tls ? ', TLS' : ''}.`,
    sections: [sections],
    footer: 'Made by parley storm from storm.json, prediction.json and grade.json.',
  });
}

function courseChart(record: StormRecord, prediction: StormPrediction | undefined): Chart {
  const measured: Array<[number, number]> = [[0, 0]];
  let sum = 0;
  for (const [at, count] of record.seen.bins.caughtUp.entries()) {
    sum += count;
    measured.push([((at + 1) * BIN_MS) / 1_000, sum]);
  }
  const curve = prediction?.caughtUpCurve;
  const predicted: Array<[number, number]> =
    curve === undefined
      ? []
      : [
          [0, 0],
          ...curve.clients.map((clients, at): [number, number] => [
            (at + 1) * curve.stepSeconds + (prediction?.passageSeconds ?? 0),
            clients,
          ]),
        ];
  const line = (name: string, colour: 'blue' | 'orange', data: Array<[number, number]>, dashed: boolean) => ({
    name,
    type: 'line' as const,
    symbol: 'none',
    silent: true,
    color: standIn(colour),
    lineStyle: { width: 2, type: dashed ? ('dashed' as const) : ('solid' as const), color: standIn(colour) },
    data,
  });
  return {
    name: 'storm-course',
    description: `Clients that were back with what they missed over the seconds since the loss: measured ${record.caughtUpSeconds.map((value) => value ?? 'never').join(', ')} s until 50, 95, 99 and 100 %.`,
    legend: [
      { name: 'measured', colour: 'blue' },
      ...(prediction === undefined ? [] : [{ name: 'predicted before', colour: 'orange' as const, dashed: true }]),
    ],
    heightPx: { wide: 290, narrow: 240 },
    option: (width) => ({
      grid: gridStyle(width, 64),
      xAxis: { type: 'value', ...axisStyle('s') },
      yAxis: { type: 'value', ...axisStyle('') },
      series: [
        line('measured', 'blue', measured, false),
        ...(predicted.length === 0 ? [] : [line('predicted before', 'orange', predicted, true)]),
      ],
    }),
  };
}
