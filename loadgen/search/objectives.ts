/**
 * What a size must keep to, and what one run says of it. Objectives are latencies from the moment something was due; that
 * nothing is lost, doubled, out of order or unanswered, and that the rate or the connections are really there, always belongs
 * to them. Pure.
 */
import { connectionsClaim, OBJECTIVES } from '../../capacity/claims.ts';
import { generatorDoubts } from '../../capacity/doubts.ts';
import { failureOfConnections } from '../../capacity/failures.ts';
import { heldConnections } from '../../capacity/held.ts';
import { percentileUs } from '../../capacity/histogram.ts';
import { durationText, text } from '../../capacity/quantity-text.ts';
import { LATENCY_NAMES, type LatencyName, type RunRecord } from '../../capacity/run-record.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { noiseOf } from '../bench/noise.ts';
import type { Outcome } from './next-size.ts';

export interface Objective {
  readonly name: LatencyName;
  /** 0.99: one in a hundred may be slower. */
  readonly share: number;
  readonly mostUs: number;
}

export const RATE_OBJECTIVES: readonly Objective[] = [
  { name: 'accepted', share: 0.99, mostUs: OBJECTIVES.acceptedP99Us },
  { name: 'delivered', share: 0.99, mostUs: OBJECTIVES.deliveredP99Us },
];

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 };

/** `accepted-p99=200ms,delivered-p99.9=2s`. Throws OptionError. */
export function readObjectives(words: string): readonly Objective[] {
  return words.split(',').map((word) => {
    const found = /^([a-z]+)-p(\d{1,2}(?:\.\d+)?)=(\d+(?:\.\d+)?)(us|ms|s)$/.exec(word.trim());
    const name = LATENCY_NAMES.find((one) => one === found?.[1]);
    const mostUs = found === null ? 0 : Number(found[3]) * UNITS[found[4]!]!;
    if (found === null || name === undefined || mostUs <= 0)
      throw new OptionError(
        `--slo takes NAME-pPERCENT=TIME with a name of ${LATENCY_NAMES.join(', ')}, as accepted-p99=200ms, not "${word}". See --help.`,
      );
    return { name, share: Number((Number(found[2]) / 100).toPrecision(12)), mostUs };
  });
}

export function objectiveText({ name, share, mostUs }: Objective): string {
  return `${name} p${Number((share * 100).toPrecision(6))} ≤ ${durationText(mostUs)}`;
}

export interface Judged {
  readonly outcome: Outcome;
  /** One line. */
  readonly why: string;
}

/** A run that kept everything held, whoever else was there: that only made it harder. */
export function judgeTry(record: RunRecord, objectives: readonly Objective[]): Judged {
  const { ledger } = record;
  const broken = ledger.duplicated + ledger.outOfOrder + (record.complete ? ledger.lost : 0);
  if (broken > 0) return { outcome: 'broke', why: `${text(broken)} messages lost, doubled or out of order` };
  const missed = record.settings.sendsPerSecond > 0 ? missedRate(record, objectives) : missedConnections(record, objectives);
  if (missed === undefined && record.complete) return { outcome: 'held', why: shown(record, objectives) };
  const why = missed ?? record.problems[0]?.text ?? 'the run was not whole';
  const [doubt] = generatorDoubts(record);
  if (doubt !== undefined) return { outcome: 'generator', why: `${why}; ${doubt}` };
  const { over } = noiseOf(record, ['hold', 'chat']);
  return over === undefined ? { outcome: 'broke', why } : { outcome: 'disturbed', why: `${why}; ${over}` };
}

function missedRate(record: RunRecord, objectives: readonly Objective[]): string | undefined {
  const { ledger, settings } = record;
  if (ledger.unknown > 0) return `${text(ledger.unknown)} sends were never answered`;
  if (ledger.unsent > 0) return `${text(ledger.unsent)} sends were never sent`;
  const wanted = settings.sendsPerSecond * settings.chatSeconds;
  if (ledger.accepted < wanted * (1 - OBJECTIVES.rateShare)) return `${text(ledger.accepted)} accepted of ${text(wanted)}`;
  return late(record, objectives);
}

function missedConnections(record: RunRecord, objectives: readonly Objective[]): string | undefined {
  const { connections } = record.settings;
  const failure = failureOfConnections(connectionsClaim(connections), record, record.host.limits);
  if (failure !== undefined) return failure.text;
  const { received, sent, unsent } = record.heartbeats;
  if (unsent > 0) return `${text(unsent)} heartbeats were never sent`;
  if (received !== sent) return `the box counted ${received === undefined ? 'no' : text(received)} heartbeats of ${text(sent)}`;
  return late(record, objectives);
}

function late(record: RunRecord, objectives: readonly Objective[]): string | undefined {
  const over = objectives.find((one) => (valueUs(record, one) ?? Number.POSITIVE_INFINITY) > one.mostUs);
  return over === undefined ? undefined : `${objectiveText(over)} missed: ${valueText(record, over)}`;
}

function shown(record: RunRecord, objectives: readonly Objective[]): string {
  const times = objectives.map((one) => `${one.name} p${Number((one.share * 100).toPrecision(6))} ${valueText(record, one)}`);
  return record.settings.sendsPerSecond > 0 ? times.join(', ') : [`${text(heldConnections(record).connections)} held`, ...times].join(', ');
}

function valueUs(record: RunRecord, { name, share }: Objective): number | undefined {
  const histogram = record.latencies.find((one) => one.name === name);
  return histogram === undefined ? undefined : percentileUs(histogram, share);
}

function valueText(record: RunRecord, objective: Objective): string {
  const us = valueUs(record, objective);
  return us === undefined ? 'not measured' : durationText(us);
}
