import { expect, test } from 'bun:test';
import { Population } from '../plan/population.ts';
import { type Arrival, forEachArrival, type SchedulePlan } from '../plan/schedule.ts';
import { EVENTS } from './format.ts';
import { inTime } from './in-time.ts';
import { Periods } from './periods.ts';
import { LedgerWriter } from './writer.ts';

const population = new Population({
  seed: 3,
  connections: 20,
  devicesPerUser: 1,
  workers: 1,
  conversations: 5,
  groupShare: 0,
  groupMembersMin: 2,
  groupMembersMax: 2,
  userBlock: 0,
});
const SCHEDULE: SchedulePlan = { seed: 3, sendsPerSecond: 8, seconds: 2, bodyMedianBytes: 80, bodyP99Bytes: 1_000, bodyMaxBytes: 4_096 };
const arrivals: Arrival[] = [];
for (let second = 0; second < SCHEDULE.seconds; second++)
  forEachArrival(SCHEDULE, population, second, (arrival) => arrivals.push({ ...arrival }));
const CHAT_START_MS = 5_000;

test('what came late counts where it was due, and a rejection expects no delivery', () => {
  const file: Uint8Array[] = [];
  const ledger = new LedgerWriter({ nonce: 1, worker: 0 }, (bytes) => file.push(bytes.slice()));
  for (const { number, dueMs, conversation, connection } of arrivals) {
    const at = CHAT_START_MS + dueMs;
    const other = [0, 1].map((place) => population.connectionAt(conversation, place)).find((one) => one !== connection)!;
    ledger.append(EVENTS.sent, 0, number, connection, 0, at);
    if (number === 0) {
      ledger.append(EVENTS.rejected, 33, number, connection, 0, at + 10);
      continue;
    }
    ledger.append(EVENTS.accepted, 0, number, connection, 0, number === 1 ? at + 201 : at + 100);
    // Twice: only the first counts.
    ledger.append(EVENTS.accepted, 0, number, connection, 0, at + 150);
    ledger.append(EVENTS.delivered, 0, number, connection, 2, at + 1);
    ledger.append(EVENTS.delivered, 0, number, other, 2, number === 2 ? at + 900 : at + 400);
  }
  ledger.flush();
  const stretches = inTime({
    population,
    schedule: SCHEDULE,
    ledgers: [file],
    chatStartMs: CHAT_START_MS,
    dueUntilMs: Number.POSITIVE_INFINITY,
    stretchMs: 1_000,
    acceptedWithinMs: 200,
    deliveredWithinMs: 500,
  });
  expect(stretches).toEqual([
    { due: 7, accepted: 6, expected: 7, delivered: 6 },
    { due: 8, accepted: 8, expected: 8, delivered: 8 },
  ]);
});

test('sums stand in the period in which a message was due', () => {
  const periods = new Periods([0, 100, 5_000]);
  for (const [number, dueMs] of [10, 90, 100, 700].entries()) periods.arrival(number, dueMs);
  for (const number of [0, 1, 2, 3, 3]) periods.add(number, 'due');
  expect(periods.sums.map(({ due }) => due)).toEqual([2, 3, 0]);
  new Periods([]).add(0, 'lost');
});
