/**
 * Follows one message by its id: its records in `messages`, what the store says of it, the deliveries that dispatch wrote
 * and how far each gateway has come, and who has received or read it. Reads only; says where the message is now.
 */
import type { SharedBus } from '../bus/bus.ts';
import { decodeDelivery, decodeMessage } from '../bus/record-codec.ts';
import type { DeliveryRecord, MessageRecord } from '../bus/records.ts';
import { errorName } from '../protocol/error-codes.ts';
import { deviceOf, type UserId, userOf } from '../protocol/ids.ts';
import type { RecordedOutcome, Store } from '../store/store.ts';
import { scanLog } from './log-scan.ts';

export interface TraceOptions {
  readonly bus: SharedBus;
  readonly store: Store;
  readonly id: Uint8Array;
  /** How far back `messages` is read. */
  readonly fromMs: number;
  /** Groups that hold the positions of dispatch and of relays. */
  readonly dispatchGroup: string;
  readonly relayGroup: string;
  /** Part of the names of the groups that read. */
  readonly name: string;
  readonly deadlineMs: number;
}

/** A record with the id. The first decides; a later one repeats it. */
export interface TracedRecord {
  readonly kind: MessageRecord['kind'];
  readonly partition: number;
  readonly offset: number;
  readonly loggedAtMs: number;
  readonly conversation: number;
  readonly user: number;
  readonly device: number;
  readonly gateway: number;
}

export interface TracedDelivery {
  readonly kind: DeliveryRecord['kind'];
  readonly gateway: number;
  readonly offset: number;
  readonly loggedAtMs: number;
  readonly sessions: number;
  readonly answersSender: boolean;
  /** The gateway's edges have confirmed it. */
  readonly handed: boolean;
}

export interface TracedUser {
  readonly user: UserId;
  readonly delivered: boolean;
  readonly read: boolean;
}

export interface Trace {
  readonly id: string;
  readonly where: string;
  /** False when a log was not read to its end in time: then something may be missing here. */
  readonly complete: boolean;
  readonly records: readonly TracedRecord[];
  readonly dispatchedTo: number | undefined;
  readonly outcome: RecordedOutcome | undefined;
  readonly deliveries: readonly TracedDelivery[];
  /** Members but the sender, as the sender may see them: a withheld read receipt is not in it. */
  readonly users: readonly TracedUser[];
}

const RECEIPTS_PER_PAGE = 256;
/** Clocks of brokers may differ by so much. */
const CLOCK_SLACK_MS = 5_000;

export async function traceMessage(options: TraceOptions): Promise<Trace> {
  const { bus, store, dispatchGroup } = options;
  const id = Buffer.from(options.id).toString('hex');
  const { complete: wholeLog, records } = await recordsWith(options);
  const first = records[0];
  if (first === undefined) {
    const where = 'not in the log of this time: never accepted, or accepted before it';
    return { id, where, complete: wholeLog, records, dispatchedTo: undefined, outcome: undefined, deliveries: [], users: [] };
  }
  const dispatchedTo = await bus.committed(dispatchGroup, 'messages', first.partition);
  const [outcome] = await store.outcomesAt([{ conversation: first.conversation, offset: first.offset }]);
  const found = outcome === undefined ? { complete: true, deliveries: [] } : await deliveriesOf(options, first, outcome);
  const users = outcome !== undefined && 'sequence' in outcome ? await usersOf(store, first, outcome.sequence) : [];
  const trace = { id, complete: wholeLog && found.complete, records, dispatchedTo, outcome, deliveries: found.deliveries, users };
  return { ...trace, where: whereIs(trace, first) };
}

async function recordsWith(options: TraceOptions): Promise<{ complete: boolean; records: TracedRecord[] }> {
  const { bus, fromMs, name, deadlineMs } = options;
  const records: TracedRecord[] = [];
  const wanted = Buffer.from(options.id);
  const scan = { bus, topic: 'messages', fromMs, group: `trace.${name}.messages`, deadlineMs } as const;
  const complete = await scanLog(scan, (partition, { offset, loggedAtMs, value }) => {
    const decoded = decodeMessage(value);
    if (!decoded.ok || !wanted.equals(decoded.record.id)) return;
    const { kind, conversation, from, replyTo } = decoded.record;
    const sender = { user: userOf(from), device: deviceOf(from), gateway: replyTo.gateway };
    records.push({ kind, partition, offset, loggedAtMs, conversation, ...sender });
  });
  records.sort((a, b) => a.loggedAtMs - b.loggedAtMs || a.offset - b.offset);
  return { complete, records };
}

async function deliveriesOf(
  options: TraceOptions,
  first: TracedRecord,
  outcome: RecordedOutcome,
): Promise<{ complete: boolean; deliveries: TracedDelivery[] }> {
  const { bus, relayGroup, name, deadlineMs } = options;
  const found: Array<Omit<TracedDelivery, 'handed'>> = [];
  const fromMs = first.loggedAtMs - CLOCK_SLACK_MS;
  const scan = { bus, topic: 'deliveries', fromMs, group: `trace.${name}.deliveries`, deadlineMs } as const;
  const complete = await scanLog(scan, (gateway, { offset, loggedAtMs, value }) => {
    const decoded = decodeDelivery(value);
    if (!decoded.ok || !isAbout(decoded.record, options.id, first, outcome)) return;
    const { record } = decoded;
    const sessions = record.kind === 'entry' ? record.sessions.length : 0;
    const answersSender = record.kind !== 'receipt' && record.origin !== undefined;
    found.push({ kind: record.kind, gateway, offset, loggedAtMs, sessions, answersSender });
  });
  const positions = new Map<number, number>();
  for (const { gateway } of found) {
    if (!positions.has(gateway)) positions.set(gateway, (await bus.committed(relayGroup, 'deliveries', gateway)) ?? 0);
  }
  found.sort((a, b) => a.loggedAtMs - b.loggedAtMs || a.gateway - b.gateway);
  const deliveries = found.map((delivery) => ({ ...delivery, handed: delivery.offset < positions.get(delivery.gateway)! }));
  return { complete, deliveries };
}

function isAbout(delivery: DeliveryRecord, id: Uint8Array, { conversation }: TracedRecord, outcome: RecordedOutcome): boolean {
  switch (delivery.kind) {
    case 'entry':
      return 'sequence' in outcome && delivery.entry.conversation === conversation && delivery.entry.sequence === outcome.sequence;
    case 'rejection':
      return delivery.conversation === conversation && Buffer.from(id).equals(delivery.id);
    case 'receipt':
      return false;
  }
}

async function usersOf(store: Store, { conversation, user: sender }: TracedRecord, sequence: number): Promise<TracedUser[]> {
  const state = (await store.conversations([conversation])).get(conversation);
  if (state === undefined) return [];
  const marks = { delivered: new Map<UserId, number>(), read: new Map<UserId, number>() };
  for (let position: Uint8Array = new Uint8Array(0), more = true; more; ) {
    const page = await store.receipts(sender, conversation, position, RECEIPTS_PER_PAGE);
    if ('refused' in page) break;
    for (const { kind, user, sequence: mark } of page.receipts) marks[kind].set(user, mark);
    ({ position, more } = page);
  }
  const has = (kind: 'delivered' | 'read', user: UserId) => (marks[kind].get(user) ?? 0) >= sequence;
  return state.members
    .filter((user) => user !== sender)
    .map((user) => ({ user, delivered: has('delivered', user) || has('read', user), read: has('read', user) }));
}

function whereIs({ dispatchedTo, outcome, deliveries, users }: Omit<Trace, 'where'>, first: TracedRecord): string {
  if (outcome === undefined) {
    const behind = first.offset - (dispatchedTo ?? 0);
    if (behind >= 0) return `in the log, not dispatched: dispatch has ${behind} records of partition ${first.partition} before it`;
    return 'dispatched, and the store knows nothing of it: its first use is older than the time looked at, or it could not be read';
  }
  if ('code' in outcome) return `rejected: ${errorName(outcome.code) ?? 'error'} (${outcome.code})`;
  const stored = `stored as ${outcome.sequence} of conversation ${first.conversation}`;
  if (first.offset >= (dispatchedTo ?? 0) && deliveries.length === 0) return `${stored}; dispatch is about to write its deliveries`;
  const waiting = [...new Set(deliveries.filter(({ handed }) => !handed).map(({ gateway }) => gateway))];
  if (waiting.length > 0) return `${stored}; gateway ${waiting.join(', ')} has not handed it out yet`;
  const missing = users.filter(({ delivered }) => !delivered).map(({ user }) => user);
  if (missing.length === 0) return `${stored}; delivered to all ${users.length} others, read by ${users.filter(({ read }) => read).length}`;
  const shown = missing.slice(0, 5).join(', ') + (missing.length > 5 ? ', …' : '');
  const reached = deliveries.some(({ sessions }) => sessions > 0) ? 'handed to the gateways' : 'no recipient had a route';
  const handed = deliveries.length === 0 ? 'its deliveries are no longer kept' : reached;
  return `${stored}; ${handed}; not acknowledged by ${missing.length} of ${users.length}: user ${shown}`;
}
