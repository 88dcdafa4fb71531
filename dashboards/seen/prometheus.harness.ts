/** Debian's Prometheus and exporters as processes of a test, on loopback: what they scrape, and what a query gives. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../../infra/verify/debian-program.ts';

export const PROGRAMS = {
  prometheus: { package: 'prometheus', file: 'usr/bin/prometheus' },
  nodeExporter: { package: 'prometheus-node-exporter', file: 'usr/bin/prometheus-node-exporter' },
  redisExporter: { package: 'prometheus-redis-exporter', file: 'usr/bin/prometheus-redis-exporter' },
} as const;

/** What a test says that it needs. */
export const DEBIAN = {
  fact: 'Debian’s packages',
  missing: () => (existsSync('/usr/bin/apt-get') ? undefined : 'no apt-get'),
} as const;

export interface Target {
  readonly job: string;
  readonly address: string;
  readonly pod: string;
  /** Of its whole job; left out: as the others. A JVM on a full machine may take seconds to answer. */
  readonly scrapeSeconds?: number;
}

const START_MS = 30_000;
const STOP_MS = 10_000;

/** A program that listens; `listen` makes its arguments from the address that it is to have. */
export class Listener {
  readonly address: string;
  private readonly child: Bun.Subprocess;

  private constructor(address: string, child: Bun.Subprocess) {
    this.address = address;
    this.child = child;
  }

  static async start(program: (typeof PROGRAMS)[keyof typeof PROGRAMS], listen: (address: string) => string[], path = '/metrics') {
    const file = await debianProgram(program, () => undefined);
    const address = `127.0.0.1:${freePort()}`;
    const child = Bun.spawn([file, ...listen(address)], { stdio: ['ignore', 'ignore', 'pipe'] });
    const listener = new Listener(address, child);
    const said = new Response(child.stderr).text();
    for (const deadline = Date.now() + START_MS; ; await Bun.sleep(50)) {
      if (await answers(`http://${address}${path}`)) return listener;
      if (child.exitCode !== null) throw new Error(`${program.package} ended: ${(await said).slice(-500)}`);
      if (Date.now() > deadline) {
        await listener.end();
        throw new Error(`${program.package} does not answer on ${address}`);
      }
    }
  }

  async end(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await this.child.exited;
    clearTimeout(timer);
  }
}

/** `rules`: of alerts, evaluated as often as targets are scraped. */
export async function startPrometheus(
  folder: string,
  targets: readonly Target[],
  scrapeSeconds: number,
  rules?: string,
): Promise<Listener> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'prometheus.yml');
  const rulesFile = join(folder, 'alerts.rules.yml');
  if (rules !== undefined) writeFileSync(rulesFile, rules);
  const jobs = [...new Set(targets.map(({ job }) => job))];
  const configuration = {
    global: { ...pace(scrapeSeconds), evaluation_interval: `${scrapeSeconds}s` },
    ...(rules === undefined ? {} : { rule_files: [rulesFile] }),
    scrape_configs: jobs.map((job) => ({
      job_name: job,
      ...pace(targets.find((target) => target.job === job)?.scrapeSeconds ?? scrapeSeconds),
      static_configs: targets
        .filter((target) => target.job === job)
        .map(({ address, pod }) => ({ targets: [address], labels: { pod, namespace: `parley-${job}`, node: 'node-1', app: job } })),
    })),
  };
  writeFileSync(file, JSON.stringify(configuration));
  return await Listener.start(
    PROGRAMS.prometheus,
    (address) => [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`],
    '/-/ready',
  );
}

function pace(seconds: number) {
  return { scrape_interval: `${seconds}s`, scrape_timeout: `${seconds}s` };
}

/** Numbers that the query gives now; what is no number (0 ÷ 0) is no answer. */
export async function answersOf(prometheus: Listener, expr: string): Promise<readonly number[]> {
  const response = await fetch(`http://${prometheus.address}/api/v1/query?query=${encodeURIComponent(expr)}`);
  const { status, error, data } = (await response.json()) as {
    status: string;
    error?: string;
    data: { result: ReadonlyArray<{ value: readonly [number, string] }> };
  };
  if (status !== 'success') throw new Error(`${expr}: ${error}`);
  return data.result.map(({ value }) => Number(value[1])).filter((value) => !Number.isNaN(value));
}

export function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
