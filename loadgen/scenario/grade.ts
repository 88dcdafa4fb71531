/**
 * The grade of a scenario: nothing lost, neighbours undisturbed, each behaviour's own bound held. What hangs on speed is
 * inconclusive where the run itself is in doubt, and a miss on a full machine is not the box's alone.
 */
import { doubtOfSpeed, type GradedRow } from '../frame/grade.ts';
import { BOUNDS } from '../slow/bounds.ts';
import type { AttackSeen } from '../slow/siege.ts';
import { behaviourOf } from './scenario.ts';
import type { MobileSeen, ScenarioRecord } from './scenario-record.ts';

export const SCENARIO_BOUNDS = {
  /** Of the processors, over which a miss may be the machine's. */
  fullShare: 0.9,
  leastSamples: 200,
  /** A session that fell silent is seen by the edge's next sweep, and by our own timers. */
  noticedSlackSeconds: 3,
} as const;

type Judge = (name: string, measured: string, because: string, held: boolean) => GradedRow;

export function gradeScenario(record: ScenarioRecord): readonly GradedRow[] {
  const doubt = doubtOf(record);
  const judge: Judge = (name, measured, because, held) => {
    const full =
      !held && record.busyShare > SCENARIO_BOUNDS.fullShare
        ? `${because}; but the processors of this machine were ${(record.busyShare * 100).toFixed(0)} % busy`
        : undefined;
    const why = doubt ?? full;
    return { name, measured, grade: why !== undefined ? 'inconclusive' : held ? 'proved' : 'refuted', because: why ?? because };
  };
  /** A limit that held held, however busy the machine was: others can only make it later. */
  const bound: Judge = (name, measured, because, held) =>
    held && record.complete ? { name, measured, grade: 'proved', because } : judge(name, measured, because, held);
  return [
    nothingLost(record),
    stayed(record),
    ...neighbours(record, judge),
    ...objectives(record, judge),
    ...hot(record),
    ...slow(record, bound),
    ...mobile(record, bound),
    ...aborted(record),
  ];
}

/** Why nothing that hangs on speed can be said of this run; undefined when it can. */
export function doubtOf(record: ScenarioRecord): string | undefined {
  if (record.aborted !== undefined) return `the target was left alone: ${record.aborted}`;
  if (!record.complete) return 'the run was cut short';
  return doubtOfSpeed(record);
}

function nothingLost({ ledger, complete }: ScenarioRecord): GradedRow {
  const { lost, duplicated, outOfOrder, recipientsExpected, rejected, waiting } = ledger;
  const measured = `${lost} lost, ${duplicated} twice, ${outOfOrder} out of order of ${recipientsExpected}; ${rejected} refused, ${waiting} for devices away at the end`;
  const row = { name: 'nothing lost', measured };
  if (lost + duplicated + outOfOrder > 0) return { ...row, grade: 'refuted', because: 'the ledgers of both ends say so' };
  if (recipientsExpected === 0) return { ...row, grade: 'inconclusive', because: 'nothing was accepted' };
  return complete
    ? { ...row, grade: 'proved', because: 'the ledgers of both ends agree' }
    : { ...row, grade: 'inconclusive', because: 'the run was cut short' };
}

function stayed({ disconnects, complete, neighbourSends }: ScenarioRecord): GradedRow {
  const others = Object.entries(disconnects).filter(([reason]) => reason !== 'vanished');
  const dropped = others.reduce((sum, [, count]) => sum + count, 0);
  const refused = Object.entries(neighbourSends.rejected);
  const sends = refused.reduce((sum, [, count]) => sum + count, 0);
  const reasons = [...others, ...refused].map(([reason, count]) => `${reason} ${count}`).join(', ');
  const row = {
    name: 'nobody else cut off or refused',
    measured: `${dropped} connections, ${sends} sends${reasons === '' ? '' : ` (${reasons})`}`,
  };
  if (dropped + sends > 0) return { ...row, grade: 'refuted', because: 'they kept to what a client should do' };
  return complete
    ? { ...row, grade: 'proved', because: 'each was counted' }
    : { ...row, grade: 'inconclusive', because: 'the run was cut short' };
}

function neighbours({ neighbours: seen, scenario }: ScenarioRecord, judge: Judge): GradedRow[] {
  const allowed = scenario.objectives.neighboursTimes;
  if (allowed === undefined) return [];
  return (['accepted', 'delivered'] as const).map((what) => {
    const name = `neighbours’ ${what} p99`;
    const [calm, disturbed] = [seen?.[`${what}Calm`], seen?.[`${what}Disturbed`]];
    const few = Math.min(calm?.samples ?? 0, disturbed?.samples ?? 0);
    if (calm === undefined || disturbed === undefined || few < SCENARIO_BOUNDS.leastSamples)
      return { name, measured: `${few} samples`, grade: 'inconclusive', because: 'too few to speak of a 99th percentile' };
    const times = disturbed.p99Us / Math.max(1, calm.p99Us);
    const measured = `${ms(disturbed.p99Us)} ms disturbed, ${ms(calm.p99Us)} ms calm (p50 ${ms(disturbed.p50Us)}, ${ms(calm.p50Us)})`;
    return judge(name, measured, `${times.toFixed(2)} times, ${allowed} allowed`, times <= allowed);
  });
}

function objectives({ accepted, delivered, scenario }: ScenarioRecord, judge: Judge): GradedRow[] {
  const rows: GradedRow[] = [];
  const { acceptedP99Ms, deliveredP99Ms } = scenario.objectives;
  for (const [what, seen, most] of [
    ['accepted', accepted, acceptedP99Ms],
    ['delivered', delivered, deliveredP99Ms],
  ] as const) {
    if (most === undefined) continue;
    const name = `${what} p99, everybody`;
    if (seen.samples < SCENARIO_BOUNDS.leastSamples)
      rows.push({ name, measured: `${seen.samples} samples`, grade: 'inconclusive', because: 'too few to speak of a 99th percentile' });
    else rows.push(judge(name, `${ms(seen.p99Us)} ms`, `at most ${most} ms`, seen.p99Us <= most * 1_000));
  }
  return rows;
}

/** Refused is not lost: each answer has an end, and the only reason to refuse one is the conversation's rate. */
function hot({ hot: seen, complete }: ScenarioRecord): GradedRow[] {
  if (seen === undefined) return [];
  const { due, ends } = seen;
  const refused = Object.entries(ends.rejected);
  const count = refused.reduce((sum, [, one]) => sum + one, 0);
  const others = refused.filter(([reason]) => reason !== 'conversationRate');
  const row = {
    name: 'hot conversation: each answer has its end',
    measured: `${due} due = ${ends.sequenced} taken + ${count} refused${refused.map(([reason, one]) => `, ${reason} ${one}`).join('')}`,
  };
  if (!complete) return [{ ...row, grade: 'inconclusive', because: 'the run was cut short' }];
  if (others.length > 0) return [{ ...row, grade: 'refuted', because: 'only the conversation’s rate may refuse one' }];
  const closes = ends.sequenced + count === due;
  return [{ ...row, grade: closes ? 'proved' : 'refuted', because: closes ? 'the sum closes' : 'the sum does not close' }];
}

function slow({ attacks = [] }: ScenarioRecord, judge: Judge): GradedRow[] {
  const byKind = new Map<AttackSeen['attack'], AttackSeen[]>();
  for (const one of attacks.flat()) byKind.set(one.attack, [...(byKind.get(one.attack) ?? []), one]);
  return [...byKind].map(([attack, parts]) => {
    const bound = BOUNDS[attack];
    const sum = (of: (one: AttackSeen) => number) => parts.reduce((total, one) => total + of(one), 0);
    const [clients, ended] = [sum((one) => one.clients), sum((one) => one.ended)];
    const longest = Math.max(0, ...parts.map((one) => one.longestSeconds));
    const counted: Record<string, number> = {};
    for (const one of parts) for (const [name, count] of Object.entries(one.counted ?? {})) counted[name] = (counted[name] ?? 0) + count;
    const byBox = Object.values(counted).reduce((total, one) => total + one, 0);
    const known = parts.every((one) => one.counted !== undefined);
    const shown =
      bound.metrics.length === 0
        ? 'the box does not count it'
        : known
          ? Object.entries(counted)
              .map(([name, count]) => `${name} ${count}`)
              .join(', ')
          : 'the box’s counters were not to be had';
    const inTime = ended === clients && longest <= bound.seconds;
    const held = inTime && (bound.metrics.length === 0 || !known || byBox >= clients);
    return judge(
      `slow: ${attack}`,
      `${ended} of ${clients} ended by the box, the last after ${longest.toFixed(1)} s; ${shown}`,
      `${bound.limit}; at most ${bound.seconds} s`,
      held,
    );
  });
}

function mobile({ mobile: seen = [], scenario, complete }: ScenarioRecord, judge: Judge): GradedRow[] {
  if (behaviourOf(scenario, 'mobile') === undefined) return [];
  const [slept, back] = [total(seen, (one) => one.naps.slept), total(seen, (one) => one.naps.caughtUp)];
  const woke = { name: 'mobile: back with what they missed', measured: `${back} of ${slept} that slept` };
  const rows: GradedRow[] = [
    slept === 0 || !complete
      ? { ...woke, grade: 'inconclusive', because: slept === 0 ? 'no device slept' : 'the run was cut short' }
      : { ...woke, grade: back === slept ? 'proved' : 'refuted', because: 'each was followed by itself' },
  ];
  for (const { heartbeatSeconds, naps } of seen) {
    if (naps.noticedMs.length === 0) continue;
    const longest = Math.max(...naps.noticedMs) / 1_000;
    const allowed = 2 * heartbeatSeconds + SCENARIO_BOUNDS.noticedSlackSeconds;
    rows.push(
      judge(
        `mobile: gone is noticed, heartbeat ${heartbeatSeconds} s`,
        `the last of ${naps.noticedMs.length} after ${longest.toFixed(1)} s; ${naps.replaced} came back before`,
        `two periods and ${SCENARIO_BOUNDS.noticedSlackSeconds} s`,
        longest <= allowed,
      ),
    );
  }
  return rows;
}

function aborted({ aborted: why }: ScenarioRecord): GradedRow[] {
  if (why === undefined) return [];
  return [{ name: 'the target’s objectives', measured: why, grade: 'refuted', because: 'the target was left alone' }];
}

function total(seen: readonly MobileSeen[], of: (one: MobileSeen) => number): number {
  return seen.reduce((sum, one) => sum + of(one), 0);
}

function ms(us: number): string {
  return (us / 1_000).toFixed(1);
}
