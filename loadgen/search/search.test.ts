/** Objectives, what one run says of them, what the limit was, and a whole search over simulated runs. */
import { describe, expect, test } from 'bun:test';
import { withLatency, withLedger } from '../../capacity/altered-run.harness.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { limitOf, queueGrowth } from './limiting-part.ts';
import { judgeTry, objectiveText, RATE_OBJECTIVES, readObjectives } from './objectives.ts';
import { heldByOthers } from './others.ts';
import { search } from './search-run.ts';
import { searchLines } from './search-text.ts';

const RUN = syntheticRun({ connections: 10_000, sizes: [0, 5_000, 10_000], edges: 2, workers: 1 });
/** Half of the machine in another's hands. */
const disturbed = (run: RunRecord): RunRecord => ({
  ...run,
  samples: run.samples.map((sample) => ({ ...sample, busyUs: sample.busyUs + sample.tMs * 1_000 })),
});
const late = (run: RunRecord): RunRecord => ({ ...run, generator: { ...run.generator, latenessP99Us: 90_000 } });
const slow = (run: RunRecord) => withLatency(run, 'accepted', 260_000);

describe('objectives', () => {
  test('are read from words, and written back', () => {
    const read = readObjectives('accepted-p99=200ms, delivered-p99.9=2s,handshake-p50=800us');
    expect(read).toEqual([
      { name: 'accepted', share: 0.99, mostUs: 200_000 },
      { name: 'delivered', share: 0.999, mostUs: 2_000_000 },
      { name: 'handshake', share: 0.5, mostUs: 800 },
    ]);
    expect(read.map(objectiveText)).toEqual(['accepted p99 ≤ 200 ms', 'delivered p99.9 ≤ 2.0 s', 'handshake p50 ≤ 800 us']);
  });

  test('that can’t be read are refused in one line', () => {
    for (const words of ['', 'accepted=200ms', 'arrived-p99=2s', 'accepted-p99=200', 'accepted-p99=0ms', 'accepted-p99=200ms,'])
      expect(() => readObjectives(words)).toThrow(OptionError);
  });
});

describe('one run at a size', () => {
  const outcome = (run: RunRecord) => judgeTry(run, RATE_OBJECTIVES).outcome;

  test('held what it kept, however much others used the machine', () => {
    expect(outcome(RUN)).toBe('held');
    expect(outcome(disturbed(RUN))).toBe('held');
  });

  test('broke what it did not keep, unless the load engine or others were in the way', () => {
    expect(judgeTry(slow(RUN), RATE_OBJECTIVES)).toEqual({
      outcome: 'broke',
      why: 'accepted p99 ≤ 200 ms missed: 260 ms',
    });
    expect(outcome(slow(late(RUN)))).toBe('generator');
    expect(outcome(slow(disturbed(RUN)))).toBe('disturbed');
  });

  test('that lost a message broke, whoever else was late', () => {
    const lost = withLedger(late(disturbed(RUN)), { lost: 1, delivered: RUN.ledger.delivered - 1 });
    expect(outcome(lost)).toBe('broke');
  });

  test('with sends that were never sent says nothing of the box', () => {
    const { due } = RUN.ledger;
    expect(outcome(withLedger(RUN, { due: due + 2_000, unsent: 2_000 }))).toBe('generator');
  });

  test('holds connections when all were there and every heartbeat was counted', () => {
    const idle = syntheticRun({ connections: 10_000, sizes: [0, 5_000, 10_000], sendsPerSecond: 0, chatSeconds: 0 });
    expect(judgeTry(idle, []).outcome).toBe('held');
    const dropped = { ...idle, connections: { ...idle.connections, attempted: 10_003, opened: 10_003, dropped: 3 } };
    expect(judgeTry(dropped, [])).toEqual({ outcome: 'broke', why: '3 connections were dropped' });
    const uncounted = { ...idle, heartbeats: { ...idle.heartbeats, received: idle.heartbeats.sent - 1 } };
    expect(judgeTry(uncounted, []).outcome).toBe('broke');
  });
});

describe('what the limit was', () => {
  test('names who used the processors', () => {
    expect(limitOf(RUN)).toMatch(/cores: worker 0\.\d+, edge 0\.\d+/);
  });

  test('is told of a run so short that its chat has one window', () => {
    const [chat, ...others] = [...RUN.cpuWindows].sort((one, other) => Number(other.name === 'chat') - Number(one.name === 'chat'));
    const short = { ...RUN, cpuWindows: [...others.filter(({ name }) => name !== 'chat'), chat!] };
    expect(limitOf(short)).toMatch(/cores: worker 0\.\d+, edge 0\.\d+/);
    expect(limitOf({ ...RUN, cpuWindows: [] })).toBe('not known: the run has no window of its processors');
  });

  test('sees where what was due piled up', () => {
    expect(queueGrowth(RUN)).toMatchObject({ acceptGrowth: 0, deliverGrowth: 0 });
    const behind = { ...RUN, samples: RUN.samples.map((sample) => ({ ...sample, delivered: Math.round(sample.delivered * 0.8) })) };
    expect(queueGrowth(behind)!.deliverGrowth).toBeCloseTo(2_500 * 2 * 0.2, -2);
    expect(limitOf(behind)).toContain('the queue was behind the bus');
    const before = {
      ...RUN,
      samples: RUN.samples.map((sample) => ({ ...sample, accepted: Math.round(sample.accepted * 0.5), delivered: sample.accepted })),
    };
    expect(limitOf(before)).toContain('the queue was before the bus');
  });
});

test('others hold the processors: one line that says by which figure, and what to do', () => {
  expect(heldByOthers({ busyShare: 0.04, stealShare: 0, pressureShare: 0.01 })).toBeUndefined();
  expect(heldByOthers({ busyShare: 0.04, stealShare: 0 })).toBeUndefined();
  const said = heldByOthers({ busyShare: 0.6, stealShare: 0, pressureShare: 0.3 });
  expect(said).toContain('60 % busy, something waits for one 30 % of the time (/proc/pressure/cpu)');
  expect(said).not.toContain('\n');
});

describe('a whole search', () => {
  /** A box whose p99 passes the objective above its ceiling; every run costs a little more or less. */
  const box = (ceiling: number) => async (rate: number, number: number) => {
    const run = syntheticRun({
      connections: 1_000,
      sizes: [0, 500, 1_000],
      edges: 1,
      workers: 1,
      sendsPerSecond: rate,
      chatSeconds: 20,
      seed: number,
    });
    return rate <= ceiling ? run : slow(run);
  };
  const input = {
    plan: { first: 500, repeats: 3, grain: 50 },
    objectives: RATE_OBJECTIVES,
    cost: 'realUs' as const,
    untilMs: Number.POSITIVE_INFINITY,
    trySeconds: 0,
    signal: new AbortController().signal,
    told: () => {},
  };

  test('gives the rate with its interval, what the limit was, and what a message costs over the repeats', async () => {
    const result = await search({ ...input, run: box(1_000) });
    expect(result.found).toMatchObject({ verdict: 'found', held: { repeats: 3 } });
    expect(result.found.interval!.low).toBeLessThanOrEqual(1_000);
    expect(result.found.interval!.high).toBeGreaterThan(1_000);
    expect(result.cost!.repeats).toBe(3);
    const lines = searchLines('rate', RATE_OBJECTIVES, result).join('\n');
    expect(lines).toMatch(/sends\/s \(nothing lost, accepted p99 ≤ 200 ms, delivered p99 ≤ 500 ms\)/);
    expect(lines).toMatch(/the limit at \d+: .*processors were busy/);
    expect(lines).toContain('of the median');
  });

  test('with a load engine that is late is inconclusive', async () => {
    const result = await search({
      ...input,
      run: async (rate, number) => (rate <= 800 ? box(800)(rate, number) : late(await box(800)(rate, number))),
    });
    expect(result.found.verdict).toBe('inconclusive');
    expect(searchLines('rate', RATE_OBJECTIVES, result)[0]).toContain('the load engine was the limit');
  });

  test('ends when its time is up, or when it is interrupted, with what it knows', async () => {
    const over = await search({ ...input, untilMs: performance.now() - 1, run: box(1_000) });
    expect([over.found.verdict, over.found.why, over.tries.length]).toEqual([
      'inconclusive',
      'nothing that was tried held; the time was up',
      0,
    ]);
    const interrupted = new AbortController();
    const cut = await search({
      ...input,
      signal: interrupted.signal,
      run: (rate, number) => {
        if (number === 3) interrupted.abort();
        return box(1_000)(rate, number);
      },
    });
    expect([cut.found.verdict, cut.tries.length]).toEqual(['inconclusive', 3]);
    expect(cut.found.why).toEndWith('; it was interrupted');
  });

  test('takes a size that the machine refuses for one that broke', async () => {
    const result = await search({
      ...input,
      run: async (rate, number) => (rate <= 700 ? box(700)(rate, number) : { notRun: 'processFiles binds at 700' }),
    });
    expect(result.found.verdict).toBe('found');
    expect(result.limit).toBe('processFiles binds at 700');
  });
});
