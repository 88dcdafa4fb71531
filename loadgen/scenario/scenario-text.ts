/** A scenario told in lines: the grade, the battery table of mobile devices, what a target keeps; and before it, what would be sent. */
import type { RunPlan } from '../coordinator/plan.ts';
import { type GradedRow, gradeLines } from '../frame/grade.ts';
import { phasesSeconds } from '../plan/phases.ts';
import { userOfPlan } from '../plan/population.ts';
import { messagesDue } from '../plan/schedule.ts';
import { behaviourOf, type Scenario } from './scenario.ts';
import type { MobileSeen, ScenarioRecord, TestData } from './scenario-record.ts';
import type { HostAndPort } from './target.ts';

export function scenarioLines(record: ScenarioRecord, rows: readonly GradedRow[]): string[] {
  const { scenario } = record;
  return [
    `${scenario.name}: ${scenario.about}`,
    `${scenario.population.connections} connections, ${scenario.arrival.sendsPerSecond} sends/s to ${record.target}; ${(record.busyShare * 100).toFixed(0)} % of the processors busy`,
    ...gradeLines(rows),
    ...(record.mobile === undefined ? [] : aligned([BATTERY_COLUMNS, ...batteryRows(record.mobile)])),
    ...(record.testData === undefined ? [] : keptLines(record.testData)),
  ];
}

export const BATTERY_COLUMNS = [
  'heartbeat',
  'devices',
  'beats/h',
  'wake-ups/h',
  'bytes/h out',
  'in',
  'gone noticed after: half, last',
  'awake to caught up: half, last',
];

/** A row for each heartbeat period, of one device. */
export function batteryRows(seen: readonly MobileSeen[]): string[][] {
  return seen.map(({ heartbeatSeconds, devices, radio, naps }) => {
    const hours = radio.deviceSeconds / 3_600;
    const per = (count: number) => (hours > 0 ? Math.round(count / hours).toLocaleString('en-GB') : '–');
    return [
      `${heartbeatSeconds} s`,
      String(devices),
      Math.round(3_600 / heartbeatSeconds).toLocaleString('en-GB'),
      per(radio.wakeUps),
      per(radio.bytesOut),
      per(radio.bytesIn),
      halfAndLast(naps.noticedMs),
      halfAndLast(naps.backMs),
    ];
  });
}

/** What would be sent, in words, without a byte of it. */
export function dryLines(scenario: Scenario, plan: RunPlan, targets: readonly HostAndPort[]): string[] {
  const { population, schedule, options } = plan;
  const messages = messagesDue(schedule);
  const slow = behaviourOf(scenario, 'slow');
  const users = Math.ceil(population.connections / population.devicesPerUser);
  const kinds = scenario.behaviours.map(({ kind }) => kind).join(', ');
  return [
    `${scenario.name}: nothing was sent. It would be, to ${targets.map(({ host, port }) => `${host}:${port}`).join(', ')}:`,
    `  ${population.connections} connections of ${users} test users at ${options.connectionsPerSecond}/s, each with a token of its own`,
    `  test users ${userOfPlan(population, 0)} to ${userOfPlan(population, users - 1)} (another block of the same range at each run)`,
    `  ${population.conversations} conversations at ${plan.creationsPerSecond}/s, then ${messages} messages of ${schedule.bodyMedianBytes} bytes (median, at most ${schedule.bodyMaxBytes}) in ${phasesSeconds(options.turns!.phases)} s`,
    `  a heartbeat of each connection every ${options.heartbeatSeconds} s`,
    ...(kinds === '' ? [] : [`  in the disturbed parts: ${kinds}`]),
    ...(slow === undefined ? [] : [`  attackers: ${slow.clients} each of ${slow.attacks.join(', ')}, flood at ${slow.floodPerSecond}/s`]),
    `  left alone when: ${abortWords(scenario)}`,
  ];
}

function abortWords({ objectives: { abort } }: Scenario): string {
  if (abort === undefined) return 'the scenario does not say; a target asks for objectives.abort';
  return `over ${abort.windowSeconds} s accepted p99 passes ${abort.acceptedP99Ms} ms or more than ${abort.failedShare * 100} % fail`;
}

function keptLines({ firstUser, lastUser, conversations, messages, left }: TestData): string[] {
  return [
    `  test data: users ${firstUser} to ${lastUser}, ${conversations} conversations, ${messages} messages. Connections, routes and presence ended with the run;`,
    `  ${left} users left all their conversations. Records expire by the retention of the topics; rows in the store stay until these users are deleted.`,
  ];
}

function halfAndLast(timesMs: readonly number[]): string {
  if (timesMs.length === 0) return '–';
  const sorted = [...timesMs].sort((one, other) => one - other);
  return `${(sorted[Math.floor((sorted.length - 1) / 2)]! / 1_000).toFixed(1)}, ${(sorted.at(-1)! / 1_000).toFixed(1)} s`;
}

function aligned(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padStart(widths[column]!)).join('  ')}`);
}
