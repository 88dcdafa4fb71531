/**
 * The verdict on each claim, a pure function of claims, run record and host limits:
 *   proved        held in this run, at the claimed size, together with the other claims of the set
 *   refuted       the box broke at or below the claimed size, for a reason that is the box's
 *   extrapolated  held at a smaller size or shorter, and the model fitted on this run says that it holds
 *   inconclusive  anything else, with the reason
 * Each claim is judged alone first; then what was not proved takes the proof from those it had to be held with.
 */
import { type Claim, OBJECTIVES } from './claims.ts';
import { doubtsOf } from './doubts.ts';
import { extrapolateConnections, extrapolateSends } from './extrapolation.ts';
import { failureOfConnections, failureOfSends } from './failures.ts';
import { heldConnections, heldRate, latencyText, slowestDue } from './held.ts';
import { isHeapAtEnd } from './histogram.ts';
import type { LimitValues } from './host-limits.ts';
import { inconclusive, type Judgement, type Verdict } from './judgement.ts';
import { memoryBill } from './memory-bill.ts';
import { bytesWithErrorText, text } from './quantity-text.ts';
import type { LatencyName, RunRecord } from './run-record.ts';

export interface ClaimVerdict {
  readonly claim: Claim;
  readonly verdict: Verdict;
  /** One line for people. */
  readonly reason: string;
}

/** The least time of holding from which anything is concluded. */
export const LEAST_SECONDS = 15;
/** A sample a second: the span between the first and the last is up to two seconds short. */
const SAMPLING_SECONDS = 2;
/** The rate is to be offered in each such stretch. */
const STRETCH_SECONDS = 10;
/** What objectives are about. */
const CAPPED: readonly LatencyName[] = ['accepted', 'delivered'];

export function judge(claims: readonly Claim[], record: RunRecord, limits: LimitValues = record.host.limits): readonly ClaimVerdict[] {
  const alone = claims.map((claim) => ({ claim, ...judgeAlone(claim, claims, record, limits) }));
  return alone.map((one) => (one.verdict === 'proved' ? together(one, alone) : one));
}

/** Of all claims: what a verb ends with. */
export function exitCodeOf(verdicts: readonly { readonly verdict: Verdict }[]): 0 | 1 | 2 {
  if (verdicts.some((one) => one.verdict === 'refuted')) return 1;
  return verdicts.length === 0 || verdicts.some((one) => one.verdict === 'inconclusive') ? 2 : 0;
}

/** `connections per box  500,000  proved  held 500,000 for 60 s, 4.9 KB ± 0.1 each` */
export function verdictLines(verdicts: readonly ClaimVerdict[]): readonly string[] {
  const rows = verdicts.map(({ claim, verdict, reason }) => [claim.name, text(claim.value), verdict, reason] as const);
  const width = (column: 0 | 1 | 2) => Math.max(0, ...rows.map((row) => row[column].length));
  return rows.map(([name, value, verdict, reason]) =>
    [name.padEnd(width(0)), value.padStart(width(1)), verdict.padEnd(width(2)), reason].join('  '),
  );
}

function judgeAlone(claim: Claim, claims: readonly Claim[], record: RunRecord, limits: LimitValues): Judgement {
  const doubts = doubtsOf(record);
  const firm = doubts.find((doubt) => doubt.firm);
  if (firm !== undefined) return inconclusive(firm.text);
  const failure = claim.id === 'connectionsPerBox' ? failureOfConnections(claim, record, limits) : failureOfSends(claim, record);
  // A message lost, doubled or out of order is the box's, however late the generator was.
  if (failure !== undefined && failure.cause === 'integrity') return { verdict: 'refuted', reason: failure.text };
  const doubt = doubts[0];
  if (doubt !== undefined) return inconclusive(failure === undefined ? doubt.text : `${failure.text}; but ${doubt.text}`);
  if (failure !== undefined) return { verdict: failure.cause === 'box' ? 'refuted' : 'inconclusive', reason: failure.text };
  if (!record.complete) return inconclusive(`the run ended before its plan did: ${record.problems[0]?.text ?? 'interrupted'}`);
  return claim.id === 'connectionsPerBox' ? judgeConnections(claim, claims, record, limits) : judgeSends(claim, claims, record, limits);
}

function judgeConnections(claim: Claim, claims: readonly Claim[], record: RunRecord, limits: LimitValues): Judgement {
  const held = heldConnections(record);
  if (held.seconds < LEAST_SECONDS) return inconclusive(`held for ${held.seconds.toFixed(0)} s, too short to conclude anything`);
  if (held.connections < claim.value) return extrapolateConnections(claim, claims, record, limits);
  const line = `held ${text(held.connections)} for ${heldText(held.seconds, claim)}${eachText(record)}`;
  return { verdict: longEnough(held.seconds, claim) ? 'proved' : 'extrapolated', reason: line };
}

function judgeSends(claim: Claim, claims: readonly Claim[], record: RunRecord, limits: LimitValues): Judgement {
  const chat = heldRate(record);
  // A warm-up was sent, and its latencies are not known.
  const held = { ...chat, seconds: Math.max(0, chat.seconds - (record.settings.warmSeconds ?? 0)) };
  if (chat.seconds === 0 || record.ledger.due === 0) return inconclusive('the run sent nothing');
  if (held.seconds < LEAST_SECONDS) return inconclusive(`sent for ${held.seconds.toFixed(0)} s, too short to conclude anything`);
  const planned = Math.min(claim.value, record.settings.sendsPerSecond);
  if (held.duePerSecond < planned * (1 - OBJECTIVES.rateShare)) {
    return inconclusive(`the load engine offered ${text(held.duePerSecond)}/s of ${text(planned)}/s`);
  }
  const slowest = slowestDue(record, STRETCH_SECONDS) ?? held.duePerSecond;
  // Arrivals are random: six standard errors of a stretch's count, and a tenth for the edges of the samples.
  const least = planned * 0.9 - 6 * Math.sqrt(planned / STRETCH_SECONDS);
  if (slowest < least)
    return inconclusive(`the load engine offered ${text(slowest)}/s of ${text(planned)}/s in ${STRETCH_SECONDS} s of the run`);
  const hidden = CAPPED.find((name) => isCapped(record, name));
  if (hidden !== undefined)
    return inconclusive(`the histogram of ${hidden} ends in a heap at its largest value, so slower samples may be hidden in it`);
  const connections = claims.find((one) => one.id === 'connectionsPerBox')?.value ?? 0;
  const smaller = heldConnections(record).connections < connections;
  if (smaller || held.acceptedPerSecond < claim.value * (1 - OBJECTIVES.rateShare)) return extrapolateSends(claim, claims, record, limits);
  const line = `${text(held.acceptedPerSecond)}/s held for ${heldText(held.seconds, claim)}, ${latencyText(record)}, none lost`;
  return { verdict: longEnough(held.seconds, claim) ? 'proved' : 'extrapolated', reason: line };
}

/** What was held alone was not held together: the weakest of the others decides. */
function together(proved: ClaimVerdict, all: readonly ClaimVerdict[]): ClaimVerdict {
  const others = all.filter((one) => one.claim.id !== proved.claim.id && one.verdict !== 'proved');
  const failed = others.find((one) => one.verdict === 'refuted' || one.verdict === 'inconclusive');
  const weakest = failed ?? others[0];
  if (weakest === undefined) return proved;
  const reason = `${proved.reason}; but not together with ${text(weakest.claim.value)} ${weakest.claim.name}`;
  return { claim: proved.claim, verdict: failed === undefined ? 'extrapolated' : 'inconclusive', reason };
}

function isCapped(record: RunRecord, name: LatencyName): boolean {
  return record.latencies.some((one) => one.name === name && isHeapAtEnd(one));
}

function longEnough(seconds: number, claim: Claim): boolean {
  return seconds >= claim.forSeconds - SAMPLING_SECONDS;
}

function heldText(seconds: number, claim: Claim): string {
  return longEnough(seconds, claim)
    ? `${Math.max(claim.forSeconds, Math.round(seconds))} s`
    : `${seconds.toFixed(0)} s of ${claim.forSeconds} s`;
}

function eachText(record: RunRecord): string {
  const bill = memoryBill(record);
  return 'unfit' in bill ? '' : `, ${bytesWithErrorText(bill.server.mid, bill.server.error)} each`;
}
