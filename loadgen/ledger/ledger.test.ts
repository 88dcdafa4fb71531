import { describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { connectionsOfWorker, Population } from '../plan/population.ts';
import { type Arrival, forEachArrival, type SchedulePlan } from '../plan/schedule.ts';
import { EVENT_BYTES, EVENTS } from './format.ts';
import { type Merged, mergeLedgers } from './merge.ts';
import { type Fault, playedLedgers } from './played.harness.ts';
import { fileChunks, visitLedger } from './reader.ts';
import { fileSink, LedgerWriter } from './writer.ts';

const NONCE = 99;
const WORKERS = 3;
const population = new Population({
  seed: 1,
  connections: 120,
  devicesPerUser: 1,
  workers: WORKERS,
  conversations: 40,
  groupShare: 0.4,
  groupMembersMin: 3,
  groupMembersMax: 8,
  userBlock: 0,
});
const SCHEDULE: SchedulePlan = { seed: 1, sendsPerSecond: 100, seconds: 3, bodyMedianBytes: 80, bodyP99Bytes: 1_000, bodyMaxBytes: 4_096 };
const ARRIVALS: Arrival[] = [];
for (let second = 0; second < SCHEDULE.seconds; second++)
  forEachArrival(SCHEDULE, population, second, (arrival) => ARRIVALS.push({ ...arrival }));

/** Plays a run of a server that has these faults, message by message, and merges what the workers would write. */
function play(faults: ReadonlyMap<number, Fault>, lostWorker = -1, awayConnections: readonly number[] = []): Merged {
  const files = playedLedgers({ population, schedule: SCHEDULE, nonce: NONCE }, faults, { lostWorker, awayConnections });
  return mergeLedgers({
    population,
    schedule: SCHEDULE,
    nonce: NONCE,
    ledgers: files.map((chunks, worker) => ({ worker, chunks })),
    dueUntilMs: Number.POSITIVE_INFINITY,
  });
}

function expectClosed({ sums }: Merged): void {
  expect(sums.accepted + sums.refused + sums.unknown + sums.unsent).toBe(sums.due);
  expect(sums.delivered + sums.waiting + sums.rejected + sums.lost).toBe(sums.recipientsExpected);
}

const recipientsOf = (number: number) => population.devicesOf(ARRIVALS[number]!.conversation) - 1;
/** A message that others of its conversation follow and precede, so that a late delivery really is out of order. */
const MIDDLE = ARRIVALS.find(
  ({ number, conversation }) => number > 50 && ARRIVALS.some((other) => other.conversation === conversation && other.number > number),
)!.number;

describe('the merged ledger', () => {
  test('of a faultless run has no fault, and everything due was accepted and delivered', () => {
    const merged = play(new Map());
    expect(merged.faults).toEqual([]);
    expectClosed(merged);
    expect(merged.sums.due).toBe(300);
    expect(merged.sums.accepted).toBe(300);
    expect(merged.sums.delivered).toBe(merged.sums.recipientsExpected);
    expect(merged.creations).toMatchObject({ planned: 40, created: 40, lost: 0, duplicated: 0 });
    expect(merged.completeWorkers).toEqual([0, 1, 2]);
  });

  test('catches a lost delivery', () => {
    const merged = play(new Map([[MIDDLE, 'lose']]));
    expect(merged.sums.lost).toBe(1);
    expect(merged.faults.join()).toContain('missing');
    expectClosed(merged);
  });

  test('catches a message that was accepted and then forgotten', () => {
    const merged = play(new Map([[MIDDLE, 'loseSequence']]));
    expect(merged.sums.lost).toBe(recipientsOf(MIDDLE));
    expectClosed(merged);
  });

  test('catches a delivery that was handed over twice', () => {
    const merged = play(new Map([[MIDDLE, 'duplicate']]));
    expect(merged.sums.duplicated).toBe(1);
    expect(merged.sums.delivered).toBe(merged.sums.recipientsExpected);
    expect(merged.faults[0]).toContain('2 times');
  });

  test('catches a delivery that came after a later one', () => {
    const merged = play(new Map([[MIDDLE, 'late']]));
    expect(merged.sums.outOfOrder).toBe(1);
    expect(merged.faults[0]).toContain('after a later one');
  });

  test('catches a message with two sequences', () => {
    expect(play(new Map([[MIDDLE, 'renumber']])).faults.join()).toContain('has two sequences');
  });

  test('catches a hole in a conversation’s sequences', () => {
    expect(play(new Map([[MIDDLE, 'skipNumber']])).faults.join()).toMatch(/conversation \d+ goes from \d+ to \d+/);
  });

  test('tells refused, rejected, unknown and unsent apart', () => {
    const merged = play(
      new Map([
        [0, 'refuse'],
        [1, 'reject'],
        [2, 'silence'],
        [3, 'unsent'],
      ]),
    );
    expect(merged.faults).toEqual([]);
    expect(merged.sums).toMatchObject({ accepted: 297, refused: 1, unknown: 1, unsent: 1, rejected: recipientsOf(1), lost: 0 });
    expect(merged.unsentByReason).toEqual({ noConnection: 1 });
    expectClosed(merged);
  });

  test('what a device that is away has not got waits and is not lost', () => {
    const away = [population.connectionAt(ARRIVALS[10]!.conversation, 0), population.connectionAt(ARRIVALS[10]!.conversation, 1)];
    const merged = play(new Map(), -1, away);
    expect(merged.sums.waiting).toBeGreaterThan(0);
    expect(merged.sums.lost).toBe(0);
    expectClosed(merged);
  });

  test('a worker that was killed before its first flush counts as lost offer, and the sums close', () => {
    const merged = play(new Map(), 1);
    expect(merged.completeWorkers).toEqual([0, 2]);
    expect(merged.sums.unsent + merged.sums.unknown).toBeGreaterThan(0);
    expect(merged.sums.lost).toBe(0);
    expectClosed(merged);
  });

  test('sums close whatever the server does, and every fault of it is seen', () => {
    const kinds: Fault[] = ['none', 'lose', 'duplicate', 'loseSequence', 'renumber', 'reject', 'refuse', 'silence', 'unsent'];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 299 }), fc.constantFrom(...kinds)), { maxLength: 40 }),
        fc.integer({ min: -1, max: WORKERS - 1 }),
        (list, lostWorker) => {
          const faults = new Map<number, Fault>(list);
          const merged = play(faults, lostWorker);
          expectClosed(merged);
          if (lostWorker >= 0) return;
          const count = (fault: Fault) => [...faults.values()].filter((value) => value === fault).length;
          expect(merged.sums.duplicated).toBe(count('duplicate'));
          expect(merged.sums.refused).toBe(count('refuse'));
          expect(merged.sums.unknown).toBe(count('silence'));
          expect(merged.sums.unsent).toBe(count('unsent'));
          const forgotten = [...faults]
            .filter(([, fault]) => fault === 'loseSequence')
            .reduce((sum, [number]) => sum + recipientsOf(number), 0);
          expect(merged.sums.lost).toBe(count('lose') + forgotten);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a run that was cut counts only what had come due', () => {
    const cut = ARRIVALS.filter((arrival) => arrival.dueMs < 1_000).length;
    const merged = mergeLedgers({
      population,
      schedule: SCHEDULE,
      nonce: NONCE,
      ledgers: [0, 1, 2].map((worker) => ({ worker, chunks: undefined })),
      dueUntilMs: 1_000,
    });
    expect(merged.sums).toMatchObject({ due: cut, unsent: cut, accepted: 0 });
  });

  test('the ledger of another run is not taken as this one’s', () => {
    const file: Uint8Array[] = [];
    new LedgerWriter({ nonce: NONCE + 1, worker: 0 }, (bytes) => file.push(bytes.slice())).flush();
    const merged = mergeLedgers({
      population,
      schedule: undefined,
      nonce: NONCE,
      ledgers: [{ worker: 0, chunks: file }],
      dueUntilMs: 0,
    });
    expect(merged.foreignLedgers).toEqual([0]);
    expect(merged.faults).toEqual([]);
    expect(merged.completeWorkers).toEqual([]);
  });
});

describe('a ledger file', () => {
  test('is read up to its last whole event, however it was cut', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
    try {
      const path = join(folder, 'one');
      const { sink, close } = fileSink(path);
      const writer = new LedgerWriter({ nonce: NONCE, worker: 2 }, sink);
      for (let number = 0; number < 5_000; number++) writer.append(EVENTS.delivered, 7, number, number * 3, number + 1, number / 4);
      writer.flush();
      close();
      const whole = readFileSync(path).length;
      expect(whole).toBe(5_001 * EVENT_BYTES);
      const seen = () => {
        const numbers: number[] = [];
        const head = visitLedger(fileChunks(path), (event) => {
          if (numbers.length === 3)
            expect(event).toEqual({ kind: EVENTS.delivered, code: 7, number: 3, connection: 9, sequence: 4, atMs: 0.75 });
          numbers.push(event.number);
        });
        return { head, events: numbers.length };
      };
      expect(seen()).toEqual({ head: { nonce: NONCE, worker: 2 }, events: 5_000 });
      truncateSync(path, whole - 1);
      expect(seen().events).toBe(4_999);
      truncateSync(path, EVENT_BYTES - 1);
      expect(seen()).toEqual({ head: undefined, events: 0 });
      writeFileSync(path, Buffer.alloc(100));
      expect(seen().head).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is read alike in chunks of any size', () => {
    const parts: Uint8Array[] = [];
    const writer = new LedgerWriter({ nonce: 1, worker: 0 }, (bytes) => parts.push(bytes.slice()));
    for (let number = 0; number < 20; number++) writer.append(EVENTS.sent, 0, number, 0, 0, 0);
    writer.flush();
    const whole = Buffer.concat(parts);
    for (let size = 1; size < 60; size++) {
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size));
      let events = 0;
      visitLedger(chunks, (event) => expect(event.number).toBe(events++));
      expect(events).toBe(20);
    }
  });
});

test('a worker’s range is the one that the population gives it', () => {
  expect(connectionsOfWorker(population.plan, 1)).toEqual({ first: 40, count: 40 });
});
