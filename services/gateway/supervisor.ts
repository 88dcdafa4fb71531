/**
 * The supervisor of a box: starts the embedded backends, or dispatch on real ones, the relay and the edges, starts again
 * what dies, hands out keys, and answers for the box on one admin port. It holds no connection of a client.
 */

import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { DISPATCH_CONFIG_VARIABLE, type DispatchConfig } from '../dispatch/config.ts';
import { EMBEDDED_CONFIG_VARIABLE, type EmbeddedConfig } from '../embedded/config.ts';
import { type AdminServer, serveAdmin } from '../runtime/admin-server.ts';
import { BuildsOfBox } from '../runtime/build.ts';
import { createLog, type Log } from '../runtime/log.ts';
import { BEFORE_EDGES } from '../runtime/precedence.ts';
import type { Speaks } from '../runtime/versions.ts';
import { FactsOfBox } from './box-facts.ts';
import { BoxMetrics } from './box-metrics.ts';
import {
  certificateOf,
  demandCertificate,
  demandFreePort,
  demandNode,
  demandRelay,
  lockStateDir,
  NotStartable,
  openFilesLimit,
  type RelayAddress,
  readRevocations,
  readUserKeys,
} from './box-preconditions.ts';
import { Child } from './child.ts';
import type { GatewayConfig } from './config.ts';
import { bundleWsEdge } from './edge/bundle-ws-edge.ts';
import type { Revocation } from './edge/tokens.ts';
import { planEdges } from './edge-plan.ts';
import { FilesWatch } from './files-watch.ts';
import { processEnvironment } from './process-config.ts';
import { edgeSettings, relaySettings } from './process-settings.ts';
import { type RegionKeySource, regionKeySource } from './region-keys.ts';
import { StateDir, type UserKey } from './state-dir.ts';

const STOP_MS = 15_000;
const START_DEADLINE_MS = 60_000;

export class Supervisor {
  private readonly config: GatewayConfig;
  private readonly dir: StateDir;
  private readonly log: Log = createLog('supervisor');
  private readonly regionKeys: RegionKeySource;
  private userKeys: readonly UserKey[];
  private revocations: readonly Revocation[];
  /** The embedded backends; undefined on real ones. */
  private readonly embedded: Child | undefined;
  private readonly dispatchers: readonly Child[];
  /** Undefined where the relay runs on its own. */
  private readonly relay: Child | undefined;
  private readonly relayElsewhere: RelayAddress | undefined;
  private readonly bornMs = Date.now();
  private readonly edges: Child[] = [];
  private readonly maxSessionsPerEdge: number;
  private readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  private readonly certificates: FilesWatch;
  private readonly lists: FilesWatch;
  private backendPort: number | undefined;
  private relayPort: number | undefined;
  private port: number;
  private admin: AdminServer | undefined;
  private rotation: ReturnType<typeof setInterval> | undefined;
  private wsEdge: string | undefined;
  private stopped: Promise<void> | undefined;
  private allReady!: () => void;
  private notReady!: (reason: string) => void;
  private startTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly scrapes = new BoxMetrics();
  private readonly builds = new BuildsOfBox();
  private readonly facts: FactsOfBox;
  private readonly lock: { release(): void };

  /** Throws with a sentence for people when the box can't be started as asked. */
  constructor(config: GatewayConfig) {
    this.config = config;
    this.dir = new StateDir(config.stateDir);
    this.lock = lockStateDir(this.dir);
    this.dir.remove('box.json');
    this.port = config.port;
    const plan = planEdges(config.edges, config.maxConnections, openFilesLimit(), cpus().length);
    if ('infeasible' in plan) throw new NotStartable(plan.infeasible);
    this.maxSessionsPerEdge = plan.maxSessionsPerEdge;
    this.relayElsewhere = config.relay === '' ? undefined : demandRelay(config);
    this.relayPort = this.relayElsewhere?.port;
    this.regionKeys = regionKeySource(config.regionSecretFile, config.resumeKeySeconds);
    const testKey = this.dir.testUserKey();
    this.userKeys = config.userKeysFile === '' ? [testKey] : readUserKeys(config.userKeysFile);
    this.revocations = config.revocationsFile === '' ? [] : readRevocations(config.revocationsFile);
    if (config.transport === 'ws') demandNode(plan.edges);
    this.tls = config.tls ? certificateOf(config, () => this.dir.testCertificate()) : undefined;
    this.facts = new FactsOfBox(config, plan.edges, this.tls?.certificate);
    const { tls, log } = this;
    const [everyMs, listsMs] = [config.tlsCheckSeconds * 1_000, config.keysCheckSeconds * 1_000];
    const pair = tls === undefined ? [] : [tls.certificate, tls.key];
    this.certificates = new FilesWatch({
      what: 'certificate',
      files: pair,
      everyMs,
      demand: () => demandCertificate(pair[0]!, pair[1]!),
      log,
    });
    const lists = [config.userKeysFile, config.revocationsFile];
    this.lists = new FilesWatch({
      what: 'keys',
      files: lists.filter((file) => file !== ''),
      everyMs: listsMs,
      demand: () => undefined,
      log,
    });
    const ownBackends = this.relayElsewhere === undefined;
    const real = config.backends !== '';
    this.embedded = real || !ownBackends ? undefined : this.embeddedChild();
    this.dispatchers = Array.from({ length: real && ownBackends ? config.dispatchers : 0 }, (_, number) => this.dispatchChild(number));
    this.relay = ownBackends ? this.relayChild() : undefined;
    for (let edge = 0; edge < plan.edges; edge++) this.edges.push(this.edgeChild(edge, plan.edges));
  }

  /** Resolves when every process is ready; rejects when that takes too long. */
  async start(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.allReady = resolve;
      this.notReady = (reason) => reject(new NotStartable(`${reason}: see the log above`));
    });
    demandFreePort(this.config.host, this.config.port, '--port');
    demandFreePort(this.config.adminHost, this.config.adminPort, '--admin-port');
    this.startAdmin();
    this.writeTestKeys();
    this.rotation = setInterval(() => this.rotateKeys(), this.regionKeys.rotationMs);
    this.certificates.start(() => this.renewCertificate());
    this.lists.start(() => this.readLists());
    if (this.config.transport === 'ws') this.wsEdge = await bundleWsEdge(this.dir.path);
    if (this.embedded !== undefined) this.embedded.start();
    else if (this.relay === undefined) this.edges[0]!.start();
    else {
      for (const dispatcher of this.dispatchers) dispatcher.start();
      this.relay.start();
    }
    await ready;
    this.dir.write('box.json', this.describe());
  }

  /** Reads certificate, user keys and revocations again. What can't be read changes nothing. */
  reload(): void {
    this.certificates.look();
    this.readLists();
  }

  private readLists(): void {
    const { userKeysFile, revocationsFile } = this.config;
    try {
      if (userKeysFile !== '') this.userKeys = readUserKeys(userKeysFile);
      if (revocationsFile !== '') this.revocations = readRevocations(revocationsFile);
    } catch (error) {
      return this.log.error('nothing reloaded', { message: (error as Error).message });
    }
    for (const edge of this.edges) edge.configure({ keys: this.edgeKeys(), revocations: this.revocations });
    this.log.info('reloaded', { userKeys: this.userKeys.length, revocations: this.revocations.length });
  }

  /** Ends when everything has ended, however often it is asked for. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    this.facts.drainBegins();
    clearInterval(this.rotation);
    clearTimeout(this.startTimer);
    this.certificates.stop();
    this.lists.stop();
    // From here on nobody should come: the file says where a box is that is ready.
    this.dir.remove('box.json');
    await Promise.all(this.edges.map((edge) => edge.stop(this.config.drainSeconds * 1_000 + STOP_MS)));
    await this.relay?.stop(STOP_MS);
    await Promise.all([this.embedded, ...this.dispatchers].map((child) => child?.stop(STOP_MS)));
    await this.admin?.stop();
    this.lock.release();
  }

  /** What box.json and /box say. */
  describe(): Record<string, unknown> {
    const scheme = this.tls === undefined ? 'ws' : 'wss';
    const host = this.config.host === '0.0.0.0' ? '127.0.0.1' : this.config.host;
    return {
      schema: 1,
      url: `${scheme}://${host}:${this.port}/v1`,
      adminUrl: `http://${this.config.adminHost}:${this.admin?.port}`,
      tls: this.config.tls,
      gateway: this.config.gateway,
      build: this.builds.said,
      keysFile: this.dir.file('keys.json'),
      pids: {
        supervisor: process.pid,
        relay: this.relay?.pid,
        ...(this.embedded === undefined
          ? { dispatchers: this.dispatchers.map((dispatcher) => dispatcher.pid) }
          : { embedded: this.embedded.pid }),
        edges: this.edges.map((edge) => edge.pid),
      },
      config: this.config,
    };
  }

  private dispatchChild(number: number): Child {
    return new Child({
      name: `dispatch-${number}`,
      niceness: BEFORE_EDGES,
      log: this.log,
      onHopeless: (name) => this.notReady(`${name} does not start`),
      command: () => [process.execPath, '--smol', this.entry('../dispatch/main.ts')],
      environment: () => {
        const config: DispatchConfig = { backendsFile: this.config.backends, speaks: this.speaks };
        return { [DISPATCH_CONFIG_VARIABLE]: JSON.stringify(config) };
      },
      onReady: () => this.countReady(),
    });
  }

  private embeddedChild(): Child {
    return new Child({
      name: 'embedded',
      niceness: BEFORE_EDGES,
      log: this.log,
      onHopeless: (name) => this.notReady(`${name} does not start`),
      command: () => [process.execPath, '--smol', this.entry('../embedded/main.ts')],
      environment: () => ({
        [EMBEDDED_CONFIG_VARIABLE]: JSON.stringify(this.embeddedConfig()),
      }),
      onReady: (port) => {
        this.backendPort = port!;
        // A long log takes its time to be read.
        this.limitStart();
        if (this.relay!.pid === undefined) this.relay!.start();
        else this.relay!.configure({ backendPort: port });
      },
    });
  }

  /** The backends are there: from here on there is a limit. Real ones are waited for as long as it takes. */
  private limitStart(): void {
    this.startTimer ??= setTimeout(() => this.notReady(`the box was not ready in ${START_DEADLINE_MS / 1_000} s`), START_DEADLINE_MS);
  }

  private embeddedConfig(): EmbeddedConfig {
    return {
      directory: this.dir.file('embedded'),
      secretFile: this.dir.secretFile(),
      // A free one at each start: in the meantime some connection may have taken the former as its own.
      port: 0,
      maxBytes: this.config.messageLogBytes,
      conversationRate: this.config.conversationRate,
      linkFlushMs: this.config.linkFlushMs,
      speaks: this.speaks,
    };
  }

  private relayChild(): Child {
    const { config } = this;
    return new Child({
      name: 'relay',
      niceness: BEFORE_EDGES,
      log: this.log,
      onHopeless: (name) => this.notReady(`${name} does not start`),
      command: () => [process.execPath, '--smol', this.entry('relay/main.ts')],
      environment: () => {
        const settings = relaySettings(config, {
          edges: this.edges.length,
          backendPort: this.embedded === undefined ? undefined : this.backendPort!,
          secretFile: this.linkSecretFile,
          bornMs: this.bornMs,
        });
        return processEnvironment(settings);
      },
      configuration: () => ({ regionKey: this.regionKeys.current }),
      onReady: (port) => {
        this.relayPort = port!;
        this.limitStart();
        for (const edge of this.edges) edge.configure({ relayPort: port });
        // The first edge takes the port that the others share.
        if (this.edges[0]!.pid === undefined) this.edges[0]!.start();
      },
    });
  }

  private edgeChild(edge: number, edges: number): Child {
    const { config } = this;
    return new Child({
      name: `edge-${edge}`,
      log: this.log,
      onHopeless: (name) => this.notReady(`${name} does not start`),
      command: () => (config.transport === 'bun' ? [process.execPath, '--smol', this.entry('edge/main-bun.ts')] : ['node', this.wsEdge!]),
      environment: () => {
        const settings = edgeSettings(config, {
          edge,
          edges,
          port: this.port,
          relay: this.relayElsewhere ?? { port: this.relayPort! },
          secretFile: this.linkSecretFile,
          maxSessions: this.maxSessionsPerEdge,
          tls: this.tls,
        });
        return processEnvironment(settings);
      },
      configuration: () => ({ keys: this.edgeKeys(), revocations: this.revocations, relayPort: this.relayPort }),
      onReady: (port) => {
        this.port = port!;
        for (const other of this.edges) if (other.pid === undefined && other.starts === 0) other.start();
        this.countReady();
      },
    });
  }

  /** Of a process that is about to be started. */
  private entry(path: string): string {
    this.builds.look();
    return fileURLToPath(new URL(path, import.meta.url));
  }

  private get linkSecretFile(): string {
    return this.config.linkSecretFile === '' ? this.dir.secretFile() : this.config.linkSecretFile;
  }

  private renewCertificate(): void {
    for (const edge of this.edges) edge.configure({ renewTls: true });
    this.facts.certificateIsServed();
    this.log.info('certificate renewed', { edges: this.edges.length });
  }

  private get speaks(): Speaks {
    return this.config.speaks as Speaks;
  }

  private get children(): readonly Child[] {
    return [
      ...(this.embedded === undefined ? [] : [this.embedded]),
      ...this.dispatchers,
      ...(this.relay === undefined ? [] : [this.relay]),
      ...this.edges,
    ];
  }

  private countReady(): void {
    if (this.children.every(({ ready }) => ready)) this.allReady();
  }

  private edgeKeys(): unknown[] {
    return [
      ...this.userKeys.map(({ kid, publicKeyPem }) => ({ kid, algorithm: 'EdDSA', key: publicKeyPem })),
      ...this.regionKeys.accepted.map(({ kid, secretBase64Url }) => ({ kid, algorithm: 'HS256', key: secretBase64Url })),
    ];
  }

  private rotateKeys(): void {
    try {
      this.regionKeys.rotate();
    } catch (error) {
      return this.log.error('no new region keys', { message: (error as Error).message });
    }
    for (const edge of this.edges) edge.configure({ keys: this.edgeKeys() });
    this.relay?.configure({ regionKey: this.regionKeys.current });
    this.writeTestKeys();
  }

  private writeTestKeys(): void {
    if (this.config.userKeysFile === '') this.dir.writeKeys(this.regionKeys.current, this.dir.testUserKey());
  }

  private startAdmin(): void {
    this.admin = serveAdmin({
      host: this.config.adminHost,
      port: this.config.adminPort,
      unready: () => this.unready(),
      metrics: () => this.metrics(),
      documents: { '/box': () => this.describe() },
    });
  }

  private unready(): string | undefined {
    if (this.stopped !== undefined) return 'draining';
    const missing = this.children.filter((child) => !child.ready).map((child) => child.name);
    return missing.length > 0 ? missing.join(', ') : undefined;
  }

  private async metrics(): Promise<string> {
    const answers = this.children.map(async (child) => ({ process: child.name, starts: child.starts, snapshot: await child.metrics() }));
    return this.scrapes.render(await Promise.all(answers), this.facts.now);
  }
}
