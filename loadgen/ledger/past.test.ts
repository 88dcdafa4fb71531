import { afterAll, expect, test } from 'bun:test';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Population } from '../plan/population.ts';
import { type Arrival, forEachArrival, type SchedulePlan } from '../plan/schedule.ts';
import { EVENTS } from './format.ts';
import { PAST, type Past, readPast } from './past.ts';
import { fileChunks, visitLedger } from './reader.ts';
import { fileSink, LedgerWriter, reopenedSink } from './writer.ts';

const HEAD = { nonce: 7, worker: 0 };
const population = new Population({
  seed: 1,
  connections: 8,
  devicesPerUser: 1,
  workers: 1,
  conversations: 2,
  groupShare: 0,
  groupMembersMin: 2,
  groupMembersMax: 2,
  userBlock: 0,
});
const SCHEDULE: SchedulePlan = { seed: 1, sendsPerSecond: 10, seconds: 2, bodyMedianBytes: 80, bodyP99Bytes: 1_000, bodyMaxBytes: 4_096 };
const arrivals: Arrival[] = [];
for (let second = 0; second < SCHEDULE.seconds; second++)
  forEachArrival(SCHEDULE, population, second, (arrival) => arrivals.push({ ...arrival }));
/** The first messages of conversation 0. */
const [one, two, three, four] = arrivals.filter(({ conversation }) => conversation === 0).map(({ number }) => number);

const folder = mkdtempSync(join(tmpdir(), 'loadgen-past-'));
afterAll(() => rmSync(folder, { recursive: true }));

function cursorsOf(past: Past): number[][] {
  const cursors: number[][] = [];
  past.forEachCursor((...cursor) => cursors.push(cursor));
  return cursors.sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!);
}

test('a worker that was killed finds in its ledger what was sent, what was decided, and how far it is without a gap', () => {
  const path = join(folder, 'killed.ledger');
  const file = fileSink(path);
  const ledger = new LedgerWriter(HEAD, file.sink);
  const [creator, other] = [population.connectionAt(0, 0), population.connectionAt(0, 1)];
  ledger.append(EVENTS.created, 0, 0, creator, 1, 0);
  ledger.append(EVENTS.creationDelivered, 0, 0, other, 1, 0);
  for (const number of [one!, two!, three!]) ledger.append(EVENTS.sent, 0, number, creator, 0, 0);
  ledger.append(EVENTS.accepted, 0, one!, creator, 0, 0);
  ledger.append(EVENTS.sequenced, 0, one!, creator, 2, 0);
  ledger.append(EVENTS.delivered, 0, one!, other, 2, 0);
  // Its answer came before an entry that stands below it.
  ledger.append(EVENTS.sequenced, 0, three!, creator, 4, 0);
  ledger.append(EVENTS.unsent, 1, four!, creator, 0, 0);
  ledger.flush();
  file.close();
  appendFileSync(path, Uint8Array.of(6, 0, 0));

  const past = readPast(fileChunks(path), HEAD, population, SCHEDULE)!;
  expect([one, two, three, four].map((number) => past.messages[number!])).toEqual([PAST.decided, PAST.sent, PAST.decided, PAST.decided]);
  expect(past.messages.filter((state) => state !== PAST.untouched)).toHaveLength(4);
  expect([...past.creations]).toEqual([0]);
  expect(cursorsOf(past)).toEqual(
    [
      [creator, 0, 2],
      [other, 0, 2],
    ].sort((a, b) => a[0]! - b[0]!),
  );

  const again = reopenedSink(path);
  const rest = new LedgerWriter(undefined, again.sink);
  rest.append(EVENTS.delivered, 0, two!, other, 3, 0);
  rest.flush();
  again.close();
  const kinds: number[] = [];
  expect(visitLedger(fileChunks(path), ({ kind }) => kinds.push(kind))).toEqual(HEAD);
  expect(kinds).toHaveLength(11);
  expect(cursorsOf(readPast(fileChunks(path), HEAD, population, SCHEDULE)!)).toContainEqual([other, 0, 3]);
});

test('a ledger of another run is refused', () => {
  const path = join(folder, 'another.ledger');
  const file = fileSink(path);
  new LedgerWriter(HEAD, file.sink).flush();
  file.close();
  expect(() => readPast(fileChunks(path), { nonce: 8, worker: 0 }, population, SCHEDULE)).toThrow('another run');
});
