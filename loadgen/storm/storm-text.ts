/** A storm told in lines: the grade, predicted beside measured, and how often each part was asked. */

import { gradeLines } from '../frame/grade.ts';
import type { StormRow } from './grade.ts';
import { STORM_POLICIES, type StormPolicy } from './storm-options.ts';
import type { StormPrediction, StormRecord } from './storm-record.ts';

export function stormLines(record: StormRecord, prediction: StormPrediction | undefined, rows: readonly StormRow[]): string[] {
  const { options, seen } = record;
  return [
    `${seen.dropped} of ${options.connections} connections lost at once (${options.drop}), policy ${options.policy}, ${options.admissionsPerSecond} admissions/s${options.tls ? ', TLS' : ''}`,
    ...gradeLines(rows, ({ predicted, measured }) => `${predicted === undefined ? '' : `predicted ${predicted}, `}measured ${measured}`),
    `  peak: ${record.peakBackPerSecond} back in a second, ${record.peakAttemptsPerSecond} attempts${prediction === undefined ? '' : ` (predicted ${Math.round(prediction.recovery.peakAdmittedPerSecond)} and ${Math.round(prediction.recovery.peakAttemptsPerSecond)}; limit: ${prediction.recovery.binding})`}`,
    `  refused ${total(seen.refusals)}, of these told when to come back ${seen.toldToWait}; attempts that failed ${seen.failures}`,
    ...(record.asked === undefined ? [] : [`  for each that was lost: ${asked(record)}`]),
  ];
}

function asked({ asked, seen }: StormRecord): string {
  const names = [
    ['attempts', 'attempts'],
    ['authentications', 'authentications'],
    ['routeWrites', 'route writes'],
    ['presenceAnnounced', 'presence turns'],
    ['resumeReads', 'resume reads'],
    ['pulls', 'reads of missed messages'],
  ] as const;
  return names.map(([key, name]) => `${(asked![key] / Math.max(1, seen.dropped)).toFixed(2)} ${name}`).join(', ');
}

/** Policies side by side, as a table for people and for the README. */
export function policyTable(records: ReadonlyArray<readonly [StormRecord, StormPrediction | undefined]>): string[] {
  const order = (policy: StormPolicy) => STORM_POLICIES.indexOf(policy);
  const sorted = [...records].sort(([one], [other]) => order(one.options.policy) - order(other.options.policy));
  return [
    '| policy | 50 % | 95 % | 100 % | predicted 95 %, 100 % | attempts for each lost | refused | peak attempts/s | undisturbed accepted p99: before, meanwhile |',
    '|---|---|---|---|---|---|---|---|---|',
    ...sorted.map(([record, prediction]) => {
      const seconds = record.caughtUpSeconds.map((value) => (value === null ? 'never' : `${value.toFixed(1)} s`));
      const said = prediction?.recovery.caughtUpSeconds.map((value) => (Number.isFinite(value) ? `${value.toFixed(1)} s` : 'never'));
      const attempts = record.seen.bins.attempts.reduce((sum, count) => sum + count, 0) / Math.max(1, record.seen.dropped);
      const latency = record.undisturbed;
      return `| ${[
        record.options.policy,
        seconds[0],
        seconds[1],
        seconds[3],
        said === undefined ? '' : `${said[1]}, ${said[3]}`,
        attempts.toFixed(1),
        total(record.seen.refusals),
        record.peakAttemptsPerSecond,
        latency === undefined ? '' : `${ms(latency.acceptedBefore.p99Us)}, ${ms(latency.acceptedDuring.p99Us)} ms`,
      ].join(' | ')} |`;
    }),
  ];
}

function ms(us: number): string {
  return (us / 1_000).toFixed(0);
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
