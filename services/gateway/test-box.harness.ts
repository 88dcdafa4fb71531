/**
 * A box for tests of edges: bus, store, routes, dispatch and relay in memory in the test's own process, real edge
 * processes in front of them. The box of the product, with a relay process and files, is in `box-process.harness.ts`.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { createMemoryBus } from '../bus/bus-memory.ts';
import type { LogBus } from '../bus/log-bus.ts';
import { Dispatch, type DispatchOptions } from '../dispatch/dispatch.ts';
import { DISPATCH_METRICS, dispatchCells } from '../dispatch/metrics.ts';
import { PresenceMemory, PresenceTable } from '../presence/presence-memory.ts';
import { deviceOf, userOf } from '../protocol/ids.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { Metrics } from '../runtime/metrics.ts';
import { servePeers } from '../runtime/peer-link.ts';
import type { Listening } from '../runtime/tcp.ts';
import { locate } from '../runtime/tools.ts';
import { StoreMemory } from '../store/store-memory.ts';
import { bundleWsEdge } from './edge/bundle-ws-edge.ts';
import type { TokenKey } from './edge/token-signature.ts';
import { type EdgeProcessConfig, processEnvironment } from './process-config.ts';
import { RELAY_METRICS, relayCells } from './relay/metrics.ts';
import { Relay, type RelayOptions } from './relay/relay.ts';
import { StateDir } from './state-dir.ts';
import { TestClient } from './test-client.harness.ts';
import { TestProcess } from './test-process.harness.ts';
import type { Endpoint } from './web-socket.harness.ts';

export interface TestBoxOptions {
  readonly transport?: 'bun' | 'ws';
  readonly tls?: boolean;
  /** Where the relay is, also after it was replaced; another free one each time when left out. */
  readonly relayPort?: number;
  /** More than one only on Bun: an older Node can't share a port. */
  readonly edges?: number;
  /** False where somebody else starts them. */
  readonly ownEdges?: false;
  readonly edge?: Partial<EdgeProcessConfig>;
  readonly relay?: Partial<RelayOptions>;
  readonly dispatch?: Partial<DispatchOptions>;
}

export interface TokenOptions {
  readonly kid?: string;
  readonly secret?: Uint8Array;
  readonly lifeSeconds?: number;
  readonly issuedAgoSeconds?: number;
}

export const GENEROUS_ADMISSION = {
  admissionsPerSecond: 1e6,
  admissionBurst: 1e6,
  attemptsPerAddressPerSecond: 1e6,
  attemptsPerAddressBurst: 1e6,
};
const GATEWAY = 1;
const RULES = { messagesPerSecond: 1e6, burst: 1e6, maxConversations: 1e6 };

export class TestBox {
  readonly edges: TestProcess[] = [];
  readonly routes = new RoutesMemory(1e6);
  readonly bus: LogBus;
  readonly store: StoreMemory;
  /** What the relay told its log. */
  readonly log: string[] = [];
  readonly regionKey = { kid: 'region-1', secret: randomBytes(32) };
  private readonly userKey = generateKeyPairSync('ed25519');
  private readonly options: TestBoxOptions;
  private readonly directory = mkdtempSync(join(tmpdir(), 'parley-box-'));
  private readonly secret = randomBytes(32);
  private dispatch: Dispatch;
  private relay: Relay | undefined;
  private relayLives = { value: true };
  private readonly presenceTable = new PresenceTable(1e6);
  private presence: PresenceMemory | undefined;
  private listening: Listening | undefined;
  private relayMetrics = new Metrics(RELAY_METRICS);

  private constructor(options: TestBoxOptions) {
    this.options = options;
    this.bus = createMemoryBus({ partitions: { messages: 4, receipts: 2, deliveries: GATEWAY + 1 }, now: Date.now });
    this.store = new StoreMemory({ partitions: 4, recordAt: (partition, offset) => this.bus.recordAt('messages', partition, offset) });
    this.dispatch = this.newDispatch();
    writeFileSync(join(this.directory, 'link.secret'), this.secret);
  }

  private newDispatch(own: Partial<DispatchOptions> = {}): Dispatch {
    return new Dispatch({
      bus: this.bus,
      store: this.store,
      routes: this.routes,
      push: undefined,
      cells: dispatchCells(new Metrics(DISPATCH_METRICS)),
      rulesAt: () => RULES,
      messageIdMs: 600_000,
      maxIdsPerPartition: 1e6,
      cachedMembers: 1_000,
      storeOutlives: false,
      now: Date.now,
      deadLetter: async (letter) => {
        throw new Error(`dead letter: ${letter.reason}`);
      },
      pause: (milliseconds) => Bun.sleep(milliseconds),
      log: (message) => this.log.push(message),
      ...this.options.dispatch,
      ...own,
    });
  }

  /** Another member in place of the one that was there. */
  async replaceDispatch(own: Partial<DispatchOptions>): Promise<void> {
    await this.dispatch.stop();
    this.dispatch = this.newDispatch(own);
    await this.dispatch.start();
  }

  static async start(options: TestBoxOptions = {}): Promise<TestBox> {
    const box = new TestBox(options);
    try {
      await box.dispatch.start();
      await box.startRelay();
      if (options.ownEdges !== false) for (let edge = 0; edge < (options.edges ?? 1); edge++) await box.startEdge(edge);
      return box;
    } catch (error) {
      await box.stop();
      throw error;
    }
  }

  get endpoint(): Endpoint {
    return { port: this.edges[0]!.port, tls: this.options.tls ?? false };
  }

  get edge(): TestProcess {
    return this.edges[0]!;
  }

  /** For edges that somebody else starts. */
  get relayAt(): { readonly address: string; readonly secretFile: string } {
    return { address: `127.0.0.1:${this.listening!.port}`, secretFile: join(this.directory, 'link.secret') };
  }

  /** Value of a metric of the relay. */
  async relayMetric(name: string): Promise<number> {
    return (
      (await this.relayMetrics.snapshot()).find((metric) => metric.name === name)?.values.reduce((sum, { value }) => sum + value, 0) ?? 0
    );
  }

  async startRelay(own: Partial<RelayOptions> = {}): Promise<void> {
    this.relayMetrics = new Metrics(RELAY_METRICS);
    const lives = { value: true };
    this.relayLives = lives;
    const { bus } = this;
    const presence = new PresenceMemory({
      routes: this.routes,
      table: this.presenceTable,
      listener: {
        changed: (state) => relay.presenceListener?.changed(state),
        typed: (typing) => relay.presenceListener?.typed(typing),
        missed: () => relay.presenceListener?.missed(),
      },
      nowMs: Date.now,
      log: (message) => this.log.push(message),
    });
    this.presence = presence;
    const relay = new Relay({
      gateway: GATEWAY,
      cell: 0,
      // As every process does, a relay that was killed commits nothing more.
      bus: Object.assign(Object.create(bus) as LogBus, {
        commit: async (...position: Parameters<LogBus['commit']>) => (lives.value ? bus.commit(...position) : undefined),
      }),
      store: this.store,
      routes: this.routes,
      presence,
      cells: relayCells(this.relayMetrics),
      edges: this.options.edges ?? 1,
      edgeGraceMs: 3_000,
      pendingBytesLimit: 64 * 1_048_576,
      lingerMs: 0,
      connectionsPerUser: 8,
      mintResumeToken: (device) => Buffer.from(this.token(userOf(device), deviceOf(device))),
      nowMs: Date.now,
      random: Math.random,
      log: (message) => this.log.push(message),
      ...this.options.relay,
      ...own,
    });
    this.relay = relay;
    this.listening = servePeers({
      host: '127.0.0.1',
      port: this.options.relayPort ?? 0,
      secret: this.secret,
      log: (message) => this.log.push(message),
      onPeer: (peer) => relay.linkOpened(peer.stream, peer.close),
    });
    relay.start();
    for (const edge of this.edges) edge.configure({ relayPort: this.listening.port });
  }

  /** The relay is gone at once, as after `kill -9`: its links break and its state is lost. */
  async killRelay(): Promise<void> {
    this.relayLives.value = false;
    this.listening?.close();
    await this.relay?.stop();
    await this.presence?.close();
  }

  /** In place of the one before, where there was one. `own` goes before what the box was told. */
  async startEdge(edge: number, own: Partial<EdgeProcessConfig> = {}): Promise<TestProcess> {
    const { options } = this;
    const tls = options.tls ? new StateDir(this.directory).testCertificate() : undefined;
    const config: EdgeProcessConfig = {
      edge,
      edges: 1,
      host: '127.0.0.1',
      port: this.edges[0]?.port ?? 0,
      relayPort: this.listening!.port,
      secretFile: join(this.directory, 'link.secret'),
      clockSkewSeconds: 2,
      allowedOrigins: ['https://chat.example'],
      maxSessions: 5_000,
      heartbeatSeconds: 30,
      sendBufferBytes: 65_536,
      linkTailBytes: 16 * 1_048_576,
      linkFlushMs: 4,
      speaks: 'newest',
      admission: GENEROUS_ADMISSION,
      drain: { closesPerSecond: 2_000, deadlineMs: 10_000 },
      ...(tls === undefined ? {} : { tls }),
      ...options.edge,
      ...own,
    };
    const command =
      options.transport === 'ws'
        ? [locate('node')!, await bundleWsEdge(this.directory)]
        : [process.execPath, new URL('edge/main-bun.ts', import.meta.url).pathname];
    const started = await TestProcess.start({ command, environment: processEnvironment(config), configuration: { keys: this.keys() } });
    this.edges[edge] = started;
    return started;
  }

  /** The keys whose tokens count. */
  keys(): TokenKey[] {
    return [
      { kid: 'user-1', algorithm: 'EdDSA', key: this.userKey.publicKey.export({ format: 'pem', type: 'spki' }).toString() },
      { kid: this.regionKey.kid, algorithm: 'HS256', key: this.regionKey.secret.toString('base64url') },
    ];
  }

  /** A resume token, by the region's key. */
  token(user: number, device = 0, options: TokenOptions = {}): string {
    const { kid = this.regionKey.kid, secret = this.regionKey.secret } = options;
    return createSigner({ key: Buffer.from(secret), algorithm: 'HS256', kid })(claims(user, device, options));
  }

  /** A user's token, by the key of who signs users in. */
  userToken(user: number, device = 0, options: TokenOptions = {}): string {
    const key = this.userKey.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return createSigner({ key, algorithm: 'EdDSA', kid: 'user-1' })(claims(user, device, options));
  }

  /** A client that is live. */
  live(user: number, device = 0, hello: Parameters<typeof TestClient.live>[2] = {}): Promise<TestClient> {
    return TestClient.live(this.endpoint, this.token(user, device), hello);
  }

  /** Devices of a user that have a route. */
  async devicesOf(user: number): Promise<number[]> {
    return (await this.routes.lookup([user])).routes[0]!.map((route) => deviceOf(route.device)).sort((a, b) => a - b);
  }

  async stop(): Promise<void> {
    await Promise.all(this.edges.map((edge) => edge?.end()));
    await this.killRelay();
    await this.dispatch.stop();
    await this.bus.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function claims(user: number, dev: number, { lifeSeconds = 600, issuedAgoSeconds = 0 }: TokenOptions) {
  const iat = Math.floor(Date.now() / 1_000) - issuedAgoSeconds;
  return { sub: String(user), dev, iat, exp: iat + lifeSeconds };
}

/** Waits until something holds, looking every few milliseconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string | (() => string), limitMs = 8_000): Promise<void> {
  const until = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error(`waited ${limitMs} ms for ${typeof what === 'string' ? what : what()}`);
    await Bun.sleep(10);
  }
}
