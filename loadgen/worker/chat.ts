/**
 * What a worker sends: the conversations that its connections create, at a set rate, then the messages of the schedule,
 * each when it is due and not when there happens to be time. A stall shows as lateness; nothing that was due is skipped.
 */
import { encodeFrame } from '../../services/protocol/codec.ts';
import { binaryFrame } from '../client/client-frame.ts';
import { creationKey } from '../client/sends.ts';
import type { Session } from '../client/session.ts';
import { PAST, type Past } from '../ledger/past.ts';
import { ID_KINDS, writeBody, writeId } from '../plan/message-id.ts';
import { type Population, userOfPlan } from '../plan/population.ts';
import { type Arrival, OwnArrivals, type SchedulePlan } from '../plan/schedule.ts';
import type { Clock, Tally } from './tally.ts';

/** Opaque bytes of the load engine. */
const CONTENT_TYPE = 1;
const EVERYONE = 0;
const LOOK_AGAIN_MS = 100;

export interface ChatOptions {
  readonly nonce: number;
  readonly population: Population;
  readonly schedule: SchedulePlan;
  readonly own: { readonly first: number; readonly count: number };
  readonly session: Session;
  readonly tally: Tally;
  readonly clock: Clock;
  /** Of a worker before this one: what it has sent is not new. */
  readonly past?: Past;
}

export class Chat {
  private readonly options: ChatOptions;
  private readonly arrivals: OwnArrivals;
  private readonly creations: number[] = [];
  private created = 0;
  private creationsPerMs = 0;
  private creationsFromMs = 0;
  private startMs = Number.POSITIVE_INFINITY;
  private untilMs = Number.POSITIVE_INFINITY;
  /**
   * After a restart: arrivals of conversations whose server's id is not known again yet. Bounded by what is due until the
   * connections are open and have pulled.
   */
  private unbound: Arrival[] = [];
  private lookAgainMs = 0;

  constructor(options: ChatOptions) {
    this.options = options;
    this.arrivals = new OwnArrivals(options.schedule, options.population, options.own);
    const { first, count } = options.own;
    for (let conversation = 0; conversation < options.population.plan.conversations; conversation++) {
      const creator = options.population.creatorOf(conversation);
      if (creator >= first && creator < first + count && options.past?.creations.has(conversation) !== true)
        this.creations.push(conversation);
    }
  }

  create(perSecond: number, nowMs: number): void {
    this.creationsPerMs = perSecond / 1_000;
    this.creationsFromMs = nowMs;
  }

  /** `startMs` on the own clock. */
  start(startMs: number): void {
    this.startMs = startMs;
  }

  /** No arrival from here on, in ms after the start. */
  cut(untilMs: number): void {
    this.untilMs = untilMs;
  }

  get nextMs(): number {
    const next = this.startMs === Number.POSITIVE_INFINITY ? undefined : this.arrivals.peek();
    let arrival = next === undefined || next.dueMs >= this.untilMs ? Number.POSITIVE_INFINITY : this.startMs + next.dueMs;
    if (this.unbound.length > 0) arrival = Math.min(arrival, this.lookAgainMs);
    if (this.creationsPerMs === 0 || this.created === this.creations.length) return arrival;
    return Math.min(arrival, this.creationsFromMs + (this.created + 1) / this.creationsPerMs);
  }

  tick(nowMs: number): void {
    if (this.creationsPerMs > 0) this.createDue(nowMs);
    if (nowMs < this.startMs) return;
    if (nowMs >= this.lookAgainMs && this.unbound.length > 0) this.sendBound(nowMs);
    for (let next = this.arrivals.peek(); next !== undefined; next = this.arrivals.peek()) {
      const dueMs = this.startMs + next.dueMs;
      if (dueMs > nowMs || next.dueMs >= this.untilMs) return;
      this.arrivals.take();
      const before = this.options.past?.messages[next.number];
      if (before === PAST.decided) continue;
      if (before !== PAST.sent) this.options.tally.counts.due++;
      this.send(next, nowMs);
    }
  }

  /** What is due and could not be sent at all. */
  finish(nowMs: number): void {
    const { past, tally, own } = this.options;
    for (const { number, connection } of this.unbound.splice(0))
      if (past?.messages[number] === PAST.untouched) tally.unsent(number, connection - own.first, 'conversationUnknown', nowMs);
  }

  private send(arrival: Arrival, nowMs: number): void {
    const { session, tally, clock, nonce, own, past } = this.options;
    const { number, conversation, bodyBytes } = arrival;
    const connection = arrival.connection - own.first;
    const dueMs = this.startMs + arrival.dueMs;
    const slot = session.memberships.byConversation(connection, conversation);
    const serverId = session.memberships.serverIds[slot] ?? 0;
    if (serverId === 0) {
      if (past === undefined) return tally.unsent(number, connection, 'conversationUnknown', nowMs);
      this.lookAgainMs = nowMs + LOOK_AGAIN_MS;
      this.unbound.push(arrival);
      return;
    }
    const frame = encodeFrame('send', {
      conversation: serverId,
      id: writeId(nonce, ID_KINDS.message, conversation, number),
      contentType: CONTENT_TYPE,
      bodies: [{ device: EVERYONE, body: writeBody(bodyBytes, dueMs + clock.offsetMs, clock.errorMs * 1_000, number) }],
    });
    const open = session.isOpen(connection);
    const send = session.sends.add(number, connection, conversation, dueMs, frame, open, nowMs);
    if (send === undefined) return tally.unsent(number, connection, 'generatorFull', nowMs);
    // The lateness of a restart is stated as what it is, not as that of the schedule.
    if (open && past === undefined) tally.late(nowMs - dueMs);
  }

  private sendBound(nowMs: number): void {
    const waiting = this.unbound;
    this.unbound = [];
    this.lookAgainMs = nowMs + LOOK_AGAIN_MS;
    for (const arrival of waiting) this.send(arrival, nowMs);
  }

  private createDue(nowMs: number): void {
    const { session, population, nonce, own } = this.options;
    const due = Math.min(this.creations.length, Math.floor((nowMs - this.creationsFromMs) * this.creationsPerMs));
    for (; this.created < due; this.created++) {
      const conversation = this.creations[this.created]!;
      const connection = population.creatorOf(conversation) - own.first;
      const members = [...population.membersOf(conversation).subarray(1)].map((user) => ({ user: userOfPlan(population.plan, user) }));
      const frame = encodeFrame('create', { id: writeId(nonce, ID_KINDS.creation, conversation, 0), members });
      // The limit is far above what a ramp of creations has on its way; at it, the rest waits for the next tick.
      const taken = session.sends.add(creationKey(conversation), connection, conversation, nowMs, frame, session.isOpen(connection), nowMs);
      if (taken === undefined) return;
    }
  }
}

/** A heartbeat as a whole WebSocket frame: the same bytes for every connection. */
export const HEARTBEAT_FRAME = binaryFrame(encodeFrame('heartbeat', {}));
