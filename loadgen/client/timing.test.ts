import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Deadlines } from './deadlines.ts';
import { Heartbeats } from './heartbeats.ts';
import { DEFAULT_RECONNECT, reconnectDelayMs } from './reconnect.ts';

describe('deadlines', () => {
  test('come due in order of time, whatever the order in which they were added', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 200 }), (times) => {
        const deadlines = new Deadlines();
        for (const [key, time] of times.entries()) deadlines.add(time, key);
        const seen: number[] = [];
        for (let key = deadlines.takeDue(50); key >= 0; key = deadlines.takeDue(50)) seen.push(times[key]!);
        expect(seen).toEqual([...times].sort((a, b) => a - b));
      }),
    );
  });

  test('do not come early', () => {
    const deadlines = new Deadlines();
    deadlines.add(10, 1);
    expect(deadlines.nextMs).toBe(10);
    expect(deadlines.takeDue(9.9)).toBe(-1);
    expect(deadlines.takeDue(10)).toBe(1);
    expect(deadlines.nextMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('heartbeats', () => {
  test('reach every connection exactly once a period, spread evenly', () => {
    const heartbeats = new Heartbeats(1_000);
    heartbeats.start(0);
    const beats = new Array(1_000).fill(0);
    let most = 0;
    for (let now = 100; now <= 90_000; now += 100) {
      let step = 0;
      heartbeats.due(now, 30, (connection) => {
        beats[connection]++;
        step++;
      });
      most = Math.max(most, step);
    }
    expect(new Set(beats)).toEqual(new Set([3]));
    expect(most).toBeLessThanOrEqual(4);
  });

  test('after a stall longer than a period each connection beats once, and what was left out is told', () => {
    const heartbeats = new Heartbeats(100);
    heartbeats.start(0);
    const seen = new Set<number>();
    expect(heartbeats.due(75_000, 30, (connection) => seen.add(connection))).toBe(150);
    expect(seen.size).toBe(100);
  });

  test('do not beat before they are started, nor without connections', () => {
    const none = () => expect.unreachable();
    expect(new Heartbeats(5).due(1_000_000, 30, none)).toBe(0);
    const empty = new Heartbeats(0);
    empty.start(0);
    expect(empty.due(1_000_000, 30, none)).toBe(0);
  });
});

describe('the wait before a client comes back', () => {
  const policy = { ...DEFAULT_RECONNECT, baseMs: 100, capMs: 10_000 };

  test('grows by the failures, up to the cap, and full jitter takes a random part of it', () => {
    const exponential = (failures: number) => reconnectDelayMs({ ...policy, kind: 'exponential' }, failures, 0, 0, 0.5);
    expect([1, 2, 3, 7, 8, 60].map(exponential)).toEqual([100, 200, 400, 6_400, 10_000, 10_000]);
    expect(reconnectDelayMs(policy, 3, 0, 0, 0.25)).toBe(100);
    expect(reconnectDelayMs(policy, 3, 0, 0, 0)).toBe(0);
  });

  test('the server’s hint is waited out first where it is honoured', () => {
    expect(reconnectDelayMs(policy, 1, 0, 5_000, 0.5)).toBe(5_050);
    expect(reconnectDelayMs({ ...policy, honourHint: false }, 1, 0, 5_000, 0.5)).toBe(50);
    expect(reconnectDelayMs({ ...policy, kind: 'none' }, 9, 0, 700, 0.5)).toBe(700);
  });

  test('decorrelated waits grow from the last one and stay between base and cap', () => {
    let last = 0;
    for (let failures = 1; failures < 40; failures++) {
      last = reconnectDelayMs({ ...policy, kind: 'decorrelated' }, failures, last, 0, 0.999);
      expect(last).toBeGreaterThanOrEqual(100);
      expect(last).toBeLessThanOrEqual(10_000);
    }
    expect(last).toBe(10_000);
  });
});
