/**
 * Merges the workers' ledgers with the plan: what was due comes from the schedule, drawn again, and what happened from the
 * files. Gives sums that close whatever the files hold, and every promise that was broken. A worker that was lost counts
 * with what it had flushed: the rest of its offer was not sent, and its devices were not there at the end.
 *
 *   due = accepted + refused + unknown + unsent                                  messages
 *   recipientsExpected = delivered + waiting + rejected + lost                   (accepted message, other device) pairs
 */
import type { LedgerSums } from '../../capacity/run-record.ts';
import { connectionsOfWorker, type Population, workerOfConnection } from '../plan/population.ts';
import { forEachArrival, messagesDue, type SchedulePlan } from '../plan/schedule.ts';
import { EVENTS, type LedgerHead, UNSENT_REASONS } from './format.ts';
import { type PeriodSums, Periods } from './periods.ts';
import { type LedgerChunks, type LedgerEvent, visitLedger } from './reader.ts';
import { sequenceFaults } from './sequences.ts';

export interface WorkerLedger {
  readonly worker: number;
  /** Undefined: the worker left no file. */
  readonly chunks: LedgerChunks | undefined;
}

export interface MergeInput {
  readonly population: Population;
  /** Undefined when nothing was to be sent. */
  readonly schedule: SchedulePlan | undefined;
  readonly nonce: number;
  readonly ledgers: readonly WorkerLedger[];
  /** The chat was cut here: later arrivals were never due. Milliseconds after its start. */
  readonly dueUntilMs: number;
  /** Sums are given for each stretch of the chat too: the times at which one begins, ascending, from 0. */
  readonly periodStartsMs?: readonly number[];
}

export interface CreationSums {
  readonly planned: number;
  readonly created: number;
  readonly recipientsExpected: number;
  readonly delivered: number;
  readonly waiting: number;
  readonly lost: number;
  readonly duplicated: number;
}

export interface Merged {
  readonly sums: LedgerSums;
  readonly creations: CreationSums;
  /** Workers whose file ended as it should. */
  readonly completeWorkers: readonly number[];
  /** Workers in whose place a ledger of another run or worker lay; it was not read. */
  readonly foreignLedgers: readonly number[];
  /** Broken promises in words, the first few of each kind; empty when all was kept. */
  readonly faults: readonly string[];
  readonly unsentByReason: Readonly<Record<string, number>>;
  /** One for each start that was given. */
  readonly periods: readonly PeriodSums[];
}

const SENT = 1;
const ACCEPTED = 2;
const REJECTED = 4;
const UNSENT = 8;
const FAULTS_SHOWN = 20;

export function mergeLedgers(input: MergeInput): Merged {
  const state = new MergeState(input);
  for (const ledger of input.ledgers) state.read(ledger);
  return state.result();
}

class MergeState {
  private readonly input: MergeInput;
  private readonly population: Population;
  /** Messages 0 to dueCount - 1 came due before the chat was cut; numbers are in order of time. */
  private readonly dueCount: number;
  private readonly conversationOf: Uint32Array;
  private readonly senderOf: Uint32Array;
  private readonly flags: Uint8Array;
  private readonly sequences: Uint32Array;
  /** First cell of a message among `deliveries`; a cell per device of its conversation. */
  private readonly cellOf: Float64Array;
  private readonly deliveries: Uint8Array;
  /** First place of a conversation among `lastSequence` and `creationDeliveries`. */
  private readonly placeOf: Uint32Array;
  private readonly lastSequence: Uint32Array;
  private readonly creationDeliveries: Uint8Array;
  private readonly created: Uint8Array;
  private readonly away: Uint8Array;
  private readonly complete: number[] = [];
  private readonly foreign: number[] = [];
  private readonly faultTexts: string[] = [];
  private readonly unsent = new Map<number, number>();
  private readonly periods: Periods;
  private faultsBeyond = 0;
  private duplicated = 0;
  private outOfOrder = 0;
  private unexpected = 0;

  constructor(input: MergeInput) {
    this.input = input;
    this.population = input.population;
    const { plan } = input.population;
    const arrivals = input.schedule === undefined || plan.conversations === 0 ? 0 : messagesDue(input.schedule);
    this.conversationOf = new Uint32Array(arrivals);
    this.senderOf = new Uint32Array(arrivals);
    this.cellOf = new Float64Array(arrivals + 1);
    this.periods = new Periods(input.periodStartsMs ?? []);
    let due = 0;
    for (let second = 0; input.schedule !== undefined && second < input.schedule.seconds; second++) {
      forEachArrival(input.schedule, input.population, second, (arrival) => {
        this.conversationOf[arrival.number] = arrival.conversation;
        this.senderOf[arrival.number] = arrival.connection;
        this.cellOf[arrival.number + 1] = input.population.devicesOf(arrival.conversation);
        if (arrival.dueMs < input.dueUntilMs) due++;
        this.periods.arrival(arrival.number, arrival.dueMs);
      });
    }
    this.dueCount = due;
    for (let number = 0; number < arrivals; number++) this.cellOf[number + 1]! += this.cellOf[number]!;
    this.flags = new Uint8Array(arrivals);
    this.sequences = new Uint32Array(arrivals);
    this.deliveries = new Uint8Array(this.cellOf[arrivals]!);
    this.placeOf = new Uint32Array(plan.conversations + 1);
    for (let conversation = 0; conversation < plan.conversations; conversation++)
      this.placeOf[conversation + 1] = this.placeOf[conversation]! + input.population.devicesOf(conversation);
    this.lastSequence = new Uint32Array(this.placeOf[plan.conversations]!);
    this.creationDeliveries = new Uint8Array(this.placeOf[plan.conversations]!);
    this.created = new Uint8Array(plan.conversations);
    this.away = new Uint8Array(plan.connections);
  }

  read(ledger: WorkerLedger): void {
    let ended = false;
    const isOwn = (head: LedgerHead) => head.nonce === this.input.nonce && head.worker === ledger.worker;
    const visit = (event: LedgerEvent) => {
      if (event.kind === EVENTS.end) ended = true;
      else this.event(event);
    };
    const head = ledger.chunks === undefined ? undefined : visitLedger(ledger.chunks, visit, isOwn);
    // Nothing of it counts: it says nothing about this run's box.
    if (head !== undefined && !isOwn(head)) this.foreign.push(ledger.worker);
    else if (ended) {
      this.complete.push(ledger.worker);
      return;
    }
    const lost = connectionsOfWorker(this.population.plan, ledger.worker);
    this.away.fill(1, lost.first, lost.first + lost.count);
  }

  private event(event: LedgerEvent): void {
    const { number } = event;
    const isMessage = event.kind <= EVENTS.delivered;
    if (isMessage && number >= this.flags.length) {
      this.unexpected++;
      return;
    }
    switch (event.kind) {
      case EVENTS.sent:
        this.flags[number]! |= SENT;
        return;
      case EVENTS.unsent:
        this.flags[number]! |= UNSENT;
        this.unsent.set(event.code, (this.unsent.get(event.code) ?? 0) + 1);
        return;
      case EVENTS.accepted:
        this.flags[number]! |= ACCEPTED | SENT;
        return;
      case EVENTS.rejected:
        this.flags[number]! |= REJECTED;
        return;
      case EVENTS.sequenced:
        // A sequence says more than ACCEPTED, which may have been lost with a connection.
        this.flags[number]! |= ACCEPTED | SENT;
        this.note(number, event.sequence);
        return;
      case EVENTS.delivered:
        this.delivered(event);
        return;
      case EVENTS.created:
        this.created[number] = 1;
        return;
      case EVENTS.creationDelivered: {
        const place = this.population.placeOf(number, event.connection);
        if (place < 0) this.unexpected++;
        else {
          const cell = this.placeOf[number]! + place;
          this.creationDeliveries[cell]!++;
          if (this.inOrder(cell, event.sequence)) return;
          if (this.creationDeliveries[cell] === 1) this.outOfOrder++;
        }
        return;
      }
      case EVENTS.foreign:
        this.unexpected++;
        this.fault(`connection ${event.connection} was handed an entry that is of no message of this run`);
        return;
      case EVENTS.away:
        this.away[event.connection] = 1;
    }
  }

  private delivered(event: LedgerEvent): void {
    const { number, connection, sequence } = event;
    const conversation = this.conversationOf[number]!;
    const place = this.population.placeOf(conversation, connection);
    if (place < 0) {
      this.unexpected++;
      this.fault(`message ${number} was delivered to connection ${connection}, which is not in its conversation`);
      return;
    }
    this.flags[number]! |= SENT;
    this.note(number, sequence);
    const inOrder = this.inOrder(this.placeOf[conversation]! + place, sequence);
    if (connection === this.senderOf[number]) return;
    const cell = this.cellOf[number]! + place;
    const times = Math.min(255, this.deliveries[cell]! + 1);
    this.deliveries[cell] = times;
    if (times > 1) {
      this.duplicated++;
      this.periods.add(number, 'duplicated');
      this.fault(`message ${number} was handed to connection ${connection} ${times} times`);
    } else if (!inOrder) {
      this.outOfOrder++;
      this.periods.add(number, 'outOfOrder');
      this.fault(`connection ${connection} was handed sequence ${sequence} of conversation ${conversation} after a later one`);
    }
  }

  private inOrder(cell: number, sequence: number): boolean {
    if (sequence <= this.lastSequence[cell]!) return false;
    this.lastSequence[cell] = sequence;
    return true;
  }

  private note(number: number, sequence: number): void {
    const before = this.sequences[number]!;
    if (before === 0) this.sequences[number] = sequence;
    else if (before !== sequence) this.fault(`message ${number} has two sequences: ${before} and ${sequence}`);
  }

  private fault(text: string): void {
    if (this.faultTexts.length < FAULTS_SHOWN) this.faultTexts.push(text);
    else this.faultsBeyond++;
  }

  /** Sent and never decided, or of a worker whose last words are missing. */
  private mayHaveSequence(number: number): boolean {
    const flags = this.flags[number]!;
    if (flags !== 0) return (flags & SENT) !== 0 && (flags & REJECTED) === 0;
    return !this.complete.includes(workerOfConnection(this.population.plan, this.senderOf[number]!));
  }

  result(): Merged {
    let accepted = 0;
    let refused = 0;
    let unknown = 0;
    let unsent = 0;
    let due = 0;
    const pairs = { expected: 0, delivered: 0, waiting: 0, rejected: 0, lost: 0 };
    for (let number = 0; number < this.flags.length; number++) {
      const flags = this.flags[number]!;
      if (flags === 0 && number >= this.dueCount) continue;
      due++;
      this.periods.add(number, 'due');
      if ((flags & ACCEPTED) !== 0) {
        accepted++;
        this.periods.add(number, 'accepted');
        this.addPairs(number, (flags & REJECTED) !== 0, pairs);
      } else if ((flags & REJECTED) !== 0) {
        refused++;
        this.periods.add(number, 'refused');
      } else if ((flags & SENT) !== 0) {
        unknown++;
        this.periods.add(number, 'unknown');
        this.unexpected += this.deliveredTo(number);
      } else {
        // Or nothing was written of it: its worker was lost, or stood still, before it came to this one.
        unsent++;
        this.periods.add(number, 'unsent');
      }
    }
    if (pairs.lost > 0) this.fault(`${pairs.lost} deliveries of accepted messages are missing`);
    for (const fault of sequenceFaults(this.conversationOf, this.sequences, (number) => this.mayHaveSequence(number))) this.fault(fault);
    const creations = this.creations();
    if (creations.lost > 0) this.fault(`${creations.lost} deliveries of new conversations are missing`);
    if (creations.duplicated > 0) this.fault(`${creations.duplicated} new conversations were handed over twice`);
    return {
      sums: {
        due,
        accepted,
        refused,
        unknown,
        unsent,
        recipientsExpected: pairs.expected,
        delivered: pairs.delivered,
        waiting: pairs.waiting,
        rejected: pairs.rejected,
        lost: pairs.lost,
        duplicated: this.duplicated,
        redelivered: 0,
        outOfOrder: this.outOfOrder,
        unexpected: this.unexpected,
        invalidLatency: 0,
      },
      creations,
      completeWorkers: this.complete,
      foreignLedgers: this.foreign,
      faults: this.faultsBeyond === 0 ? this.faultTexts : [...this.faultTexts, `and ${this.faultsBeyond} more`],
      unsentByReason: Object.fromEntries([...this.unsent].map(([code, count]) => [reasonName(code), count])),
      periods: this.periods.sums,
    };
  }

  private addPairs(
    number: number,
    rejected: boolean,
    pairs: { expected: number; delivered: number; waiting: number; rejected: number; lost: number },
  ): void {
    const conversation = this.conversationOf[number]!;
    const devices = this.population.devicesOf(conversation);
    pairs.expected += devices - 1;
    if (rejected) {
      pairs.rejected += devices - 1;
      const reached = this.deliveredTo(number);
      this.unexpected += reached;
      if (reached > 0) this.fault(`message ${number} was rejected and yet delivered`);
      return;
    }
    for (let place = 0; place < devices; place++) {
      const connection = this.population.connectionAt(conversation, place);
      if (connection === this.senderOf[number]) continue;
      if (this.deliveries[this.cellOf[number]! + place]! > 0) pairs.delivered++;
      else if (this.away[connection] === 1) {
        pairs.waiting++;
        this.periods.add(number, 'waiting');
      } else {
        pairs.lost++;
        this.periods.add(number, 'lost');
      }
    }
  }

  private deliveredTo(number: number): number {
    let reached = 0;
    for (let cell = this.cellOf[number]!; cell < this.cellOf[number + 1]!; cell++) if (this.deliveries[cell]! > 0) reached++;
    return reached;
  }

  private creations(): CreationSums {
    const { plan } = this.population;
    const sums = { planned: plan.conversations, created: 0, recipientsExpected: 0, delivered: 0, waiting: 0, lost: 0, duplicated: 0 };
    for (let conversation = 0; conversation < plan.conversations; conversation++) {
      if (this.created[conversation] === 0) continue;
      sums.created++;
      const devices = this.population.devicesOf(conversation);
      for (let place = 1; place < devices; place++) {
        sums.recipientsExpected++;
        const times = this.creationDeliveries[this.placeOf[conversation]! + place]!;
        if (times > 0) sums.delivered++;
        else if (this.away[this.population.connectionAt(conversation, place)] === 1) sums.waiting++;
        else sums.lost++;
        if (times > 1) sums.duplicated += times - 1;
      }
    }
    return sums;
  }
}

function reasonName(code: number): string {
  return Object.entries(UNSENT_REASONS).find(([, value]) => value === code)?.[0] ?? `reason ${code}`;
}
