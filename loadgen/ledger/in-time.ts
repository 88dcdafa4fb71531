/**
 * How much was accepted and delivered in time, by when it was due: from the ledgers, in stretches of the chat of equal
 * length. What came late counts where it was due, so that a backlog shows as long as it lasts. A worker that was killed has
 * lost what it had not written yet; what that held comes again and is late.
 */
import type { Population } from '../plan/population.ts';
import { forEachArrival, messagesDue, type SchedulePlan } from '../plan/schedule.ts';
import { EVENTS } from './format.ts';
import { type LedgerChunks, visitLedger } from './reader.ts';

export interface InTimeInput {
  readonly population: Population;
  readonly schedule: SchedulePlan;
  readonly ledgers: Iterable<LedgerChunks>;
  /** On the clock of the ledgers. */
  readonly chatStartMs: number;
  /** Later arrivals were never due. */
  readonly dueUntilMs: number;
  readonly stretchMs: number;
  readonly acceptedWithinMs: number;
  readonly deliveredWithinMs: number;
}

/** Messages, and (message, other device) pairs, of one stretch. */
export interface Stretch {
  due: number;
  accepted: number;
  expected: number;
  delivered: number;
}

export function inTime(input: InTimeInput): Stretch[] {
  const { population, schedule, stretchMs } = input;
  const untilMs = Math.min(input.dueUntilMs, schedule.seconds * 1_000);
  const stretches = Array.from({ length: Math.ceil(untilMs / stretchMs) }, () => ({ due: 0, accepted: 0, expected: 0, delivered: 0 }));
  const arrivals = messagesDue(schedule);
  const dueMs = new Float64Array(arrivals).fill(Number.NaN);
  const senders = new Uint32Array(arrivals);
  const others = new Uint16Array(arrivals);
  for (let second = 0; second * 1_000 < untilMs; second++) {
    forEachArrival(schedule, population, second, (arrival) => {
      if (arrival.dueMs >= untilMs) return;
      dueMs[arrival.number] = arrival.dueMs;
      senders[arrival.number] = arrival.connection;
      others[arrival.number] = population.devicesOf(arrival.conversation) - 1;
      const stretch = stretches[Math.floor(arrival.dueMs / stretchMs)]!;
      stretch.due++;
      stretch.expected += others[arrival.number]!;
    });
  }
  const accepted = new Uint8Array(arrivals);
  for (const chunks of input.ledgers) {
    visitLedger(chunks, ({ kind, number, connection, atMs }) => {
      if (kind > EVENTS.delivered || !(dueMs[number]! >= 0)) return;
      const tookMs = atMs - input.chatStartMs - dueMs[number]!;
      const stretch = stretches[Math.floor(dueMs[number]! / stretchMs)]!;
      switch (kind) {
        case EVENTS.accepted:
          if (accepted[number] === 0 && tookMs <= input.acceptedWithinMs) stretch.accepted++;
          accepted[number] = 1;
          return;
        case EVENTS.delivered:
          if (connection !== senders[number] && tookMs <= input.deliveredWithinMs) stretch.delivered++;
          return;
        case EVENTS.rejected:
          // A recorded result: nobody waits for its delivery.
          stretch.expected -= others[number]!;
          if (accepted[number] === 0) stretch.due--;
      }
    });
  }
  return stretches;
}
