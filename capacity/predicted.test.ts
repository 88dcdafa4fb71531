import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { cpuBill } from './cpu-bill.ts';
import { chatSamples, heldRate, processors } from './held.ts';
import { Histogram } from './histogram.ts';
import { memoryBill } from './memory-bill.ts';
import { waitP99Seconds } from './model/headroom.ts';
import { predictedMarkdown, predictedTable } from './predicted.ts';
import { compareCpu } from './predicted-cpu.ts';
import { compareRate, costsOf } from './predicted-rate.ts';
import type { RunRecord } from './run-record.ts';
import { parseRunRecord } from './run-record-reader.ts';
import { summaryOf } from './run-summary.ts';
import { syntheticRun } from './synthetic-run.ts';

const SMALL = { connections: 60_000, sizes: [0, 12_000, 24_000, 36_000, 48_000, 60_000], edges: 4, workers: 4 };
const SET_WAITS_MS = 15;

describe('the summary of a run', () => {
  const whole = syntheticRun(SMALL);
  const read = parseRunRecord(JSON.stringify(summaryOf(whole))) as RunRecord;

  test('is a record with the same bills, rates and use of the processors', () => {
    expect(memoryBill(read)).toEqual(memoryBill(whole));
    expect(cpuBill(read)).toEqual(cpuBill(whole));
    expect(heldRate(read)).toEqual(heldRate(whole));
    expect(processors(read, chatSamples(read))).toEqual(processors(whole, chatSamples(whole)));
  });

  test('has the two ends of each phase', () => {
    expect(read.samples.length).toBeLessThanOrEqual(10);
    expect(summaryOf(read)).toEqual(read);
  });
});

describe('processors of a box', () => {
  test('are those of other boxes under the same load, whatever its size', () => {
    const compared = compareCpu([syntheticRun(SMALL), syntheticRun({ ...SMALL, edges: 20 })], syntheticRun());
    if ('unfit' in compared) throw new Error(compared.unfit);
    expect(compared.predictedCores / compared.measuredCores).toBeCloseTo(1, 1);
  });

  test('are predicted from the same kind of run only', () => {
    expect(compareCpu([syntheticRun({ ...SMALL, tls: true })], syntheticRun())).toHaveProperty('unfit');
  });
});

describe('the highest rate', () => {
  /** A box whose accepted sends wait as the queue says, on turns of 4 ms. */
  const at = (sendsPerSecond: number): RunRecord => {
    const run = syntheticRun({ ...SMALL, sendsPerSecond });
    const wait = waitP99Seconds(processors(run, chatSamples(run)).busyShare, 0.004, 2);
    const histogram = new Histogram('accepted');
    for (let count = 0; count < 100; count++) histogram.record(Math.min(5e6, Math.round((SET_WAITS_MS / 1e3 + wait) * 1e6)));
    return { ...run, latencies: [histogram.toRecord(), ...run.latencies.filter(({ name }) => name !== 'accepted')] };
  };

  test('lies between the rate that held and the one that did not', () => {
    const compared = compareRate([at(3_000), at(6_000)], [at(9_000), at(9_500), at(10_500)], SET_WAITS_MS);
    if ('unfit' in compared) throw new Error(compared.unfit);
    const { perSecond, low, high } = compared.predicted;
    expect(perSecond).toBeGreaterThan(compared.heldPerSecond * 0.85);
    expect(perSecond).toBeLessThan(compared.brokePerSecond! * 1.15);
    expect(low <= perSecond && perSecond <= high).toBe(true);
  });

  test('is told from what a message is as work, whatever waking adds at low rates', () => {
    const shares = fc.double({ min: 0.05, max: 0.95, noNaN: true });
    fc.assert(
      fc.property(shares, shares, fc.double({ min: 0.1, max: 0.6, noNaN: true }), (workOfAll, wakeOfWork, fill) => {
        const [work, wake] = [workOfAll / 10_000, (wakeOfWork * workOfAll) / 10_000];
        const shareAt = (rate: number) => ((work + wake) * rate) / (1 + wake * rate);
        const rate = fill / work;
        const told = costsOf(rate, shareAt(rate), 1.5 * rate, shareAt(1.5 * rate));
        expect(told.work / work).toBeCloseTo(1, 6);
        expect(told.wake / wake).toBeCloseTo(1, 6);
      }),
    );
  });

  test('is not predicted from one rate', () => {
    expect(compareRate([at(3_000)], [at(9_000), at(10_500)], SET_WAITS_MS)).toHaveProperty('unfit');
  });
});

describe('the table', () => {
  test('has a row for memory and processors of a larger run, and says what it could not compare', () => {
    const { rows, notCompared } = predictedTable([syntheticRun(SMALL)], [syntheticRun(), syntheticRun({ tls: true })], SET_WAITS_MS);
    expect(rows.map(({ kind, within }) => [kind, within])).toEqual([
      ['memory', true],
      ['cpu', true],
    ]);
    for (const { bars, errorShare } of rows) {
      expect(bars.predicted.mid).toBe(1);
      expect(bars.measured.mid).toBeCloseTo(1 + errorShare, 12);
      for (const { low, mid, high } of Object.values(bars)) expect(low <= mid && mid <= high).toBe(true);
    }
    expect(notCompared.map(({ kind }) => kind)).toEqual(['memory', 'cpu']);
  });

  test('shows a miss as one', () => {
    const large = syntheticRun();
    const checkpoints = large.checkpoints.map((point) => ({
      ...point,
      socketBufferBytes: point.socketBufferBytes + point.connections * 1_000,
    }));
    const table = predictedTable([syntheticRun(SMALL)], [{ ...large, checkpoints }], SET_WAITS_MS);
    expect(table.rows.find(({ kind }) => kind === 'memory')!.within).toBe(false);
    expect(predictedMarkdown(table)).toContain('**missed**');
  });
});
