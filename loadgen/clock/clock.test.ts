import { describe, expect, test } from 'bun:test';
import { percentileUs } from '../../capacity/histogram.ts';
import { agree, bestOffset } from './offset.ts';
import { OneWayLatency } from './one-way.ts';

describe('the offset of a clock', () => {
  test('is the middle of the shortest exchange, with half of it as error', () => {
    const offset = bestOffset([
      { sentMs: 100, coordinatorMs: 1_105, receivedMs: 120 },
      { sentMs: 200, coordinatorMs: 1_201.5, receivedMs: 202 },
    ]);
    expect(offset?.offsetMs).toBe(1_000.5);
    expect(offset?.errorMs).toBeCloseTo(1.002, 6);
  });

  test('is unknown without an exchange, and an exchange that ends before it began counts for nothing', () => {
    expect(bestOffset([])).toBeUndefined();
    expect(bestOffset([{ sentMs: 10, coordinatorMs: 5, receivedMs: 9 }])).toBeUndefined();
  });

  test('two rounds agree only when their intervals overlap', () => {
    expect(agree({ offsetMs: 1, errorMs: 0.5 }, { offsetMs: 1.9, errorMs: 0.5 })).toBe(true);
    expect(agree({ offsetMs: 1, errorMs: 0.5 }, { offsetMs: 2.1, errorMs: 0.5 })).toBe(false);
  });
});

describe('one-way latency', () => {
  test('a sample before its send by more than the error is counted as invalid and never recorded', () => {
    const latency = new OneWayLatency('delivered');
    latency.sample(-0.2, 0.1, 1_000);
    latency.sample(5, 0.1, 1_000);
    latency.endRound(true);
    expect([latency.recorded, latency.invalid, latency.pending]).toEqual([1, 1, 0]);
  });

  test('a sample within the error is taken at its upper bound', () => {
    const latency = new OneWayLatency('delivered');
    latency.sample(-0.05, 0.1, 1_000);
    latency.endRound(true);
    expect(latency.take().maxUs).toBe(50);
  });

  test('a latency longer than the run is invalid, and so is one that is not a number', () => {
    const latency = new OneWayLatency('delivered');
    latency.sample(2_000, 0.1, 1_000);
    latency.sample(Number.NaN, 0.1, 1_000);
    expect(latency.invalid).toBe(2);
  });

  /** L3: two workers whose clocks are 50 ms apart, one of which steps in mid-run. */
  test('of two workers 50 ms apart, one of which steps by 50 ms in mid-run, recorded and invalid add up to the deliveries', () => {
    const truthMs = 3;
    const oneTrip = 0.2;
    const clocks = [(at: number) => at + 50, (at: number) => at - 50 + (at >= 12_400 ? 50 : 0)];
    const measure = (worker: number, at: number) =>
      bestOffset([{ sentMs: clocks[worker]!(at), coordinatorMs: at + oneTrip, receivedMs: clocks[worker]!(at + 2 * oneTrip) }])!;
    const latencies = [new OneWayLatency('delivered'), new OneWayLatency('delivered')];
    let offsets = [measure(0, 0), measure(1, 0)];
    let deliveries = 0;
    for (let round = 0; round < 6; round++) {
      for (let at = round * 5_000; at < (round + 1) * 5_000; at += 10) {
        const sender = (at / 10) % 2;
        const receiver = 1 - sender;
        const due = clocks[sender]!(at) + offsets[sender]!.offsetMs;
        const seen = clocks[receiver]!(at + truthMs) + offsets[receiver]!.offsetMs;
        latencies[receiver]!.sample(seen - due, offsets[0]!.errorMs + offsets[1]!.errorMs, 30_000);
        deliveries++;
      }
      const now = [measure(0, (round + 1) * 5_000), measure(1, (round + 1) * 5_000)];
      const held = now.every((offset, worker) => agree(offset, offsets[worker]!));
      expect(held).toBe(round !== 2);
      for (const latency of latencies) latency.endRound(held);
      offsets = now;
    }
    const recorded = latencies[0]!.recorded + latencies[1]!.recorded;
    const invalid = latencies[0]!.invalid + latencies[1]!.invalid;
    expect(recorded + invalid).toBe(deliveries);
    expect(invalid).toBeGreaterThan(0.001 * deliveries);
    for (const latency of latencies) {
      const record = latency.take();
      expect(record.minUs).toBeGreaterThan(2_400);
      expect(record.maxUs).toBeLessThan(3_600);
      expect(percentileUs(record, 0.5)).toBeGreaterThan(2_400);
    }
  });
});
