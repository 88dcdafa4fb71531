/** Which alerts fire, seen twice a second: since when, with which labels, until when. */
import type { ActiveAlert, Prometheus } from './prometheus.ts';

export interface Firing {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fromMs: number;
  untilMs: number | undefined;
}

const PERIOD_MS = 500;

export class Watch {
  private readonly firings: Firing[] = [];
  private readonly prometheus: Pick<Prometheus, 'alerts'>;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(prometheus: Pick<Prometheus, 'alerts'>) {
    this.prometheus = prometheus;
  }

  start(): void {
    const look = async () => {
      const active = await this.prometheus.alerts().catch(() => undefined);
      if (active !== undefined) this.take(active, Date.now());
      if (!this.stopped) this.timer = setTimeout(look, PERIOD_MS);
    };
    void look();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  take(active: readonly ActiveAlert[], nowMs: number): void {
    const now = new Map(active.filter(({ state }) => state === 'firing').map((one) => [JSON.stringify(one.labels), one]));
    for (const firing of this.firings) {
      if (firing.untilMs !== undefined) continue;
      if (!now.delete(JSON.stringify(firing.labels))) firing.untilMs = nowMs;
    }
    for (const { alert, labels } of now.values()) this.firings.push({ alert, labels, fromMs: nowMs, untilMs: undefined });
  }

  /** Names that fire now. */
  firing(): ReadonlySet<string> {
    return new Set(this.firings.filter(({ untilMs }) => untilMs === undefined).map(({ alert }) => alert));
  }

  /** The first that fired at or after a time and is accepted. */
  firedSince(alert: string, fromMs: number, accepts: (labels: Firing['labels']) => boolean): Firing | undefined {
    return this.firings.find((one) => one.alert === alert && one.fromMs >= fromMs && accepts(one.labels));
  }

  namesSince(fromMs: number): ReadonlySet<string> {
    return new Set(this.firings.filter((one) => one.fromMs >= fromMs).map(({ alert }) => alert));
  }

  /** What fired between two times, begun before or not. */
  between(fromMs: number, toMs: number): readonly Firing[] {
    return this.firings.filter((one) => one.fromMs < toMs && (one.untilMs ?? Number.POSITIVE_INFINITY) > fromMs);
  }

  /** When it had ended, no series of it firing any more; undefined while one does. */
  endedAfter(alert: string, fromMs: number, accepts: (labels: Firing['labels']) => boolean): number | undefined {
    const all = this.firings.filter((one) => one.alert === alert && accepts(one.labels));
    const open = all.filter(({ untilMs }) => untilMs === undefined);
    if (open.length > 0) return undefined;
    return Math.max(fromMs, ...all.map(({ untilMs = fromMs }) => untilMs));
  }
}
