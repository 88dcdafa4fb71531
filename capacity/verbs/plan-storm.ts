/** `parley plan storm`: what the planned fleet's clients see when a gateway, a zone or a region is lost, by the model of flows. */
import { amount } from '../model/amount.ts';
import type { Plan } from '../model/plan.ts';
import type { BackoffPolicy } from '../storm/backoff.ts';
import { plannedStorms } from '../storm/of-plan.ts';

export function stormText(plan: Plan): string {
  const storms = plannedStorms(plan);
  const rows = storms.map(({ loss, lost, perGateway, recovery }) => [
    loss,
    amount(lost),
    amount(perGateway),
    ...recovery.caughtUpSeconds.map(seconds),
    `${amount(recovery.peakAttemptsPerSecond)}/s`,
    recovery.attemptsPerClient.toFixed(1),
    recovery.binding,
  ]);
  const head = ['lost', 'connections', 'to each gateway', '50 %', '95 %', '99 %', '100 % caught up', 'peak attempts', 'attempts', 'limit'];
  const advised = storms.map(
    ({ loss, advice }) =>
      `${loss}: ${amount(advice.admissionsPerSecond)} admissions/s are what ${advice.limit} bears; with ${policyText(advice.policy)} 95 % are back after ${seconds(advice.recovery.caughtUpSeconds[1]!)}`,
  );
  const planned = plan.rows.find(({ id }) => id === 'gateway.admissionsPerSecond')!.value;
  return [
    `At ${amount(planned)} admissions/s a gateway, as planned; clients with full jitter from half a second on top of what they are told:`,
    '',
    ...table([head, ...rows]),
    '',
    'The most that could be admitted, and how clients should come back then:',
    ...advised.map((line) => `  ${line}`),
    ...(storms.some(({ loss }) => loss === 'region') ? [] : ['', 'One region: with it all is lost, and nothing is left to come back to.']),
  ].join('\n');
}

function policyText({ kind, baseSeconds, honoursHint }: BackoffPolicy): string {
  return `${kind === 'none' || kind === 'hint' ? kind : `${kind} from ${baseSeconds} s`}${honoursHint && kind !== 'hint' ? ' on top of the server’s hint' : ''}`;
}

function seconds(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(value < 10 ? 1 : 0)} s` : 'never';
}

function table(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map(
    (line) => `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
  );
}
