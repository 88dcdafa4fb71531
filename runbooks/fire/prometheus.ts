/** Debian's Prometheus with the rules, scraping the run's processes, and what it says of alerts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../../infra/verify/debian-program.ts';
import { answers, type Children, freePort, until } from './children.ts';

export interface Target {
  readonly job: string;
  readonly address: string;
  readonly path?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** More of a target and it is dropped. */
  readonly mostSamples?: number;
  readonly intervalMs?: number;
}

export interface ActiveAlert {
  readonly alert: string;
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
}

export class Prometheus {
  private readonly url: string;

  private constructor(url: string) {
    this.url = url;
  }

  static async start(children: Children, rules: string, targets: readonly Target[], intervalMs: number): Promise<Prometheus> {
    const program = await debianProgram({ package: 'prometheus', file: 'usr/bin/prometheus' }, console.error);
    const folder = join(children.folder, 'prometheus');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'alerts.rules.yml'), rules);
    const address = `127.0.0.1:${freePort()}`;
    const own: Target = {
      job: 'prometheus',
      address,
      labels: { namespace: 'parley-observability', pod: 'prometheus-0', app: 'prometheus' },
    };
    const configuration = {
      global: { scrape_interval: `${intervalMs}ms`, scrape_timeout: `${intervalMs}ms`, evaluation_interval: `${intervalMs}ms` },
      rule_files: [join(folder, 'alerts.rules.yml')],
      scrape_configs: [...targets, own].map(({ job, address: at, path = '/metrics', labels, mostSamples, intervalMs: own }, index) => ({
        job_name: `${job}-${index}`,
        metrics_path: path,
        ...(own === undefined ? {} : { scrape_interval: `${own}ms`, scrape_timeout: `${own}ms` }),
        ...(mostSamples === undefined ? {} : { sample_limit: mostSamples }),
        // Labels of what is scraped go before ours, as for the state of Kubernetes: forced series name their own pods.
        honor_labels: true,
        static_configs: [{ targets: [at], labels: { ...labels, job } }],
      })),
    };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration, undefined, 1));
    children.start(
      'prometheus',
      [
        program,
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      folder,
    );
    await until('Prometheus is ready', 60_000, () => answers(`http://${address}/-/ready`));
    return new Prometheus(`http://${address}`);
  }

  async alerts(): Promise<readonly ActiveAlert[]> {
    const response = await fetch(`${this.url}/api/v1/alerts`, { signal: AbortSignal.timeout(10_000) });
    const { data } = (await response.json()) as {
      data: { alerts: { labels: Record<string, string>; state: 'pending' | 'firing' }[] };
    };
    return data.alerts.map(({ labels, state }) => ({ alert: labels.alertname ?? '', state, labels }));
  }

  async value(expr: string): Promise<string> {
    const response = await fetch(`${this.url}/api/v1/query?query=${encodeURIComponent(expr)}`, { signal: AbortSignal.timeout(10_000) });
    return JSON.stringify(((await response.json()) as { data?: unknown }).data ?? '');
  }
}
