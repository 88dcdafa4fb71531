/** What a soak makes of samples and ledgers, and that a process that leaks for real is told from one that only breathes. */
import { describe, expect, test } from 'bun:test';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leakOf } from '../../capacity/soak/leak.ts';
import { gradeCode } from '../frame/grade.ts';
import { gradeSoak } from './grade.ts';
import { heapIn, readProcess, type SoakSample, tablesIn } from './samples.ts';
import { endedBetween, seriesOf } from './series.ts';
import { daySecondsOf, judgedFromMs, restartAtMs, type SoakOptions } from './soak-options.ts';
import type { SoakRecord } from './soak-record.ts';
import { gapsOf } from './soak-run.ts';

const OPTIONS: SoakOptions = {
  seconds: 7_200,
  connections: 100,
  sendsPerSecond: 10,
  meanLifetimeSeconds: 600,
  edges: 1,
  seed: 1,
  restarts: true,
  system: 'a box',
};

function sample(tMs: number, more: Partial<SoakSample['processes'][number]> = {}, tables: SoakSample['tables'] = {}): SoakSample {
  const edge = { component: 'edge 0', pid: 1, anonBytes: 1e7, files: 20, threads: 5, ...more };
  return { tMs, processes: [edge, { component: 'load coordinator', pid: 9, anonBytes: 1e7, files: 20, threads: 5 }], tables };
}

describe('a process of this machine', () => {
  const SECONDS = 6;
  /** Both touch what they take; the one keeps it. */
  const program = (keeps: boolean) => `
    const kept = [];
    setInterval(() => {
      const block = Buffer.alloc(2 ** 18, 1);
      if (${keeps}) kept.push(block);
    }, 20);
    setTimeout(() => process.exit(), 60_000);`;

  const watched = async (keeps: boolean) => {
    const child = Bun.spawn([process.execPath, '-e', program(keeps)], { stdio: ['ignore', 'ignore', 'ignore'] });
    try {
      const samples: SoakSample[] = [];
      await Bun.sleep(500);
      const fromMs = performance.now();
      while (performance.now() - fromMs < SECONDS * 1_000) {
        const seen = readProcess({ component: 'edge 0', pid: child.pid })!;
        samples.push({ tMs: performance.now() - fromMs, processes: [seen], tables: {} });
        await Bun.sleep(100);
      }
      return leakOf(seriesOf(samples, 0).find(({ figure }) => figure === 'memory')!, SECONDS - 1);
    } finally {
      child.kill('SIGKILL');
      await child.exited;
    }
  };

  test('that keeps what it takes is called leaking, with its slope; one that gives it back is not', async () => {
    const [leaking, breathing] = await Promise.all([watched(true), watched(false)]);
    expect(leaking.verdict).toBe('leak');
    expect(leaking.trend!.perHour).toBeGreaterThan(1e9);
    expect(breathing.verdict).not.toBe('leak');
  }, 30_000);

  test('is read with its open files, and one that has ended is not there', () => {
    const seen = readProcess({ component: 'me', pid: process.pid })!;
    expect(seen.anonBytes).toBeGreaterThan(1e6);
    expect(seen.files).toBeGreaterThan(2);
    expect(readProcess({ component: 'nobody', pid: 2 ** 22 - 3 })).toBeUndefined();
  });
});

test('of each process its longest life is judged, and a life that began outside of the restarts is told', () => {
  const samples = [0, 1, 2, 3, 4, 5, 6].map((at) => sample(at * 1_000, { pid: at < 1 ? 1 : at < 6 ? 2 : 3 }));
  const memory = seriesOf(samples, 0).find(({ component, figure }) => component === 'edge 0' && figure === 'memory')!;
  expect(memory.points.map(({ tSeconds }) => tSeconds)).toEqual([1, 2, 3, 4, 5]);
  expect(endedBetween(samples, { fromMs: 500, toMs: 1_500 })).toEqual([{ component: 'edge 0', tMs: 6_000 }]);
  expect(endedBetween(samples, undefined)).toHaveLength(2);
});

test('connections that wander from one edge to another are no leak of files, one more every minute is', () => {
  const sampleOf = (tMs: number, here: number, there: number): SoakSample => {
    const edge = { pid: 1, anonBytes: 1e7, threads: 5 };
    return {
      tMs,
      processes: [
        { ...edge, component: 'edge 0', files: here },
        { ...edge, component: 'edge 1', files: there },
      ],
      tables: {},
    };
  };
  const judged = (samples: readonly SoakSample[]) =>
    leakOf(seriesOf(samples, 0).find(({ component, figure }) => component === 'all of edge' && figure === 'files')!);
  const minutes = Array.from({ length: 60 }, (_, minute) => minute);
  expect(judged(minutes.map((minute) => sampleOf(minute * 60_000, 200 - minute, 20 + minute))).verdict).toBe('no leak');
  expect(judged(minutes.map((minute) => sampleOf(minute * 60_000, 200, 20 + minute))).verdict).toBe('leak');
});

test('of a server that keeps data its files on disk are not counted as open', () => {
  const all = readProcess({ component: 'me', pid: process.pid })!;
  const held = openSync(fileURLToPath(import.meta.url), 'r');
  try {
    const some = readProcess({ component: 'me', pid: process.pid, keepsFiles: true })!;
    const more = readProcess({ component: 'me', pid: process.pid })!;
    expect(more.files).toBe(all.files + 1);
    expect(some.files).toBeLessThan(more.files);
  } finally {
    closeSync(held);
  }
});

test('tables are the gauges of the box that count something, added over their labels', () => {
  const metrics =
    '# TYPE a_total counter\na_total 9\n# TYPE b_bytes gauge\nb_bytes{topic="x"} 2\nb_bytes{topic="y"} 3\n# TYPE c_connected gauge\nc_connected 1\n';
  expect(tablesIn(metrics)).toEqual({ b_bytes: 5 });
});

test('the heap of a JVM is read from its command, the last setting counts', () => {
  expect(heapIn('java\0-Xms64M\0-Xmx1g\0-Xmx512M\0Main')).toBe(512 * 2 ** 20);
  expect(heapIn('bun\0main.ts')).toBeUndefined();
});

test('what is judged is three whole days of the curve, after the restarts have warmed up', () => {
  expect(restartAtMs(OPTIONS)).toBe(900_000);
  expect(7_200 - judgedFromMs(OPTIONS, undefined) / 1_000).toBe(3 * daySecondsOf(OPTIONS));
  expect(judgedFromMs(OPTIONS, 950_000)).toBe(1_850_000);
  expect(judgedFromMs({ ...OPTIONS, warmUpSeconds: 60 }, 100_000)).toBe(100_000);
});

test('a soak whose process was away says from when to when', () => {
  const resumed = sample(8_000);
  const other = { ...resumed, processes: resumed.processes.map((one) => ({ ...one, pid: one.pid + 1 })) };
  expect(gapsOf([sample(0), sample(6_000), other], OPTIONS)).toEqual([{ fromMs: 6_000, toMs: 8_000 }]);
});

describe('the grade', () => {
  const LEDGER = {
    due: 10,
    accepted: 10,
    refused: 0,
    unknown: 0,
    unsent: 0,
    recipientsExpected: 20,
    delivered: 20,
    waiting: 0,
    rejected: 0,
  };
  const finding = (component: string, verdict: 'leak' | 'no leak' | "can't tell") => ({
    component,
    figure: 'memory' as const,
    unit: 'bytes' as const,
    verdict,
    because: '',
    tolerancePerHour: 1,
  });
  const RECORD = {
    options: OPTIONS,
    complete: true,
    ledger: { ...LEDGER, lost: 0, duplicated: 0, outOfOrder: 0, redelivered: 0, unexpected: 0, invalidLatency: 0 },
    restarts: { fromMs: 0, toMs: 1, on: ['edge 0', 'relay'] },
    ended: [],
    problems: [],
    findings: [finding('edge 0', 'no leak')],
  } as unknown as SoakRecord;
  const code = (more: Partial<SoakRecord>) => gradeCode(gradeSoak({ ...RECORD, ...more }));

  test('is proved where nothing was lost, ended or leaked', () => expect(code({})).toBe(0));

  test('is refuted by one lost message, by a leak, by a process that ended, and no doubt excuses it', () => {
    expect(code({ ledger: { ...RECORD.ledger, lost: 1 }, complete: false })).toBe(1);
    expect(code({ findings: [finding('relay', 'leak')], complete: false })).toBe(1);
    expect(code({ ended: [{ component: 'relay', tMs: 5 }] })).toBe(1);
  });

  test('is inconclusive where it can’t be told, where the run was cut, and where the load engine itself leaks', () => {
    expect(code({ findings: [finding('relay', "can't tell")] })).toBe(2);
    expect(code({ complete: false })).toBe(2);
    expect(code({ findings: [finding('load worker 0', 'leak')] })).toBe(2);
    expect(code({ findings: [finding('all of load worker', 'leak')] })).toBe(2);
    expect(code({ ledger: { ...RECORD.ledger, unsent: 1 } })).toBe(2);
  });
});
