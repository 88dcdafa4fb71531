import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Bus } from '../../bus/bus.ts';
import { AppendBatcher } from './append-batcher.ts';
import { Confirmations } from './confirmations.ts';
import { EdgeSessions } from './edge-sessions.ts';
import { ReceiptCoalescer } from './receipt-coalescer.ts';
import { UserCounts } from './user-counts.ts';

describe('counts of sessions per user', () => {
  test('agree with a plain map over any adding and removing', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: 2 ** 45 - 1 }).map((user) => (user % 50 === 0 ? user : user % 700)),
            fc.boolean(),
          ),
          { maxLength: 6_000 },
        ),
        (steps) => {
          const counts = new UserCounts();
          const model = new Map<number, number>();
          for (const [user, adds] of steps) {
            const known = model.get(user) ?? 0;
            expect(counts.of(user)).toBe(known);
            if (adds) {
              model.set(user, known + 1);
              expect(counts.add(user)).toBe(known + 1);
            } else if (!adds) {
              model.set(user, Math.max(0, known - 1));
              counts.remove(user);
            }
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('confirmations', () => {
  test('the position moves only over batches that every edge concerned has confirmed', () => {
    const confirmations = new Confirmations();
    const first = confirmations.begin([1, 2], 10);
    const second = confirmations.begin([2], 20);
    confirmations.confirm(1, first);
    expect(confirmations.takeOffset()).toBeUndefined();
    confirmations.confirm(2, first);
    expect(confirmations.takeOffset()).toBe(10);
    confirmations.confirm(2, second);
    expect(confirmations.takeOffset()).toBe(20);
    expect(confirmations.takeOffset()).toBeUndefined();
    expect(confirmations.open).toBe(0);
  });

  test('a confirmation counts for all batches before it', () => {
    const confirmations = new Confirmations();
    confirmations.begin([1, 2], 10);
    const second = confirmations.begin([2], 20);
    confirmations.confirm(2, second);
    expect(confirmations.takeOffset()).toBeUndefined();
    confirmations.confirm(1, second);
    expect(confirmations.takeOffset()).toBe(20);
  });

  test('an edge that is gone is waited for no longer, and a batch for nobody is confirmed at once', () => {
    const confirmations = new Confirmations();
    confirmations.begin([1], 10);
    confirmations.begin([], 15);
    expect(confirmations.laggards).toEqual([1]);
    confirmations.forget(1);
    expect(confirmations.takeOffset()).toBe(15);
  });
});

describe('batches to the bus', () => {
  function batcher(limitBytes: number) {
    const requests: Array<{ values: readonly Uint8Array[]; resolve: (offset: number) => void; reject: (error: Error) => void }> = [];
    const bus = {
      append: (_topic: string, _partition: number, values: readonly Uint8Array[]) =>
        new Promise<number>((resolve, reject) => requests.push({ values, resolve, reject })),
    } as unknown as Bus;
    return {
      requests,
      batcher: new AppendBatcher({
        bus,
        topic: 'messages',
        limitBytes,
        lingerMs: 0,
        onPendingBytes: () => undefined,
        onAppend: () => undefined,
      }),
    };
  }
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  test('what comes while a request is under way goes together with the next, in order', async () => {
    const { requests, batcher: batches } = batcher(1e6);
    const done: string[] = [];
    batches.add(0, Uint8Array.of(1), () => done.push('first'));
    await turn();
    for (const value of [2, 3, 4]) batches.add(0, Uint8Array.of(value), () => done.push(String(value)));
    await turn();
    expect(requests.length).toBe(1);
    requests[0]!.resolve(0);
    await turn();
    expect(requests[1]!.values.map((value) => value[0])).toEqual([2, 3, 4]);
    requests[1]!.resolve(1);
    await turn();
    expect(done).toEqual(['first', '2', '3', '4']);
    expect(batches.pendingBytes).toBe(0);
  });

  test('a failure reaches every value of its request and no other', async () => {
    const { requests, batcher: batches } = batcher(1e6);
    const outcomes: string[] = [];
    batches.add(0, Uint8Array.of(1), (failure) => outcomes.push(failure === undefined ? 'ok' : 'failed'));
    batches.add(1, Uint8Array.of(2), (failure) => outcomes.push(failure === undefined ? 'ok' : 'failed'));
    await turn();
    requests[0]!.reject(new Error('no'));
    requests[1]!.resolve(0);
    await turn();
    expect(outcomes).toEqual(['failed', 'ok']);
  });

  test('at its bound nothing is taken, and room comes back when the bus has answered', async () => {
    const { requests, batcher: batches } = batcher(400);
    expect(batches.add(0, new Uint8Array(200), () => undefined)).toBe(true);
    expect(batches.add(0, new Uint8Array(200), () => undefined)).toBe(false);
    await turn();
    requests[0]!.resolve(0);
    await turn();
    expect(batches.add(0, new Uint8Array(200), () => undefined)).toBe(true);
  });
});

test('of many acks of one device and conversation the highest is written once', () => {
  const written: number[][] = [];
  const receipts = new ReceiptCoalescer();
  receipts.add(5, 1, 10);
  receipts.add(5, 1, 12);
  receipts.add(5, 1, 11);
  receipts.add(5, 2, 4);
  expect(receipts.size).toBe(2);
  receipts.flush((...mark) => written.push(mark));
  receipts.flush((...mark) => written.push(mark));
  expect(written).toEqual([
    [5, 1, 12],
    [5, 2, 4],
  ]);
});

test('a session is known by its whole connection, not by its slot', () => {
  const sessions = new EdgeSessions(1, 2);
  const first = (1 << 20) | 7;
  const second = (2 << 20) | 7;
  sessions.add(first, 99, 1_000);
  expect(sessions.routeOf(first)).toEqual({ gateway: 1, edge: 2, connection: first, device: 99, epoch: 1_000 });
  sessions.add(second, 98, 2_000);
  expect(sessions.has(first)).toBe(false);
  expect(sessions.remove(first)).toBe(false);
  expect(sessions.deviceOf(second)).toBe(98);
  expect(sessions.size).toBe(1);
});
