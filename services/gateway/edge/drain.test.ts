import { describe, expect, test } from 'bun:test';
import { seededNumbers } from '../../runtime/seeded-numbers.ts';
import { Admission } from './admission.ts';
import { Drain, reconnectSpreadMs } from './drain.ts';

const STEP_MS = 20;
const random = (() => {
  const next = seededNumbers(20_261_125);
  return () => next(2 ** 30) / 2 ** 30;
})();

/** Most events in any 100 ms. */
function busiest(times: readonly number[]): number {
  const steps = new Map<number, number>();
  for (const time of times) steps.set(Math.floor(time / 100), (steps.get(Math.floor(time / 100)) ?? 0) + 1);
  return Math.max(0, ...steps.values());
}

/** Times at which the clients of a draining edge are back, with the times at which they were closed. */
function drainOf(clients: number, closesPerSecond: number, stallAtMs = -1, stallMs = 0) {
  const drain = new Drain({ closesPerSecond, deadlineMs: 600_000 }, 0);
  const spreadMs = reconnectSpreadMs(clients, closesPerSecond);
  const closed: number[] = [];
  const back: number[] = [];
  for (let nowMs = 0; closed.length < clients && !drain.overdue(nowMs); nowMs += STEP_MS) {
    if (nowMs === stallAtMs) nowMs += stallMs;
    for (let due = drain.due(nowMs); due > 0 && closed.length < clients; due--) {
      closed.push(nowMs);
      back.push(nowMs + Math.ceil(random() * spreadMs));
    }
  }
  return { closed, back, spreadMs };
}

describe('G4 herd made by the server', () => {
  test('20,000 clients without any jitter of their own come back at no more than 1.5 times the rate in any 100 ms', () => {
    const { closed, back } = drainOf(20_000, 2_000);
    expect(closed.length).toBe(20_000);
    expect(busiest(closed)).toBeLessThanOrEqual(1.5 * 200);
    expect(busiest(back)).toBeLessThanOrEqual(1.5 * 200);
  });

  test('an edge that stalls for a second catches up with its closes, and its clients still do not come back as a herd', () => {
    const { closed, back } = drainOf(20_000, 2_000, 3_000, 1_000);
    expect(closed.length).toBe(20_000);
    expect(busiest(back)).toBeLessThanOrEqual(1.5 * 200);
  });

  test('those who come while it drains are refused before the upgrade, and sent elsewhere over the same time', () => {
    const limits = { admissionsPerSecond: 1e6, admissionBurst: 1e6, attemptsPerAddressPerSecond: 1e6, attemptsPerAddressBurst: 1e6 };
    const admission = new Admission(limits, random, 0);
    const spreadMs = reconnectSpreadMs(20_000, 2_000);
    admission.drain(spreadMs);
    const elsewhere: number[] = [];
    for (let nowMs = 0; nowMs < 120_000; nowMs += 10) {
      const answer = admission.admit('10.0.0.1', nowMs);
      if (answer.ok) throw new Error('admitted by a draining edge');
      expect(answer.error).toBe('draining');
      elsewhere.push(nowMs + answer.retryAfterMs);
    }
    // 100 a second come, so no more than that leave: nothing is gathered.
    expect(busiest(elsewhere)).toBeLessThanOrEqual(3 * 10);
  });

  test('a few clients are spread over a second at least', () => {
    const { back, spreadMs } = drainOf(50, 2_000);
    expect(spreadMs).toBe(1_000);
    expect(Math.max(...back) - Math.min(...back)).toBeGreaterThan(500);
  });

  test('a deadline ends it, and closes are never more than the rate allows', () => {
    const drain = new Drain({ closesPerSecond: 10, deadlineMs: 1_000 }, 5_000);
    let closes = 0;
    for (let nowMs = 5_000; !drain.overdue(nowMs); nowMs += STEP_MS) closes += drain.due(nowMs);
    expect(closes).toBeLessThanOrEqual(11);
    expect(drain.overdue(6_000)).toBe(true);
  });
});

describe('a storm', () => {
  test('half a million clients that are refused at once do not come back at one moment, however long the queue', () => {
    const limits = { admissionsPerSecond: 2_000, admissionBurst: 2_000, attemptsPerAddressPerSecond: 1e9, attemptsPerAddressBurst: 1e9 };
    const admission = new Admission(limits, random, 0);
    const back: number[] = [];
    for (let client = 0; client < 500_000; client++) {
      const answer = admission.admit('10.0.0.1', Math.floor(client / 500));
      if (!answer.ok) back.push(Math.floor(client / 500) + answer.retryAfterMs);
    }
    // The queue is 250 s long and the longest wait 120: those beyond it ask once more, spread over a minute.
    expect(busiest(back)).toBeLessThanOrEqual(4 * 200);
    expect(Math.max(...back)).toBeLessThanOrEqual(121_000);
  });
});
