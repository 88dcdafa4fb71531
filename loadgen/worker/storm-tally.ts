/**
 * A tally that follows a storm: of each connection that was dropped, when it was back and when it had received what it
 * missed; of those that were not, their latencies before and meanwhile. Times are kept as counts per tenth of a second.
 */
import { Histogram } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import type { FrameOf } from '../../services/protocol/frames.ts';
import { isCreation, type PendingSend } from '../client/sends.ts';
import { ownClockMs } from '../clock/offset.ts';
import { messageNumberOf, readBody } from '../plan/message-id.ts';
import { connectionOfDevice, type PopulationPlan } from '../plan/population.ts';
import { Tally, type TallyOptions } from './tally.ts';

export const BIN_MS = 100;
/** Twenty minutes; what is later counts in the last bin. */
const BINS = 12_000;

export interface StormSeen {
  /** Connections that were dropped since the storm began, and of these those that are back, and have what they missed. */
  readonly dropped: number;
  readonly back: number;
  readonly caughtUp: number;
  /** Of all connections of the worker: without them nothing of it is undisturbed. */
  readonly undisturbed: number;
  /** Counts by tenth of a second since the storm began. */
  readonly bins: Readonly<Record<StormSeries, readonly number[]>>;
  /** Refusals by error, and how many of them said when to come back. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly toldToWait: number;
  readonly failures: number;
  /** Connections by how often they were dropped, from 0; and the most that one was dropped since the last `step`. */
  readonly byDrops: readonly number[];
  readonly mostInStep: number;
  /** Drops by how long it took until the connection was back, by tenth of a second. */
  readonly awayBins: readonly number[];
  /** Of undisturbed connections; only where asked for. */
  readonly calm?: UndisturbedLatencies;
  readonly during?: UndisturbedLatencies;
}

export type StormSeries = 'dropped' | 'closed' | 'attempts' | 'refused' | 'back' | 'caughtUp';

export interface UndisturbedLatencies {
  readonly accepted: LatencyHistogram;
  readonly delivered: LatencyHistogram;
}

const STATES = { untouched: 0, dropped: 1, back: 2, caughtUp: 3 } as const;

class Undisturbed {
  readonly accepted = new Histogram('accepted');
  readonly delivered = new Histogram('delivered');

  get record(): UndisturbedLatencies {
    return { accepted: this.accepted.toRecord(), delivered: this.delivered.toRecord() };
  }
}

export class StormTally extends Tally {
  private readonly population: PopulationPlan;
  private readonly states: Uint8Array;
  private startMs = Number.POSITIVE_INFINITY;
  private before: Undisturbed | undefined;
  private meanwhile: Undisturbed | undefined;
  private readonly numbers = { dropped: 0, back: 0, caughtUp: 0, undisturbed: 0, toldToWait: 0, failures: 0 };
  private readonly reasons: Record<string, number> = {};
  private readonly series: Readonly<Record<StormSeries, Uint32Array>>;
  private lastBin = 0;
  private readonly drops: Uint16Array;
  private readonly dropsInStep: Uint16Array;
  private readonly droppedAtMs: Float64Array;
  private readonly awayTenths = new Uint32Array(BINS);
  private mostInStep = 0;

  constructor(options: TallyOptions, population: PopulationPlan) {
    super(options);
    this.population = population;
    this.states = new Uint8Array(options.connections);
    this.numbers.undisturbed = options.connections;
    const bins = () => new Uint32Array(BINS);
    this.drops = new Uint16Array(options.connections);
    this.dropsInStep = new Uint16Array(options.connections);
    this.droppedAtMs = new Float64Array(options.connections);
    this.series = { dropped: bins(), closed: bins(), attempts: bins(), refused: bins(), back: bins(), caughtUp: bins() };
  }

  /** What a connection is dropped from here on counts as one step's. */
  step(): void {
    this.dropsInStep.fill(0);
    this.mostInStep = 0;
  }

  calm(): void {
    this.before = new Undisturbed();
  }

  /** `startMs` on the coordinator's clock. */
  begin(startMs: number): void {
    this.startMs = startMs;
    this.meanwhile = new Undisturbed();
  }

  seen(latencies: boolean): StormSeen {
    const { numbers, reasons, series, before, meanwhile } = this;
    const cut = (counts: Uint32Array) => Array.from(counts.subarray(0, this.lastBin + 1));
    return {
      ...numbers,
      bins: {
        dropped: cut(series.dropped),
        closed: cut(series.closed),
        attempts: cut(series.attempts),
        refused: cut(series.refused),
        back: cut(series.back),
        caughtUp: cut(series.caughtUp),
      },
      refusals: { ...reasons },
      byDrops: countsOf(this.drops),
      mostInStep: this.mostInStep,
      awayBins: Array.from(this.awayTenths.subarray(0, this.awayTenths.findLastIndex((count) => count > 0) + 1)),
      ...(latencies && before !== undefined ? { calm: before.record } : {}),
      ...(latencies && meanwhile !== undefined ? { during: meanwhile.record } : {}),
    };
  }

  attempted(connection: number, nowMs: number): void {
    if (this.states[connection] === STATES.dropped) this.count('attempts', nowMs);
  }

  override dropped(connection: number, reason: string, nowMs = ownClockMs()): void {
    super.dropped(connection, reason);
    if (this.startMs === Number.POSITIVE_INFINITY) return;
    const state = this.states[connection];
    this.count('closed', nowMs);
    this.drops[connection]!++;
    this.mostInStep = Math.max(this.mostInStep, ++this.dropsInStep[connection]!);
    this.droppedAtMs[connection] = nowMs;
    // Dropped again: it is neither back nor has it what it missed.
    if (state === STATES.untouched) {
      this.numbers.dropped++;
      this.numbers.undisturbed--;
      this.count('dropped', nowMs);
    }
    if (state === STATES.back || state === STATES.caughtUp) this.numbers.back--;
    if (state === STATES.caughtUp) this.numbers.caughtUp--;
    this.states[connection] = STATES.dropped;
  }

  override refused(connection: number, error: string, nowMs = 0, retryMs = 0): void {
    super.refused(connection, error);
    if (this.states[connection] !== STATES.dropped) return;
    this.reasons[error] = (this.reasons[error] ?? 0) + 1;
    if (retryMs > 0) this.numbers.toldToWait++;
    this.count('refused', nowMs);
  }

  override failed(connection: number, reason: string): void {
    super.failed(connection, reason);
    if (this.states[connection] === STATES.dropped) this.numbers.failures++;
  }

  override welcomed(connection: number, sinceMs: number, nowMs: number): void {
    super.welcomed(connection, sinceMs, nowMs);
    if (this.states[connection] !== STATES.dropped) return;
    this.states[connection] = STATES.back;
    this.numbers.back++;
    this.count('back', nowMs);
    this.awayTenths[Math.min(BINS - 1, Math.max(0, Math.floor((nowMs - this.droppedAtMs[connection]!) / BIN_MS)))]!++;
  }

  caughtUp(connection: number, nowMs = ownClockMs()): void {
    if (this.states[connection] !== STATES.back) return;
    this.states[connection] = STATES.caughtUp;
    this.numbers.caughtUp++;
    this.count('caughtUp', nowMs);
  }

  override accepted(send: PendingSend, nowMs: number): void {
    super.accepted(send, nowMs);
    if (isCreation(send) || this.states[send.connection] !== STATES.untouched) return;
    this.kept?.accepted.record(Math.max(0, nowMs - send.dueMs) * 1_000);
  }

  override delivered(connection: number, conversation: number, entry: FrameOf<'deliver'>, nowMs: number): void {
    super.delivered(connection, conversation, entry, nowMs);
    const { kept } = this;
    if (kept === undefined || this.states[connection] !== STATES.untouched) return;
    // Of a sender of this worker only: it is known whether it was disturbed, and both ends read one clock.
    const { firstConnection, connections, clock, nonce } = this.options;
    const sender = connectionOfDevice(this.population, entry.sender) - firstConnection;
    if (sender < 0 || sender >= connections || this.states[sender] !== STATES.untouched) return;
    const body = messageNumberOf(nonce, entry.id) < 0 ? undefined : readBody(entry.body);
    if (body === undefined) return;
    const tookMs = nowMs + clock.offsetMs - body.dueMs;
    if (tookMs >= 0) kept.delivered.record(tookMs * 1_000);
  }

  private get kept(): Undisturbed | undefined {
    return this.meanwhile ?? this.before;
  }

  private count(series: StormSeries, nowMs: number): void {
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor((nowMs + this.options.clock.offsetMs - this.startMs) / BIN_MS)));
    this.lastBin = Math.max(this.lastBin, bin);
    this.series[series][bin]!++;
  }
}

/** How many have each value, from 0. */
function countsOf(values: Uint16Array): number[] {
  const counts: number[] = [];
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return Array.from(counts, (count) => count ?? 0);
}
