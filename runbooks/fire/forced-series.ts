/**
 * Series that this machine can't have, served as an exporter would: those of the exporters that no real one is there for, always,
 * and those that make an alert fire, when it is forced. They are the samples of the rule's own test.
 */
import type { Sample, Samples } from '../../dashboards/alerts/alert-rule.ts';

/** Value of a sample so long after it began. `lastsSeconds`: how long it is to go on, for one that says where it ends. */
export function valueAt(sample: Sample, seconds: number, lastsSeconds: number): number | undefined {
  if (sample === 'absent') return undefined;
  if ('rate' in sample) return sample.rate * seconds;
  if ('endsAt' in sample) return sample.endsAt + sample.slope * (seconds - lastsSeconds);
  return sample.at + (sample.slope ?? 0) * seconds;
}

export function exposition(samples: Samples, seconds: number, lastsSeconds: number): string {
  const lines = Object.entries(samples).flatMap(([series, sample]) => {
    const value = valueAt(sample, seconds, lastsSeconds);
    return value === undefined ? [] : [`${series.replaceAll(', ', ',')} ${value}`];
  });
  return `${lines.join('\n')}\n`;
}

interface Served {
  readonly samples: Samples;
  readonly fromMs: number;
  readonly lastsSeconds: number;
}

/** One server, a path for each target: /metrics/NAME. What is not set answers with nothing, and is up. */
export class ForcedSeries {
  private readonly served = new Map<string, Served>();
  private readonly down = new Set<string>();
  private readonly server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: ({ url }) => {
      const name = new URL(url).pathname.split('/').at(-1)!;
      if (this.down.has(name)) return new Response('', { status: 503 });
      const found = this.served.get(name);
      const text = found === undefined ? '' : exposition(found.samples, (Date.now() - found.fromMs) / 1_000, found.lastsSeconds);
      return new Response(text, { headers: { 'content-type': 'text/plain; version=0.0.4' } });
    },
  });

  get address(): string {
    return `127.0.0.1:${this.server.port}`;
  }

  serve(name: string, samples: Samples, lastsSeconds = 0): void {
    this.served.set(name, { samples, fromMs: Date.now(), lastsSeconds });
  }

  clear(name: string): void {
    this.served.delete(name);
  }

  setDown(name: string, down: boolean): void {
    if (down) this.down.add(name);
    else this.down.delete(name);
  }

  stop(): Promise<void> {
    return this.server.stop(true);
  }
}
