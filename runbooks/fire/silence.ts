/** What the alerts said over a soak, as `runbooks/fire/soak-silence.ts` wrote it: `runbooks/fire/silence.json`. */
import { keptFile } from './kept.ts';
import type { Firing } from './watch.ts';

const SCHEMA = 1;

export interface Silence {
  readonly schema: number;
  /** Day of the run, and how long it was watched, s. */
  readonly date: string;
  readonly seconds: number;
  readonly rules: number;
  readonly intervalMs: number;
  /** Jobs whose exporter is not here: what they would say when all is well was served. */
  readonly standIns: readonly string[];
  /** Each that fired: after so many seconds of the watch, for so long. */
  readonly fired: readonly {
    readonly alert: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly afterSeconds: number;
    readonly forSeconds: number;
  }[];
}

export interface Watched extends Pick<Silence, 'rules' | 'intervalMs' | 'standIns'> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly fired: readonly Firing[];
}

/** Pure. */
export function silenceOf({ fromMs, toMs, fired, ...rest }: Watched): Silence {
  return {
    schema: SCHEMA,
    date: new Date(fromMs).toISOString().slice(0, 10),
    seconds: Math.round((toMs - fromMs) / 1_000),
    ...rest,
    fired: fired.map((one) => ({
      alert: one.alert,
      labels: one.labels,
      afterSeconds: Math.round((one.fromMs - fromMs) / 1_000),
      forSeconds: Math.round((Math.min(one.untilMs ?? toMs, toMs) - one.fromMs) / 1_000),
    })),
  };
}

export const SILENCE = keptFile<Silence>('silence.json', SCHEMA);

/** For `runbooks/README.md`. Pure. */
export function silenceText(silence: Silence | undefined): string {
  if (silence === undefined) return 'No run yet.';
  const { date, seconds, rules, intervalMs, standIns, fired } = silence;
  const how = `Run of ${date}: ${rules} rules as in production, asked every ${intervalMs / 1_000} s for ${(seconds / 60).toFixed(0)} minutes of a soak; ${standIns.join(', ')} by series that say all is well.`;
  if (fired.length === 0) return `${how} **None fired.**`;
  return [
    `${how} **${fired.length} fired:**`,
    '',
    '| alert | labels | after | for |',
    '|---|---|---:|---:|',
    ...fired.map(
      ({ alert, labels, afterSeconds, forSeconds }) =>
        `| [${alert}](${alert}.md) | ${Object.entries(labels)
          .filter(([name]) => name !== 'alertname')
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')} | ${(afterSeconds / 60).toFixed(0)} min | ${(forSeconds / 60).toFixed(0)} min |`,
    ),
  ].join('\n');
}
