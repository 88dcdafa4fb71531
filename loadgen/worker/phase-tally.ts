/**
 * A tally of a chat in turns: the latencies of neighbours by the part in which their messages were due, and what became of the
 * sends in the hot conversation. A neighbour's conversation has no member that takes part in the disturbance.
 */
import { Histogram } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import { errorName } from '../../services/protocol/error-codes.ts';
import { isCreation, type PendingSend } from '../client/sends.ts';
import { OneWayLatency } from '../clock/one-way.ts';
import { type PhasePlan, phaseAt } from '../plan/phases.ts';
import type { Population } from '../plan/population.ts';
import type { Naps } from './naps.ts';
import { Tally, type TallyOptions } from './tally.ts';

/** Sends by their end. Whose conversation is neither hot nor a neighbour's counts in neither. */
export interface SendEnds {
  readonly sequenced: number;
  /** REJECTED or refused for good, by error name. */
  readonly rejected: Readonly<Record<string, number>>;
}

export interface PhasesSeen {
  readonly hot: SendEnds;
  readonly neighbours: SendEnds;
}

interface Counted {
  sequenced: number;
  rejected: Record<string, number>;
}

export class PhaseTally extends Tally {
  private readonly phases: PhasePlan;
  private readonly population: Population;
  private readonly naps: Naps | undefined;
  private readonly acceptedIn = { calm: new Histogram('acceptedCalm'), disturbed: new Histogram('acceptedDisturbed') };
  private readonly deliveries = { calm: new OneWayLatency('deliveredCalm'), disturbed: new OneWayLatency('deliveredDisturbed') };
  private readonly hot: Counted = { sequenced: 0, rejected: {} };
  private readonly neighbours: Counted = { sequenced: 0, rejected: {} };

  constructor(options: TallyOptions, population: Population, phases: PhasePlan, naps: Naps | undefined) {
    super(options);
    this.population = population;
    this.phases = phases;
    this.naps = naps;
  }

  get seen(): PhasesSeen {
    return { hot: this.hot, neighbours: this.neighbours };
  }

  override takeLatencies(): LatencyHistogram[] {
    const taken = [this.acceptedIn.calm, this.acceptedIn.disturbed].map((histogram) => {
      const record = histogram.toRecord();
      histogram.reset();
      return record;
    });
    taken.push(this.deliveries.calm.take(), this.deliveries.disturbed.take());
    return [...super.takeLatencies(), ...taken.filter((record) => record.count > 0)];
  }

  override accepted(send: PendingSend, nowMs: number): void {
    super.accepted(send, nowMs);
    if (isCreation(send) || !this.population.isNeighbour(send.conversation)) return;
    const phase = phaseAt(this.phases, send.dueMs + this.options.clock.offsetMs - this.chatStartMs);
    if (phase !== undefined) this.acceptedIn[phase].record(Math.max(0, nowMs - send.dueMs) * 1_000);
  }

  override sequenced(send: PendingSend, sequence: number, nowMs: number): void {
    super.sequenced(send, sequence, nowMs);
    const counted = this.countedOf(send);
    if (counted !== undefined) counted.sequenced++;
  }

  override rejected(send: PendingSend, code: number, nowMs: number): void {
    super.rejected(send, code, nowMs);
    const counted = this.countedOf(send);
    const name = errorName(code) ?? `code ${code}`;
    if (counted !== undefined) counted.rejected[name] = (counted.rejected[name] ?? 0) + 1;
  }

  override welcomed(connection: number, sinceMs: number, nowMs: number): void {
    super.welcomed(connection, sinceMs, nowMs);
    this.naps?.welcomed(connection, sinceMs);
  }

  caughtUp(connection: number): void {
    this.naps?.caughtUp(connection);
  }

  override endRound(allClocksHeld: boolean): void {
    super.endRound(allClocksHeld);
    this.deliveries.calm.endRound(allClocksHeld);
    this.deliveries.disturbed.endRound(allClocksHeld);
  }

  protected override deliveredIn(conversation: number, dueMs: number, hereMs: number, errorMs: number): void {
    super.deliveredIn(conversation, dueMs, hereMs, errorMs);
    const phase = this.population.isNeighbour(conversation) ? phaseAt(this.phases, dueMs - this.chatStartMs) : undefined;
    if (phase !== undefined) this.deliveries[phase].sample(hereMs - dueMs, errorMs, hereMs - this.chatStartMs);
  }

  private countedOf(send: PendingSend): Counted | undefined {
    if (isCreation(send)) return undefined;
    if (this.population.isHot(send.conversation)) return this.hot;
    return this.population.isNeighbour(send.conversation) ? this.neighbours : undefined;
  }
}
