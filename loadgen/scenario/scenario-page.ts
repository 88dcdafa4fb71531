/** The report of a scenario: one HTML file that needs nothing else. */
import { pageOf } from '../../capacity/page/document.ts';
import { html, type Markup, table } from '../../capacity/page/markup.ts';
import type { GradedRow } from '../frame/grade.ts';
import type { NeighbourLatencies, ScenarioRecord } from './scenario-record.ts';
import { BATTERY_COLUMNS, batteryRows } from './scenario-text.ts';

export function scenarioPage(record: ScenarioRecord, rows: readonly GradedRow[]): string {
  const { scenario, neighbours, mobile } = record;
  const columns = (titles: readonly string[]) => titles.map((title) => ({ title }));
  const sections: Markup[] = [
    html`<section><h2>Grade</h2>
${table(
  scenario.about,
  columns(['', 'measured', 'grade', 'because']),
  rows.map(({ name, measured, grade, because }) => [name, measured, grade, because]),
)}</section>`,
    ...(neighbours === undefined
      ? []
      : [
          html`<section><h2>Neighbours, calm and disturbed in turns</h2>
${table('Latency from the moment a send was due, of those who took no part', columns(['', 'samples', 'p50', 'p99']), latencyRows(neighbours))}</section>`,
        ]),
    ...(mobile === undefined
      ? []
      : [
          html`<section><h2>What a device’s radio has to do</h2>
${table('Of one device; bytes of the WebSocket stream', columns(BATTERY_COLUMNS), batteryRows(mobile))}</section>`,
        ]),
    html`<section><h2>The scenario</h2><pre>${JSON.stringify(scenario, null, 1)}</pre></section>
<section><h2>To make it again</h2><p><code>parley ${record.command.join(' ')}</code></p></section>`,
  ];
  return pageOf({
    title: `Scenario: ${scenario.name}`,
    line: `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC. Run ${record.id}. ${record.target}.`,
    sections,
    footer: 'Made by parley scenario from scenario.json.',
  });
}

function latencyRows(seen: NeighbourLatencies): string[][] {
  const names = ['acceptedCalm', 'acceptedDisturbed', 'deliveredCalm', 'deliveredDisturbed'] as const;
  return names.map((name) => [
    name.replace(/[A-Z]/, (letter) => `, ${letter.toLowerCase()}`),
    String(seen[name].samples),
    `${(seen[name].p50Us / 1_000).toFixed(1)} ms`,
    `${(seen[name].p99Us / 1_000).toFixed(1)} ms`,
  ]);
}
