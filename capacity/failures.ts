/**
 * What went wrong at the box during a run, and whose fault it was. `integrity`: a message lost, doubled or out of order,
 * for which nothing excuses a box. `box`: it did not hold what it was asked to hold. `machine`: it did not, but a limit of
 * the machine or its full processors stood in the way, of which the load engine took a part.
 */
import { type Claim, OBJECTIVES } from './claims.ts';
import { BOUNDS } from './doubts.ts';
import { chatSamples, heldConnections, heldRate, p99Us, processors, steadySamples } from './held.ts';
import { type LimitValues, stoppedBy } from './host-limits.ts';
import { grownShape } from './prediction.ts';
import { durationText, percentText, text } from './quantity-text.ts';
import type { LatencyName, RunRecord, RunSample } from './run-record.ts';

export interface Failure {
  readonly cause: 'integrity' | 'box' | 'machine';
  readonly text: string;
}

/** Processors count as full from here on: what is left is the kernel's own bookkeeping. */
const FULL_SHARE = 0.95;

export function failureOfConnections(claim: Claim, record: RunRecord, limits: LimitValues): Failure | undefined {
  return atClaimedSize(connectionsFailure(claim, record, limits), record.settings.connections, claim) ?? brokenPromise(record);
}

export function failureOfSends(claim: Claim, record: RunRecord): Failure | undefined {
  const failed = atClaimedSize(sendsFailure(claim, record), record.settings.sendsPerSecond, claim);
  return integrityFailure(record) ?? failed ?? brokenPromise(record);
}

/** A limit that binds much later than where a run broke is not what broke it. */
const NEAR_SHARE = 0.9;

/** A failure above the claimed size says nothing against the claim, and nothing for it. */
function atClaimedSize(failure: Failure | undefined, asked: number, claim: Claim): Failure | undefined {
  if (failure === undefined || asked <= claim.value) return failure;
  return { cause: 'machine', text: `${failure.text}, at ${text(asked)} ${claim.name}, more than is claimed` };
}

function connectionsFailure(claim: Claim, record: RunRecord, limits: LimitValues): Failure | undefined {
  const { connections, settings, heartbeats } = record;
  const held = heldConnections(record);
  const asked = Math.min(claim.value, settings.connections);
  if (connections.dropped > 0) return blame(record, `${text(connections.dropped)} connections were dropped${reasons(record)}`);
  if (heartbeats.received !== undefined && heartbeats.sent - heartbeats.received > heartbeats.sent * BOUNDS.heartbeatsInFlightShare) {
    return blame(record, `the box got ${text(heartbeats.received)} of ${text(heartbeats.sent)} heartbeats`);
  }
  if (held.connections >= asked && asked > 0) return undefined;
  const reached = held.seconds > 0 ? held.connections : connections.maximumOpen;
  const limit = stoppedBy(settings.connections, limits, fixedShape(record, limits)).find((one) => reached >= one.connections * NEAR_SHARE);
  if (limit !== undefined) {
    const binds = `${limit.limit.setting} = ${text(limit.value)} binds at ${text(limit.connections)}`;
    return { cause: 'machine', text: `held ${text(reached)} of ${text(asked)}: ${binds}` };
  }
  const why = boxProblem(record) ?? (connections.failed > 0 ? `${text(connections.failed)} attempts failed` : undefined);
  return blame(record, `broke at ${text(reached)} of ${text(asked)} connections${why === undefined ? '' : `: ${why}`}`);
}

function sendsFailure(claim: Claim, record: RunRecord): Failure | undefined {
  const { ledger } = record;
  if (record.complete && ledger.unknown > 0) return blame(record, `${text(ledger.unknown)} sends never got an answer`, chatSamples(record));
  if (record.complete && ledger.waiting > 0)
    return blame(record, `${text(ledger.waiting)} deliveries still wait for a device that was gone`, chatSamples(record));
  const refused = ledger.refused + ledger.rejected;
  if (refused > ledger.due * OBJECTIVES.rateShare)
    return blame(record, `${text(refused)} of ${text(ledger.due)} sends were refused`, chatSamples(record));
  const rate = heldRate(record);
  const offered = Math.min(rate.duePerSecond, claim.value);
  if (rate.acceptedPerSecond < offered * (1 - OBJECTIVES.rateShare)) {
    return blame(record, `accepted ${text(rate.acceptedPerSecond)}/s of ${text(rate.duePerSecond)}/s`, chatSamples(record));
  }
  return lateAnswers(record, 'accepted', OBJECTIVES.acceptedP99Us) ?? lateAnswers(record, 'delivered', OBJECTIVES.deliveredP99Us);
}

function integrityFailure(record: RunRecord): Failure | undefined {
  const { duplicated, outOfOrder } = record.ledger;
  // What had not come when a run was cut short is not lost.
  const lost = record.complete ? record.ledger.lost : 0;
  const found = [
    lost > 0 ? `${text(lost)} deliveries lost` : '',
    duplicated > 0 ? `${text(duplicated)} handed over twice` : '',
    outOfOrder > 0 ? `${text(outOfOrder)} out of order` : '',
  ].filter((part) => part !== '');
  if (found.length > 0) return { cause: 'integrity', text: found.join(', ') };
  return strangeDeliveries(record);
}

/** To somebody outside of the conversation, or of a message that was rejected: what no sum shows. */
function strangeDeliveries({ complete, ledger }: RunRecord): Failure | undefined {
  // What was sent and never answered may have been delivered: that fails for the missing answer.
  if (!complete || ledger.unknown > 0 || ledger.unexpected === 0) return undefined;
  return { cause: 'integrity', text: `${text(ledger.unexpected)} deliveries that nobody was to get` };
}

/** A promise that no sum holds: a hole in a conversation's sequences, a message with two of them. */
function brokenPromise(record: RunRecord): Failure | undefined {
  const problem = boxProblem(record);
  return record.complete && problem !== undefined ? { cause: 'box', text: problem } : undefined;
}

function lateAnswers(record: RunRecord, name: LatencyName, limitUs: number): Failure | undefined {
  const p99 = p99Us(record, name);
  if (p99 === undefined || p99 <= limitUs) return undefined;
  return blame(record, `${name} p99 ${durationText(p99)}, over ${durationText(limitUs)}`, chatSamples(record));
}

/** With both ends on one machine, a machine that is full is not the box's fault: the load engine took its part. */
function blame(record: RunRecord, what: string, samples: readonly RunSample[] = steadySamples(record)): Failure {
  const { busyShare, generatorShare, othersShare } = processors(record, samples);
  if (!record.settings.bothEnds || busyShare < FULL_SHARE) return { cause: 'box', text: what };
  const taken = `${percentText(generatorShare)} by the load engine, ${percentText(othersShare)} by others`;
  const full = `the machine’s processors were full (${percentText(busyShare)}: ${taken})`;
  return { cause: 'machine', text: `${what}; ${full}` };
}

/** The box as it was, not as many edges as a larger one would start. */
function fixedShape(record: RunRecord, limits: LimitValues) {
  const { edges, destinationAddresses, workers, bothEnds } = record.settings;
  const shape = grownShape(record, record.settings.connections, limits);
  return { ...shape, edges, destinationAddresses, workers: bothEnds ? workers : 0 };
}

function boxProblem(record: RunRecord): string | undefined {
  return record.problems.find((problem) => problem.whose === 'box')?.text;
}

function reasons(record: RunRecord): string {
  const sorted = Object.entries(record.disconnects).toSorted(([, left], [, right]) => right - left);
  const [first] = sorted;
  return first === undefined ? '' : `, most of them ${first[0]} (${text(first[1])})`;
}
