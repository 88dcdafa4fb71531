/**
 * What the run does its faults to: a stack of `parley up`, the parts of a box each by its own verb, dispatch, a chat among a few
 * hundred connections, Prometheus with the rules, and forced series for what this machine has not.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ruleFile, ruleGroups } from '../../dashboards/alerts/render-rules.ts';
import { ALERT_RULES } from '../../dashboards/alerts/rules.ts';
import { ROOT } from '../check/project.ts';
import { answers, Children, freePort, until } from './children.ts';
import { type BackendsSettings, PushStandIn, readBackends } from './connect.ts';
import { EXPORTERS, Exporter } from './exporters.ts';
import { OTHER_GATEWAYS } from './faults-box.ts';
import { ForcedSeries } from './forced-series.ts';
import { LOCAL, localValues } from './local-plan.ts';
import { OtherBox } from './other-box.ts';
import { Prometheus, type Target } from './prometheus.ts';
import { putRedisCli } from './redis-cli.ts';
import { Watch } from './watch.ts';

/** Windows and waits of the rules are divided by it. */
export const COMPRESSED = 20;
const INTERVAL_MS = 1_500;
/** A supervisor waits 2 s for a process that is silent before it says so. */
const EDGES_INTERVAL_MS = 2_500;
const EDGES = 2;
const PARLEY = [process.execPath, join(ROOT, 'parley.ts')];
const START_MS = 120_000;

/** Of a target that is there to be forced; more and Prometheus drops it. */
export const MOST_SAMPLES = 100;

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
  readonly redisExporter: Exporter;
  readonly clockExporter: Exporter;
  readonly diskExporter: Exporter;
  /** What the push service answers. */
  pushTakes = true;
  isUp = true;
  private push!: PushStandIn;
  private readonly otherBoxes = new Map<string, OtherBox>();
  private readonly settings: BackendsSettings;
  private readonly secondDispatch = String(freePort());

  constructor(folder: string, stack: string) {
    mkdirSync(join(folder, 'bin'), { recursive: true });
    this.children = new Children(folder);
    this.stack = stack;
    for (const [name, gateway] of Object.entries(OTHER_GATEWAYS)) this.otherBoxes.set(name, new OtherBox(this.children, PARLEY, gateway));
    this.redisExporter = new Exporter(this.children, 'redis-exporter');
    this.clockExporter = new Exporter(this.children, 'clock-exporter');
    this.diskExporter = new Exporter(this.children, 'disk-exporter');
    // The launcher starts Bun as a child of its own; here the process that a runbook starts is the one that is ended.
    writeFileSync(join(folder, 'bin', 'npx'), `#!/bin/sh\nshift\nexec ${PARLEY.join(' ')} "$@"\n`, { mode: 0o755 });
    this.backends = join(folder, 'backends.json');
    this.settings = this.ownSettings();
    for (const name of ['link', 'region']) writeFileSync(join(folder, `${name}.secret`), `a secret of the ${name} of this run`);
    this.env = {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      STACK: stack,
      BACKENDS: this.backends,
      EDGES: String(EDGES),
      RELAY_PORT: String(freePort()),
      RELAY_ADMIN_PORT: String(freePort()),
      PORT: String(freePort()),
      ADMIN_PORT: String(freePort()),
      DISPATCH_ADMIN_PORT: String(freePort()),
      LINK_SECRET: join(folder, 'link.secret'),
      REGION_SECRET: join(folder, 'region.secret'),
      LOG: join(folder, 'mitigations.log'),
      CONNECTIONS: String(LOCAL.connectionsMost),
    };
  }

  /** Topics, tables and keys that no other run has. */
  private ownSettings(): BackendsSettings {
    const settings = readBackends(join(ROOT, '.parley/stacks', this.stack, 'backends.json'));
    const word = `fire${Date.now().toString(36)}`;
    const partitions = { messages: LOCAL.messagePartitions, receipts: 4, deliveries: 2 };
    return {
      ...settings,
      kafka: { ...settings.kafka, prefix: `${word}.`, partitions },
      cassandra: { ...settings.cassandra, keyspace: word },
      redis: { ...settings.redis, prefix: `${word}:` },
    };
  }

  get redisServer(): string {
    return this.settings.redis.nodes[0]!;
  }

  otherBox(name: keyof typeof OTHER_GATEWAYS): OtherBox {
    return this.otherBoxes.get(name)!;
  }

  async start(): Promise<void> {
    const { children } = this;
    await putRedisCli(join(children.folder, 'bin'));
    this.push = await PushStandIn.start({ answer: () => (this.pushTakes ? { status: 200 } : { status: 503 }) });
    writeFileSync(this.backends, JSON.stringify({ ...this.settings, push: { url: this.push.url } }, undefined, 1));
    const migrated = children.start('migrate', [...PARLEY, 'migrate', '--backends', this.backends], ROOT);
    if ((await migrated.exited) !== 0) throw new Error(`migrate failed: see ${children.folder}/migrate.log`);
    this.startDispatches();
    this.startRelay();
    this.startGateway();
    await until('relay, dispatch and gateway are ready', START_MS, () => this.ready());
    this.startChat();
    await this.startPrometheus();
  }

  startDispatches(): void {
    for (const port of [this.env.DISPATCH_ADMIN_PORT!, this.secondDispatch]) this.startDispatch(port);
  }

  private startDispatch(port: string): void {
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
    const options = [
      '--edges',
      env.EDGES!,
      '--relay',
      `127.0.0.1:${env.RELAY_PORT}`,
      '--port',
      env.PORT!,
      '--admin-port',
      env.ADMIN_PORT!,
      ...secrets,
    ];
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

  private async startPrometheus(): Promise<void> {
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
        mostSamples: MOST_SAMPLES,
      }),
    );
    const targets = [
      { ...ours('gateway', 'parley-gateway', 'edges', 'edges-1', env.ADMIN_PORT!), intervalMs: EDGES_INTERVAL_MS },
      ours('gateway', 'parley-gateway', 'relay', 'relay-1', env.RELAY_ADMIN_PORT!),
      ours('services', 'parley-services', 'dispatch', 'dispatch-0', env.DISPATCH_ADMIN_PORT!),
      ours('services', 'parley-services', 'dispatch', 'dispatch-1', this.secondDispatch),
      ...[...this.otherBoxes.values()].map(({ target }) => target),
      this.redisExporter.target('redis', { pod: 'redis-1' }),
      this.clockExporter.target('nodes', { node: 'n-clock' }),
      this.diskExporter.target('nodes', { node: 'n-disk' }),
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

  /** Until so many connections of a box are held. */
  async connectionsOf(box: OtherBox, count: number): Promise<void> {
    const query = `parley_edge_connections{pod="${box.pod}"} >= ${count}`;
    await until(`${box.pod} holds ${count} connections`, START_MS, async () => (await this.prometheus.value(query)).includes('"metric"'));
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
    this.isUp = false;
    this.watch?.stop();
    await this.children.endAll();
    await Promise.all([this.forced.stop(), this.push?.close()]);
  }
}
