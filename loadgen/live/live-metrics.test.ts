/** A run as a scrape sees it: what workers report, added up over those that were started again, and what they were timed at. */
import { describe, expect, test } from 'bun:test';
import { Histogram } from '../../capacity/histogram.ts';
import type { RunSample } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { WorkerEvents, WorkerPlace } from '../coordinator/worker-channel.ts';
import { emptyCounts, type FromWorker, type WorkerCounts } from '../worker/messages.ts';
import { LiveMetrics } from './live-metrics.ts';
import { LOADGEN_METRICS } from './metrics.ts';
import { serveLive } from './serve-live.ts';

/** A place whose workers say what the test has them say. */
class ToldWorkers implements WorkerPlace {
  readonly events: WorkerEvents[] = [];
  readonly heard: FromWorker[] = [];

  open(index: number, events: WorkerEvents) {
    this.events[index] = events;
    return { host: undefined, pid: undefined, send: () => {}, kill: async () => {}, ended: async () => {} };
  }

  close(): void {}
}

function stats(counts: Partial<WorkerCounts>, ...latencies: Histogram[]): FromWorker {
  return { type: 'stats', counts: { ...emptyCounts(), ...counts }, latencies: latencies.map((one) => one.toRecord()) };
}

/** The workers that a run would have, and what it would hear of them. */
function watched(workers: number) {
  const place = new ToldWorkers();
  const live = new LiveMetrics(100);
  const seen = live.watched(place);
  const heard: FromWorker[] = [];
  const lost: string[] = [];
  const open = (index: number) => seen.open(index, { message: (one) => heard.push(one), lost: (reason) => lost.push(reason) });
  for (let index = 0; index < workers; index++) open(index);
  const value = async (series: string) => {
    const line = (await live.text()).split('\n').find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  };
  return { place, live, heard, lost, open, value };
}

describe('the metrics of a run', () => {
  test('are the sums of what its workers report, and the run hears the same', async () => {
    const { place, heard, value } = watched(2);
    place.events[0]!.message(stats({ open: 40, due: 7, accepted: 5 }));
    place.events[1]!.message(stats({ open: 2, due: 3 }));
    expect(await value('parley_loadgen_connections')).toBe(42);
    expect(await value('parley_loadgen_connections_planned')).toBe(100);
    expect(await value('parley_loadgen_due_total')).toBe(10);
    expect(await value('parley_loadgen_accepted_total')).toBe(5);
    expect(await value('parley_loadgen_workers')).toBe(2);
    expect(heard).toHaveLength(2);
  });

  test('keep what a worker had counted before it was started again, and never fall', async () => {
    const { place, open, value } = watched(1);
    place.events[0]!.message(stats({ open: 40, due: 7, disconnects: { reset: 1 } }));
    open(0);
    place.events[0]!.message(stats({ open: 3, due: 1, disconnects: { reset: 2 } }));
    expect(await value('parley_loadgen_connections')).toBe(3);
    expect(await value('parley_loadgen_due_total')).toBe(8);
    expect(await value('parley_loadgen_dropped_total{reason="reset"}')).toBe(3);
  });

  test('say who was lost, and not who ended because the run did', async () => {
    const { place, lost, value } = watched(3);
    place.events[0]!.lost('ended with SIGKILL');
    expect([await value('parley_loadgen_workers'), await value('parley_loadgen_workers_lost')]).toEqual([2, 1]);
    place.events[1]!.message({ type: 'finished', counts: emptyCounts(), latencies: [] });
    place.events[1]!.lost('ended with code 0');
    expect([await value('parley_loadgen_workers'), await value('parley_loadgen_workers_lost')]).toEqual([2, 1]);
    expect(lost).toEqual(['ended with SIGKILL', 'ended with code 0']);
  });

  test('have each sample in the bucket of its bound or a later one, over all reports', async () => {
    const { place, value } = watched(1);
    const lateness = new Histogram('lateness');
    for (const us of [400, 1_500, 30_000, 9_000_000]) lateness.record(us);
    place.events[0]!.message(stats({}, lateness));
    place.events[0]!.message(stats({}, lateness));
    const below = (bound: string) => value(`parley_loadgen_lateness_seconds_bucket{le="${bound}"}`);
    expect([await below('0.0005'), await below('0.001'), await below('0.002'), await below('0.05')]).toEqual([2, 2, 4, 6]);
    expect([await below('2.5'), await below('+Inf')]).toEqual([6, 8]);
    expect(await value('parley_loadgen_lateness_seconds_count')).toBe(8);
    expect(await value('parley_loadgen_lateness_seconds_sum')).toBeCloseTo(2 * 9.0319, 9);
  });

  test('have so many reasons and no more, whatever the other end says', async () => {
    const { place, live, value } = watched(1);
    const refusals = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`error${index}`, 1]));
    place.events[0]!.message(stats({ refusals }));
    const lines = (await live.text()).split('\n').filter((line) => line.startsWith('parley_loadgen_refused_total{'));
    expect(lines.length).toBeLessThanOrEqual(49);
    expect(await value('parley_loadgen_refused_total{reason="other"}')).toBe(500 - (lines.length - 1));
  });

  test('say what the run is at and what its processors did, those of workers elsewhere too', async () => {
    const { place, live, value } = watched(1);
    const told: string[] = [];
    const progress = live.following({
      sample: ({ phase }) => told.push(phase),
      say: (text) => told.push(text),
      end: () => told.push('end'),
    });
    progress.sample({ phase: 'chat', cpuUs: { edge: 2_000_000, worker: 500_000 } } as RunSample);
    place.events[0]!.message({ type: 'host', reading: { atMs: 0, cpuUs: 1_500_000, cores: 2 } });
    expect([await value('parley_loadgen_phase{phase="chat"}'), await value('parley_loadgen_phase{phase="start"}')]).toEqual([1, 0]);
    expect(await value('parley_loadgen_cpu_seconds_total{role="edge"}')).toBe(2);
    expect(await value('parley_loadgen_cpu_seconds_total{role="worker"}')).toBe(2);
    progress.say('a line');
    progress.end();
    expect(await value('parley_loadgen_phase{phase="stop"}')).toBe(1);
    expect(told).toEqual(['chat', 'a line', 'end']);
  });

  test('are all there from the first scrape on, but for those by reason and role', async () => {
    const { live } = watched(0);
    const text = await live.text();
    const silent = LOADGEN_METRICS.filter(
      ({ name, type }) => !new RegExp(`^${name}${type === 'histogram' ? '_count' : '[ {]'}`, 'm').test(text),
    );
    expect(silent.map(({ labels }) => labels[0])).toEqual(['reason', 'reason', 'reason', 'role']);
  });
});

test('they are served where it was said, and a port that is taken is told in a line', async () => {
  const served = serveLive({ host: '127.0.0.1', port: 0 }, 7);
  try {
    expect(await (await fetch(served.url)).text()).toContain('parley_loadgen_connections_planned 7\n');
    const port = Number(new URL(served.url).port);
    const again = () => serveLive({ host: '127.0.0.1', port }, 7);
    expect(again).toThrow(BackendError);
    expect(again).toThrow(`--metrics-listen 127.0.0.1:${port} can't be taken: EADDRINUSE`);
  } finally {
    await served.stop();
  }
});
