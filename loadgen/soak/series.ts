/**
 * From samples to series that are judged: of each process its longest life after the warm-up, of the box its tables. Pure.
 * Says as well which processes ended though nobody had ended them.
 */
import type { Series } from '../../capacity/soak/leak.ts';
import type { ProcessSample, SoakSample } from './samples.ts';

/** What a part's memory is made of by design, as the gauge that counts it. */
const STORED_BY: ReadonlyArray<readonly [component: RegExp, gauge: string]> = [
  [/^embedded$/, 'parley_embedded_log_records'],
  [/^dispatch /, 'parley_dispatch_ids'],
];
/** Tables that grow with every message by design: shown, and no leak. */
const STORES: ReadonlySet<string> = new Set(['parley_embedded_log_bytes', 'parley_embedded_log_records']);
/** Of the load engine: its processes end with whoever started them. */
export const LOAD_ENGINE = /^(all of )?load /;

interface Life {
  readonly pid: number;
  readonly fromMs: number;
  readonly samples: Array<{ readonly tMs: number; readonly seen: ProcessSample; readonly stored?: number }>;
}

export function seriesOf(samples: readonly SoakSample[], fromMs: number): Series[] {
  const judged = samples.filter(({ tMs }) => tMs >= fromMs);
  return [
    ...[...livesOf(judged)].map(([component, lives]) => memorySeries(component, longest(lives))),
    ...groupSeries(judged),
    ...tableSeries(judged),
  ];
}

export interface Ended {
  readonly component: string;
  readonly tMs: number;
}

/** Lives of the box's processes and servers that ended outside of the stretch in which they were restarted. */
export function endedBetween(
  samples: readonly SoakSample[],
  restarts: { readonly fromMs: number; readonly toMs: number } | undefined,
): Ended[] {
  const ended: Ended[] = [];
  for (const [component, lives] of livesOf(samples)) {
    if (LOAD_ENGINE.test(component)) continue;
    for (const { fromMs } of lives.slice(1))
      if (restarts === undefined || fromMs < restarts.fromMs || fromMs > restarts.toMs) ended.push({ component, tMs: fromMs });
  }
  return ended;
}

function livesOf(samples: readonly SoakSample[]): Map<string, Life[]> {
  const lives = new Map<string, Life[]>();
  for (const { tMs, processes, tables } of samples) {
    for (const seen of processes) {
      const list = lives.get(seen.component) ?? [];
      lives.set(seen.component, list);
      let life = list.at(-1);
      if (life?.pid !== seen.pid) {
        life = { pid: seen.pid, fromMs: tMs, samples: [] };
        list.push(life);
      }
      const gauge = STORED_BY.find(([component]) => component.test(seen.component))?.[1];
      const stored = gauge === undefined ? undefined : tables[gauge];
      // Without what it is made of a sample says nothing of such a part.
      if (gauge !== undefined && stored === undefined) continue;
      life.samples.push({ tMs, seen, ...(stored === undefined ? {} : { stored }) });
    }
  }
  return lives;
}

function longest(lives: readonly Life[]): Life {
  const length = ({ samples }: Life) => (samples.at(-1)?.tMs ?? 0) - (samples[0]?.tMs ?? 0);
  return lives.reduce((most, life) => (length(life) > length(most) ? life : most));
}

function memorySeries(component: string, { samples }: Life): Series {
  const heapBytes = samples[0]?.seen.heapBytes;
  return {
    component,
    figure: 'memory',
    unit: 'bytes',
    points: samples.map(({ tMs, seen, stored }) => ({
      tSeconds: tMs / 1_000,
      value: seen.anonBytes,
      ...(stored === undefined ? {} : { stored }),
    })),
    ...(heapBytes === undefined ? {} : { heapBytes }),
  };
}

/**
 * Files and threads of all processes of a kind together: connections wander between the edges of a box when one is replaced,
 * and are no leak of those that they come to. Samples in which one is away are left out.
 */
function groupSeries(samples: readonly SoakSample[]): Series[] {
  const groupOf = ({ component }: ProcessSample) => component.replace(/ \d+$/, '');
  const sizes = new Map<string, number>();
  const sums = samples.map(({ tMs, processes }) => {
    const groups = new Map<string, { count: number; files: number; threads: number }>();
    for (const seen of processes) {
      const before = groups.get(groupOf(seen)) ?? { count: 0, files: 0, threads: 0 };
      groups.set(groupOf(seen), { count: before.count + 1, files: before.files + seen.files, threads: before.threads + seen.threads });
    }
    for (const [group, { count }] of groups) sizes.set(group, Math.max(sizes.get(group) ?? 0, count));
    return { tSeconds: tMs / 1_000, groups };
  });
  return [...sizes].flatMap(([group, size]) =>
    (['files', 'threads'] as const).map((figure) => ({
      component: size === 1 ? group : `all of ${group}`,
      figure,
      unit: 'items' as const,
      points: sums.flatMap(({ tSeconds, groups }) => {
        const sum = groups.get(group);
        return sum?.count === size ? [{ tSeconds, value: sum[figure] }] : [];
      }),
    })),
  );
}

function tableSeries(samples: readonly SoakSample[]): Series[] {
  const names = new Set(samples.flatMap(({ tables }) => Object.keys(tables)));
  return [...names]
    .filter((name) => !STORES.has(name))
    .map((name) => ({
      component: 'box',
      figure: 'table' as const,
      name,
      unit: name.endsWith('_bytes') ? ('bytes' as const) : ('items' as const),
      points: samples.flatMap(({ tMs, tables }) => (tables[name] === undefined ? [] : [{ tSeconds: tMs / 1_000, value: tables[name] }])),
    }));
}
