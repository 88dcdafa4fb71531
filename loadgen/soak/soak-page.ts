/** The report of a soak: one HTML file that needs nothing else, with the memory of each component and its slope as a line. */
import { axisStyle, gridStyle } from '../../capacity/page/axes.ts';
import { pageOf } from '../../capacity/page/document.ts';
import { type Chart, drawn } from '../../capacity/page/drawing.ts';
import { html, table } from '../../capacity/page/markup.ts';
import { standIn } from '../../capacity/page/palette.ts';
import { bytesText } from '../../capacity/quantity-text.ts';
import type { LeakFinding } from '../../capacity/soak/leak.ts';
import type { GradedRow } from '../frame/grade.ts';
import { slopeText } from './grade.ts';
import type { SoakSample } from './samples.ts';
import type { SoakRecord } from './soak-record.ts';
import { STATISTICS, soakLines } from './soak-text.ts';

const MINUTE_MS = 60_000;

export async function soakPage(record: SoakRecord, samples: readonly SoakSample[], rows: readonly GradedRow[]): Promise<string> {
  const memory = record.findings.filter(({ figure }) => figure === 'memory');
  const charts = await Promise.all(
    memory.map(
      async (finding) => html`<section><h2>${finding.component}: ${finding.verdict}</h2>
${await drawn(memoryChart(record, samples, finding))}
<p>${slopeText(finding)}: ${finding.because}.</p></section>`,
    ),
  );
  return pageOf({
    title: `Soak of ${(record.chatMs / MINUTE_MS).toFixed(0)} minutes`,
    line: `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC. Run ${record.id}, on ${record.options.system}.`,
    sections: [
      html`<section><h2>Grade</h2>
${table(
  'What was asked, and what was seen',
  ['', 'measured', 'grade', 'because'].map((title) => ({ title })),
  rows.map(({ name, measured, grade, because }) => [name, measured, grade, because]),
)}
<ul class="quiet">${STATISTICS.map((line) => html`<li>${line}</li>`)}</ul></section>`,
      ...charts,
      html`<section><h2>What went on</h2><ul>${soakLines(record, rows)
        .filter((line) => !/^ {2}(proved|refuted|inconclusive) /.test(line))
        .map((line) => html`<li>${line.trim()}</li>`)}</ul></section>
<section><h2>To make it again</h2><p><code>parley ${record.command.join(' ')}</code></p></section>`,
    ],
    footer: 'Made by parley soak from soak.json and samples.jsonl.',
  });
}

function memoryChart({ judgedFromMs, restarts }: SoakRecord, samples: readonly SoakSample[], { component, trend }: LeakFinding): Chart {
  const seen = samples.flatMap(({ tMs, processes }): Array<[number, number]> => {
    const bytes = processes.find((one) => one.component === component)?.anonBytes;
    return bytes === undefined ? [] : [[tMs / MINUTE_MS, bytes]];
  });
  const line: Array<[number, number]> =
    trend === undefined
      ? []
      : [trend.fromSeconds, trend.toSeconds].map((t) => [
          t / 60,
          trend.level + (trend.perHour / 3_600) * (t - (trend.fromSeconds + trend.toSeconds) / 2),
        ]);
  const marks = [judgedFromMs, ...(restarts === undefined ? [] : [restarts.fromMs])].map((ms) => ({ xAxis: ms / MINUTE_MS }));
  return {
    name: `soak-${component.replaceAll(/[^a-z0-9]+/g, '-')}`,
    description: `Memory of ${component} over the minutes of the soak, with its slope after the warm-up.`,
    legend: [
      { name: 'memory of its own', colour: 'blue' },
      ...(trend === undefined ? [] : [{ name: 'slope by time', colour: 'orange' as const, dashed: true }]),
      { name: 'restart, end of the warm-up', colour: 'slate', dashed: true },
    ],
    heightPx: { wide: 230, narrow: 200 },
    option: (width) => ({
      grid: gridStyle(width, 72),
      xAxis: { type: 'value', ...axisStyle('min') },
      yAxis: {
        type: 'value',
        scale: true,
        ...axisStyle(''),
        axisLabel: { ...axisStyle('').axisLabel, formatter: (bytes: number) => bytesText(bytes) },
      },
      series: [
        {
          name: 'memory of its own',
          type: 'line',
          symbol: 'none',
          silent: true,
          color: standIn('blue'),
          lineStyle: { width: 1.2, color: standIn('blue') },
          data: seen,
          markLine: {
            symbol: 'none',
            silent: true,
            label: { show: false },
            lineStyle: { type: 'dashed', color: standIn('slate') },
            data: marks,
          },
        },
        {
          name: 'slope by time',
          type: 'line',
          symbol: 'none',
          silent: true,
          color: standIn('orange'),
          lineStyle: { width: 2, type: 'dashed', color: standIn('orange') },
          data: line,
        },
      ],
    }),
  };
}
