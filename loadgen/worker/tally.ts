/**
 * Turns what sessions tell into counts, latencies and ledger events. The load user's knowledge: nothing here sends.
 */
import { Histogram } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import { ENTRY_KINDS } from '../../services/protocol/frame-table.ts';
import type { FrameOf } from '../../services/protocol/frames.ts';
import { isCreation, type PendingSend } from '../client/sends.ts';
import type { SessionListener } from '../client/session-ports.ts';
import { OneWayLatency } from '../clock/one-way.ts';
import { EVENTS, type EventKind, UNSENT_REASONS } from '../ledger/format.ts';
import { messageNumberOf, readBody } from '../plan/message-id.ts';
import { emptyCounts, type WorkerCounts } from './messages.ts';

export interface Clock {
  /** Own clock + offset = coordinator's. */
  offsetMs: number;
  errorMs: number;
}

/** `append` of a ledger writer, or nothing where no ledger is kept. */
export type AppendEvent = (kind: EventKind, code: number, number: number, connection: number, sequence: number, atMs: number) => void;

export interface TallyOptions {
  readonly nonce: number;
  /** The plan's number of the worker's connection 0. */
  readonly firstConnection: number;
  readonly connections: number;
  readonly clock: Clock;
  readonly append: AppendEvent;
  /** An attempt ended, well or not. */
  readonly settled: (connection: number) => void;
  /** Something was delivered: acknowledgements wait. */
  readonly acknowledge: () => void;
  readonly receiptsPage?: (connection: number, page: FrameOf<'receiptsPage'>) => void;
}

export class Tally implements SessionListener {
  readonly counts: WorkerCounts = emptyCounts();
  readonly delivery = new OneWayLatency('delivered');
  /** When the chat began, on the coordinator's clock: no latency can be longer than since then. */
  chatStartMs = Number.POSITIVE_INFINITY;
  protected readonly options: TallyOptions;
  private readonly acceptance = new Histogram('accepted');
  private readonly lateness = new Histogram('lateness');
  private readonly handshake = new Histogram('handshake');
  private readonly heartbeat = new Histogram('heartbeat');
  private heartbeatSentMs: Float64Array | undefined;

  constructor(options: TallyOptions) {
    this.options = options;
  }

  /** What was measured since the last call. */
  takeLatencies(): LatencyHistogram[] {
    const taken = [this.acceptance, this.lateness, this.handshake, this.heartbeat].map((histogram) => {
      const record = histogram.toRecord();
      histogram.reset();
      return record;
    });
    taken.push(this.delivery.take());
    this.counts.invalidLatency = this.delivery.invalid;
    return taken.filter((record) => record.count > 0);
  }

  /** A send went out at once: how much later than it was due. */
  late(lateMs: number): void {
    this.lateness.record(Math.max(0, lateMs) * 1_000);
  }

  unsent(number: number, connection: number, reason: keyof typeof UNSENT_REASONS, nowMs: number): void {
    this.counts.unsent++;
    this.append(EVENTS.unsent, UNSENT_REASONS[reason], number, connection, 0, nowMs);
  }

  heartbeatSent(connection: number, nowMs: number, answered: boolean): void {
    this.counts.heartbeatsSent++;
    if (!answered) return;
    this.heartbeatSentMs ??= new Float64Array(this.options.connections);
    this.heartbeatSentMs[connection] = nowMs;
  }

  away(connection: number, nowMs: number): void {
    this.append(EVENTS.away, 0, 0, connection, 0, nowMs);
  }

  welcomed(connection: number, sinceMs: number, nowMs: number): void {
    this.counts.opened++;
    this.handshake.record(Math.max(0, nowMs - sinceMs) * 1_000);
    this.options.settled(connection);
  }

  refused(connection: number, error: string): void {
    this.counts.refused++;
    count(this.counts.refusals, error);
    this.options.settled(connection);
  }

  failed(connection: number, reason: string): void {
    this.counts.failed++;
    count(this.counts.failures, reason);
    this.options.settled(connection);
  }

  dropped(_connection: number, reason: string): void {
    this.counts.dropped++;
    count(this.counts.disconnects, reason);
  }

  sent(send: PendingSend, nowMs: number): void {
    if (isCreation(send)) return;
    this.counts.sent++;
    this.append(EVENTS.sent, 0, send.key, send.connection, 0, nowMs);
  }

  accepted(send: PendingSend, nowMs: number): void {
    if (isCreation(send)) return;
    this.counts.accepted++;
    this.acceptance.record(Math.max(0, nowMs - send.dueMs) * 1_000);
    this.append(EVENTS.accepted, 0, send.key, send.connection, 0, nowMs);
  }

  sequenced(send: PendingSend, sequence: number, nowMs: number): void {
    if (isCreation(send)) {
      this.counts.created++;
      this.append(EVENTS.created, 0, send.conversation, send.connection, sequence, nowMs);
      return;
    }
    // The ACCEPTED was lost with a connection: the sequence says as much.
    if (!send.accepted) this.accepted(send, nowMs);
    this.counts.sequenced++;
    this.append(EVENTS.sequenced, 0, send.key, send.connection, sequence, nowMs);
  }

  rejected(send: PendingSend, code: number, nowMs: number): void {
    if (isCreation(send)) {
      this.counts.creationsRejected++;
      this.append(EVENTS.creationRejected, code, send.conversation, send.connection, 0, nowMs);
      return;
    }
    this.counts.rejected++;
    this.append(EVENTS.rejected, code, send.key, send.connection, 0, nowMs);
  }

  resent(): void {
    this.counts.resent++;
  }

  delivered(connection: number, conversation: number, entry: FrameOf<'deliver'>, nowMs: number): void {
    this.options.acknowledge();
    if (entry.kind === ENTRY_KINDS.created) {
      this.counts.creationsDelivered++;
      this.append(EVENTS.creationDelivered, 0, conversation, connection, entry.sequence, nowMs);
      return;
    }
    const number = messageNumberOf(this.options.nonce, entry.id);
    const body = number < 0 ? undefined : readBody(entry.body);
    if (body === undefined || body.number !== number) return this.foreign(connection);
    this.counts.delivered++;
    this.append(EVENTS.delivered, 0, number, connection, entry.sequence, nowMs);
    const { clock } = this.options;
    const hereMs = nowMs + clock.offsetMs;
    this.deliveredIn(conversation, body.dueMs, hereMs, clock.errorMs + body.clockErrorUs / 1_000);
  }

  /** Times on the coordinator's clock. */
  protected deliveredIn(_conversation: number, dueMs: number, hereMs: number, errorMs: number): void {
    this.delivery.sample(hereMs - dueMs, errorMs, hereMs - this.chatStartMs);
  }

  /** A round of the clocks ended. */
  endRound(allClocksHeld: boolean): void {
    this.delivery.endRound(allClocksHeld);
  }

  redelivered(): void {
    this.counts.redelivered++;
  }

  gap(): void {
    this.counts.gaps++;
  }

  foreign(connection: number): void {
    this.counts.foreign++;
    this.append(EVENTS.foreign, 0, 0, connection, 0, 0);
  }

  heartbeatAnswered(connection: number, newer: boolean, nowMs: number): void {
    const sentMs = this.heartbeatSentMs?.[connection] ?? 0;
    if (sentMs === 0) return;
    this.heartbeatSentMs![connection] = 0;
    if (!newer) this.counts.heartbeatsAnswered++;
    this.heartbeat.record(Math.max(0, nowMs - sentMs) * 1_000);
  }

  receiptsPage(connection: number, page: FrameOf<'receiptsPage'>): void {
    this.options.receiptsPage?.(connection, page);
  }

  private append(kind: EventKind, code: number, number: number, connection: number, sequence: number, atMs: number): void {
    const { append, firstConnection, clock } = this.options;
    append(kind, code, number, firstConnection + connection, sequence, atMs + clock.offsetMs);
  }
}

function count(into: Record<string, number>, key: string): void {
  into[key] = (into[key] ?? 0) + 1;
}
