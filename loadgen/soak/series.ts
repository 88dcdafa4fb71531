/**
 * From samples to series that are judged: of each process its longest life after the warm-up, of the box its tables. Pure.
 * Says as well which processes ended though nobody had ended them.
 */
import type { Series } from '../../capacity/soak/leak.ts';
import type { TrendPoint } from '../../capacity/soak/trend.ts';
import type { ProcessSample, SoakSample } from './samples.ts';

/** What a part's memory is made of by design, as the gauge that counts it. */
const STORED_BY: ReadonlyArray<readonly [component: RegExp, gauge: string]> = [
  [/^embedded$/, 'parley_embedded_log_records'],
  [/^dispatch /, 'parley_dispatch_ids'],
];
/** Tables that grow with every message by design: shown, and no leak. */
const STORES: ReadonlySet<string> = new Set(['parley_embedded_log_bytes', 'parley_embedded_log_records']);
/** Of the load engine: its processes end with whoever started them. */
export const LOAD_ENGINE = /^load /;

interface Life {
  readonly pid: number;
  readonly fromMs: number;
  readonly samples: Array<{ readonly tMs: number; readonly seen: ProcessSample; readonly stored?: number }>;
}

export function seriesOf(samples: readonly SoakSample[], fromMs: number): Series[] {
  const judged = samples.filter(({ tMs }) => tMs >= fromMs);
  return [...livesOf(judged)].flatMap(([component, lives]) => processSeries(component, longest(lives))).concat(tableSeries(judged));
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

function processSeries(component: string, { samples }: Life): Series[] {
  const heapBytes = samples[0]?.seen.heapBytes;
  const of = (value: (seen: ProcessSample) => number, withStored: boolean): TrendPoint[] =>
    samples.map(({ tMs, seen, stored }) => ({
      tSeconds: tMs / 1_000,
      value: value(seen),
      ...(withStored && stored !== undefined ? { stored } : {}),
    }));
  return [
    {
      component,
      figure: 'memory',
      unit: 'bytes',
      points: of(({ anonBytes }) => anonBytes, true),
      ...(heapBytes === undefined ? {} : { heapBytes }),
    },
    { component, figure: 'files', unit: 'items', points: of(({ files }) => files, false) },
    { component, figure: 'threads', unit: 'items', points: of(({ threads }) => threads, false) },
  ];
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
