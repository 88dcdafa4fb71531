/**
 * What the run does its faults to: a stack of `parley up`, the parts of a box each by its own verb, dispatch, a chat among a few
 * hundred connections, Prometheus with the rules, and forced series for what this machine has not.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ruleFile, ruleGroups } from '../../dashboards/alerts/render-rules.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { ROOT } from '../check/project.ts';
import { answers, Children, freePort, until } from './children.ts';
import { ForcedSeries } from './forced-series.ts';
import { LOCAL, localValues } from './local-plan.ts';
import { Prometheus, type Target } from './prometheus.ts';
import { Watch } from './watch.ts';

/** Windows and waits of the rules are divided by it. */
export const COMPRESSED = 20;
const INTERVAL_MS = 1_500;
/** A supervisor waits 2 s for a process that is silent before it says so. */
const EDGES_INTERVAL_MS = 2_500;
const EDGES = 2;
const PARLEY = [process.execPath, join(ROOT, 'parley.ts')];
const START_MS = 120_000;

/** Exporters that are not here, by job, with series as they are when all is well. */
export const EXPORTERS: Readonly<Record<string, Readonly<Record<string, { readonly at: number } | { readonly rate: number }>>>> = {
  kafka: {},
  cassandra: { 'org_apache_cassandra_metrics_table_max_partition_size{keyspace="parley",table="messages"}': { at: 1e6 } },
  redis: { redis_memory_used_bytes: { at: 1e6 }, redis_evicted_keys_total: { rate: 0 }, redis_connected_clients: { at: 3 } },
  kubernetes: {
    'kube_statefulset_replicas{statefulset="edges"}': { at: 1 },
    'kube_statefulset_replicas{statefulset="relay"}': { at: 1 },
    'kube_statefulset_status_replicas_ready{statefulset="edges"}': { at: 1 },
  },
  nodes: {
    node_memory_MemAvailable_bytes: { at: 8e9 },
    'node_filesystem_avail_bytes{device="d",fstype="ext4",mountpoint="/data"}': { at: 9e11 },
    'node_filesystem_size_bytes{device="d",fstype="ext4",mountpoint="/data"}': { at: 1e12 },
    node_timex_offset_seconds: { at: 0 },
    node_timex_sync_status: { at: 1 },
  },
};

export class Stand {
  readonly children: Children;
  readonly forced = new ForcedSeries();
  readonly backends: string;
  readonly stack: string;
  readonly env: Record<string, string>;
  watch!: Watch;
  prometheus!: Prometheus;
  relayPid = 0;
  gateway!: Bun.Subprocess;
  readonly dispatchPids: number[] = [];

  constructor(folder: string, stack: string) {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    this.children = new Children(folder);
    this.stack = stack;
    // The launcher starts Bun as a child of its own; here the process that a runbook starts is the one that is ended.
    writeFileSync(join(folder, 'bin', 'npx'), `#!/bin/sh\nshift\nexec ${PARLEY.join(' ')} "$@"\n`, { mode: 0o755 });
    this.backends = this.ownSettings(folder);
    for (const name of ['link', 'region']) writeFileSync(join(folder, `${name}.secret`), `a secret of the ${name} of this run`);
    this.env = {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      STACK: stack,
      BACKENDS: this.backends,
      EDGES: String(EDGES),
      RELAY_PORT: String(freePort()),
      RELAY_ADMIN_PORT: String(freePort()),
      ADMIN_PORT: String(freePort()),
      DISPATCH_ADMIN_PORT: String(freePort()),
      LINK_SECRET: join(folder, 'link.secret'),
      REGION_SECRET: join(folder, 'region.secret'),
      LOG: join(folder, 'mitigations.log'),
      CONNECTIONS: String(LOCAL.connectionsMost),
    };
  }

  /** Topics, tables and keys that no other run has. */
  private ownSettings(folder: string): string {
    const settings = JSON.parse(readFileSync(join(ROOT, '.parley/stacks', this.stack, 'backends.json'), 'utf8'));
    const word = `fire${Date.now().toString(36)}`;
    settings.kafka = {
      ...settings.kafka,
      prefix: `${word}.`,
      partitions: { messages: LOCAL.messagePartitions, receipts: 4, deliveries: 2 },
    };
    settings.cassandra = { ...settings.cassandra, keyspace: word };
    settings.redis = { ...settings.redis, prefix: `${word}:` };
    const file = join(folder, 'backends.json');
    writeFileSync(file, JSON.stringify(settings, undefined, 1));
    return file;
  }

  async start(): Promise<void> {
    const { env, children } = this;
    const migrated = children.start('migrate', [...PARLEY, 'migrate', '--backends', this.backends], ROOT);
    if ((await migrated.exited) !== 0) throw new Error(`migrate failed: see ${children.folder}/migrate.log`);
    const secondAdmin = freePort();
    this.startDispatch(env.DISPATCH_ADMIN_PORT!);
    this.startDispatch(String(secondAdmin));
    this.startRelay();
    this.startGateway();
    await until('relay, dispatch and gateway are ready', START_MS, () => this.ready());
    this.startChat();
    await this.startPrometheus(secondAdmin);
  }

  startDispatch(port: string): void {
    const child = this.children.start('dispatch', [...PARLEY, 'dispatch', '--backends', this.backends, '--admin-port', port], ROOT);
    this.dispatchPids.push(child.pid);
  }

  startRelay(): void {
    const { env } = this;
    this.relayPid = this.children.start('relay', [...PARLEY, 'relay', ...this.relayOptions(), '--port', env.RELAY_PORT!], ROOT).pid;
  }

  private relayOptions(): readonly string[] {
    const { env } = this;
    return [
      ...['--backends', this.backends, '--gateway', '1', '--edges', env.EDGES!, '--admin-port', env.RELAY_ADMIN_PORT!],
      ...['--link-secret-file', env.LINK_SECRET!, '--region-secret-file', env.REGION_SECRET!],
      ...['--relay-pending-bytes', String(LOCAL.relayPendingBytes)],
    ];
  }

  startGateway(): void {
    const { env, children } = this;
    const secrets = ['--link-secret-file', env.LINK_SECRET!, '--region-secret-file', env.REGION_SECRET!];
    const options = ['--edges', env.EDGES!, '--relay', `127.0.0.1:${env.RELAY_PORT}`, '--admin-port', env.ADMIN_PORT!, ...secrets];
    const most = ['--max-connections', String(LOCAL.connectionsMost), '--connections-per-user', '64'];
    this.gateway = children.start(
      'gateway',
      [...PARLEY, 'gateway', '--state-dir', join(children.folder, 'box'), '--gateway', '1', ...options, ...most],
      ROOT,
    );
  }

  startChat(): void {
    const size = ['--connections', String(LOCAL.connections), '--rate', String(LOCAL.rate), '--ramp', '60', '--hold-seconds', '7200'];
    this.children.start('chat', [...PARLEY, 'chat', '--box', join(this.children.folder, 'box/box.json'), '--name', 'fire', ...size], ROOT);
  }

  /** More connections, by a load engine of their own; ended by its id. */
  hold(name: string, box: string, options: readonly string[]): Bun.Subprocess {
    return this.children.start(
      name,
      [...PARLEY, 'hold', '--box', box, '--name', `fire-${name}`, '--hold-seconds', '3600', ...options],
      ROOT,
    );
  }

  private async startPrometheus(secondDispatch: number): Promise<void> {
    const { env, forced, children } = this;
    const ours = (job: string, namespace: string, app: string, pod: string, port: string | number): Target => ({
      job,
      address: `127.0.0.1:${port}`,
      labels: { namespace, app, pod },
    });
    const exporters = Object.entries(EXPORTERS).map(([job, samples]): Target => {
      forced.serve(job, samples);
      return {
        job,
        address: forced.address,
        path: `/metrics/${job}`,
        labels: { namespace: 'parley-data', node: 'n1', app: job, pod: `${job}-0` },
      };
    });
    const alerts = [...new Set(ALERT_RULES.map(({ alert }) => alert))].map(
      (alert): Target => ({
        job: 'forced',
        address: forced.address,
        path: `/metrics/${alert}`,
        labels: { app: 'forced' },
        mostSamples: 100,
      }),
    );
    const targets = [
      { ...ours('gateway', 'parley-gateway', 'edges', 'edges-1', env.ADMIN_PORT!), intervalMs: EDGES_INTERVAL_MS },
      ours('gateway', 'parley-gateway', 'relay', 'relay-1', env.RELAY_ADMIN_PORT!),
      ours('services', 'parley-services', 'dispatch', 'dispatch-0', env.DISPATCH_ADMIN_PORT!),
      ours('services', 'parley-services', 'dispatch', 'dispatch-1', secondDispatch),
      ...exporters,
      ...alerts,
    ];
    const rules = ruleFile(ruleGroups(ALERT_RULES, localValues(), COMPRESSED));
    this.prometheus = await Prometheus.start(children, rules, targets, INTERVAL_MS);
    this.watch = new Watch(this.prometheus);
    this.watch.start();
  }

  async ready(): Promise<boolean> {
    const { RELAY_ADMIN_PORT, DISPATCH_ADMIN_PORT, ADMIN_PORT } = this.env;
    const ports = [RELAY_ADMIN_PORT, DISPATCH_ADMIN_PORT, ADMIN_PORT];
    const all = await Promise.all(ports.map((port) => answers(`http://127.0.0.1:${port}/readyz`).catch(() => false)));
    return all.every(Boolean);
  }

  /** Of the first edge of the box, as it says itself. */
  async edgePid(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.env.ADMIN_PORT}/box`);
    const { pids } = (await response.json()) as { readonly pids: { readonly edges: readonly number[] } };
    return pids.edges[0]!;
  }

  serverPid(kind: 'kafka' | 'cassandra' | 'valkey'): number {
    const status = Bun.spawnSync([...PARLEY, 'status', '--name', this.stack, '--json'], { cwd: ROOT });
    const { stacks } = JSON.parse(status.stdout.toString()) as {
      readonly stacks: readonly { readonly servers: readonly { readonly kind: string; readonly pid: number }[] }[];
    };
    return stacks[0]!.servers.find((server) => server.kind === kind)!.pid;
  }

  async end(): Promise<void> {
    this.watch?.stop();
    await this.children.endAll();
    await this.forced.stop();
  }
}
