/**
 * All parts of a simulated system: the backends, the boxes with the product's edges and relays, the dispatchers, the
 * devices. Starts them, and starts them again; what is done to them is elsewhere.
 */
import { Dispatch } from '../dispatch/dispatch.ts';
import { dispatchCells } from '../dispatch/metrics.ts';
import { type RelayCells, relayCells } from '../gateway/relay/metrics.ts';
import { Relay } from '../gateway/relay/relay.ts';
import type { ConversationId } from '../protocol/ids.ts';
import type { Push } from '../push/push.ts';
import type { Routes } from '../routes/routes.ts';
import { RoutesMemory } from '../routes/routes-memory.ts';
import { seededNumbers } from '../runtime/seeded-numbers.ts';
import { PrivacyHistory } from '../store/privacy-history.ts';
import type { DecidedBatch, Store } from '../store/store.ts';
import { StoreMemory } from '../store/store-memory.ts';
import { type Dice, PENDING_BYTES, SimEdge, type SimRelay, Uncounted } from './box.ts';
import { type Backend, Courier, remotePort, type Weather } from './courier.ts';
import { Device } from './device.ts';
import type { Flaws } from './flaws.ts';
import { positionMoved } from './judge.ts';
import { conversationsOf, keyOf } from './operations.ts';
import { Oracle } from './oracle.ts';
import { CALM_FAULTS, type Schedule } from './schedule.ts';
import { BusServer, SimBus } from './sim-bus.ts';
import { Life, type VirtualTime, WORLD } from './virtual-time.ts';

export interface Gateway {
  readonly number: number;
  readonly edges: readonly SimEdge[];
  relay: SimRelay | undefined;
  cells: RelayCells | undefined;
  courier: Courier | undefined;
  starts: number;
}

export interface Dispatcher {
  readonly number: number;
  life: Life | undefined;
  dispatch: Dispatch | undefined;
  starts: number;
}

const RECEIPT_PARTITIONS = 1;
const EDGE_GRACE_MS = 800;
const MESSAGE_ID_MS = 600_000;
/** Longer than a notice is under way. */
const LIVE_FOR_SURE_MS = 4_000;

export class System {
  readonly schedule: Schedule;
  readonly time: VirtualTime;
  readonly flaws: Flaws;
  readonly below: Dice;
  readonly weather: Weather;
  readonly oracle: Oracle;
  readonly bus: BusServer;
  readonly storeBackend: Backend = { name: 'store', keepsOrder: false, awayUntilMs: 0 };
  readonly routesBackend: Backend = { name: 'routes', keepsOrder: true, awayUntilMs: 0 };
  store!: StoreMemory;
  /** The same, as commands reach it. */
  private watchedStore!: Store;
  routes!: RoutesMemory;
  /** Which table of routes stands: a lease says that it is whole in the one that its process knows. */
  private table = 0;
  private readonly privacy = new PrivacyHistory();
  readonly gateways: Gateway[] = [];
  readonly dispatchers: Dispatcher[] = [];
  readonly devices: Device[] = [];
  readonly conversations: readonly ConversationId[];
  private readonly lostListeners: Array<{ readonly life: Life; readonly listener: (table: number) => void }> = [];
  /** No fault of the schedule touches a session that is open, or what is known of it. */
  private readonly calm: boolean;
  /** Something was violated: the run ends. */
  failed = false;

  constructor(schedule: Schedule, time: VirtualTime, flaws: Flaws) {
    this.schedule = schedule;
    this.time = time;
    this.flaws = flaws;
    this.calm = schedule.failures === 0 && schedule.faults.every(({ kind }) => CALM_FAULTS.has(kind));
    const below = seededNumbers(Math.imul(schedule.seed, 0x85eb_ca6b) ^ 0x51ed);
    this.below = below;
    this.weather = { failures: schedule.failures, below };
    this.oracle = new Oracle({ messagesPerSecond: schedule.messagesPerSecond, burst: schedule.burst }, (what) => {
      this.failed = true;
      time.note(() => `VIOLATION ${what}`);
    });
    this.bus = new BusServer(
      time,
      { messages: schedule.partitions, receipts: RECEIPT_PARTITIONS, deliveries: schedule.gateways + 1 },
      below,
      {
        appended: (topic, partition, records) => {
          if (topic === 'messages') this.oracle.appended(partition, records);
        },
        committed: (group, topic, partition, before, next) => {
          if (topic === 'messages') positionMoved(this, group, partition, before, next);
        },
        fenced: () => undefined,
      },
    );
    this.emptyBackends();
    this.conversations = conversationsOf(schedule);
    for (let number = 1; number <= schedule.gateways; number++) {
      const gateway: Gateway = {
        number,
        edges: Array.from(
          { length: schedule.edges },
          (_, edge): SimEdge => new SimEdge(time, this.below, number, edge, number % 2 === 0 ? schedule.skewMs : 0, () => gateway.relay),
        ),
        relay: undefined,
        cells: undefined,
        courier: undefined,
        starts: 0,
      };
      this.gateways.push(gateway);
      this.startRelay(gateway);
    }
    for (let number = 0; number < schedule.dispatchers; number++) {
      const dispatcher: Dispatcher = { number, life: undefined, dispatch: undefined, starts: 0 };
      this.dispatchers.push(dispatcher);
      this.startDispatch(dispatcher);
    }
    const edges = this.gateways.flatMap((gateway) => gateway.edges);
    schedule.clients.forEach((user, index) => {
      const device = schedule.clients.slice(0, index).filter((other) => other === user).length;
      const key = keyOf(user, device);
      this.devices.push(new Device(time, this.below, this.oracle, `device-${index}`, key, edges, this.flaws));
    });
  }

  /** Store and routes as a new process has them; what users wish about receipts is in a file. */
  private emptyBackends(): void {
    const { partitions, gateways } = this.schedule;
    const recordAt = (partition: number, offset: number) => this.bus.log('messages', partition)[offset];
    this.store = new StoreMemory({ partitions, recordAt, privacy: this.privacy });
    this.watchedStore = watched(this.store, this.oracle);
    this.routes = new RoutesMemory(10_000, { gateways });
    this.table++;
  }

  get backends(): readonly Backend[] {
    return [this.bus, this.storeBackend, this.routesBackend];
  }

  loseRoutes(): void {
    this.routes.lose();
    this.table++;
    this.tellRoutesLost();
  }

  /** The routes may be gone: each relay hears of it after a while. */
  private tellRoutesLost(): void {
    const { table } = this;
    for (const { life, listener } of this.lostListeners) this.time.after(life, 5 + this.below(500), 'routes lost', () => listener(table));
  }

  startRelay(gateway: Gateway): void {
    const life = new Life(`relay-${gateway.number}/${++gateway.starts}`);
    gateway.relay = undefined;
    this.time.after(life, 1, 'start', () => {
      const { flaws } = this;
      const courier = new Courier(this.time, life, this.weather, false);
      const bus = new SimBus(this.bus, courier, () => this.oracle.violated('a gap in the log of deliveries'));
      const cells = relayCells(new Uncounted());
      const relay = new Relay({
        gateway: gateway.number,
        cell: 0,
        bus: flaws.relayBus?.(bus) ?? bus,
        store: this.remoteStore(courier, flaws.relayStore),
        routes: this.remoteRoutes(courier, flaws.relayRoutes),
        cells,
        edges: this.schedule.edges,
        edgeGraceMs: EDGE_GRACE_MS,
        pendingBytesLimit: PENDING_BYTES,
        lingerMs: this.below(3) * 2,
        connectionsPerUser: 8,
        speaks: gateway.starts % 3 === 0 ? 'predecessor' : 'newest',
        mintResumeToken: () => new Uint8Array(0),
        nowMs: Date.now,
        random: Math.random,
        log: (message) => this.time.note(() => message),
      });
      gateway.relay = { life, relay, links: new Set() };
      gateway.cells = cells;
      gateway.courier = courier;
      relay.start();
    });
  }

  /** A dispatcher's process ends; one that has the backends in it takes them with it. */
  endDispatch(life: Life): void {
    life.alive = false;
    if (this.schedule.embedded) for (const backend of this.backends) backend.awayUntilMs = Number.POSITIVE_INFINITY;
  }

  startDispatch(dispatcher: Dispatcher): void {
    const life = new Life(`dispatch-${dispatcher.number}/${++dispatcher.starts}`);
    dispatcher.life = life;
    this.time.after(life, 1, 'start', () => {
      const { flaws, schedule } = this;
      const { embedded } = schedule;
      if (embedded) {
        this.emptyBackends();
        for (const backend of this.backends) backend.awayUntilMs = Number.POSITIVE_INFINITY;
      }
      const courier = new Courier(this.time, life, this.weather, embedded);
      const bus = new SimBus(this.bus, courier, () => this.oracle.violated('a gap in the log of messages'));
      dispatcher.dispatch = new Dispatch({
        bus: flaws.dispatchBus?.(bus) ?? bus,
        store: this.remoteStore(courier, flaws.dispatchStore),
        routes: this.remoteRoutes(courier, flaws.dispatchRoutes),
        cells: dispatchCells(new Uncounted()),
        push: this.pushTo(life),
        rulesAt: () => ({ messagesPerSecond: schedule.messagesPerSecond, burst: schedule.burst, maxConversations: 1e6 }),
        messageIdMs: flaws.messageIdMs ?? MESSAGE_ID_MS,
        maxIdsPerPartition: 100_000,
        cachedMembers: 10_000,
        storeOutlives: !embedded,
        now: Date.now,
        deadLetter: async (letter) => this.oracle.violated(`a dead letter: ${letter.reason}`),
        pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
        log: (message) => this.time.note(() => message),
      });
      const started = () => {
        if (!embedded || !life.alive) return;
        for (const backend of this.backends) backend.awayUntilMs = 0;
        if (dispatcher.starts > 1) this.tellRoutesLost();
      };
      // As its process does: it ends, and is started again.
      dispatcher.dispatch.start().then(started, (error: Error) => {
        this.time.note(() => `dispatch did not start: ${error.message}`);
        if (!life.alive) return;
        this.endDispatch(life);
        this.time.after(WORLD, 100 + this.below(200), 'start again', () => dispatcher.life === life && this.startDispatch(dispatcher));
      });
    });
  }

  /** A push service that takes everything. Who is pushed while nothing ails his session is pushed by mistake. */
  private pushTo(life: Life): Push {
    return {
      close: async () => undefined,
      send: (notices) =>
        new Promise((resolve) => {
          for (const { device } of notices) {
            const known = this.devices.find(({ client }) => client.device === device);
            if (this.calm && known !== undefined && known.client.liveForMs > LIVE_FOR_SURE_MS)
              this.oracle.violated(`device ${device} is pushed and has been live for ${known.client.liveForMs} ms`);
          }
          this.time.after(life, 2, 'pushed', () => resolve(notices.map(() => ({ kind: 'taken' }))));
        }),
    };
  }

  private remoteStore(courier: Courier, flaw: ((store: Store) => Store) | undefined): Store {
    const remote = remotePort<Store>(
      courier,
      this.storeBackend,
      () => this.watchedStore,
      { close: async () => undefined },
      (method, values) => (method === 'write' ? () => this.writePartly(values[0] as DecidedBatch) : undefined),
    );
    return flaw?.(remote) ?? remote;
  }

  /** Of a write that was cut off some conversations are there up to some point, others not, and the progress has not moved. */
  private writePartly(batch: DecidedBatch): void {
    const upTo = new Map<ConversationId, number>();
    const isThere = (conversation: ConversationId, offset: number) => {
      const last = upTo.get(conversation) ?? offset + this.below(4) - 2;
      upTo.set(conversation, last);
      return offset <= last;
    };
    const applied = batch.applied.filter(({ conversation }) => isThere(conversation.id, conversation.offset));
    const rejections = batch.rejections.filter(({ conversation, offset }) => isThere(conversation, offset));
    void this.store.write({ ...batch, applied, rejections, nextOffset: 0 });
  }

  private remoteRoutes(courier: Courier, flaw: ((routes: Routes) => Routes) | undefined): Routes {
    let known = this.table;
    const remote = remotePort<Routes>(courier, this.routesBackend, () => this.routes, {
      close: async () => undefined,
      onLost: (listener) => {
        const heard = (table: number) => {
          known = Math.max(known, table);
          listener();
        };
        this.lostListeners.push({ life: courier.life, listener: heard });
      },
      // What is whole is the table that the caller knows; the one that stands may be another.
      renewLease: (gateway, leaseMs, whole, bornMs) => {
        const [said, what] = [known, 'routes.renewLease'];
        courier.note(() => `asks ${what} [${gateway},${leaseMs},${whole},${bornMs}] of table ${said}`);
        return courier.call(this.routesBackend, what, () => this.routes.renewLease(gateway, leaseMs, whole && said === this.table, bornMs));
      },
    });
    return flaw?.(remote) ?? remote;
  }
}

/** A store whose marks are looked at as they come. */
function watched(store: StoreMemory, oracle: Oracle): Store {
  return new Proxy<Store>(store, {
    get(target, name) {
      const value = (target as unknown as Record<PropertyKey, unknown>)[name];
      if (typeof value !== 'function') return value;
      if (name !== 'markReceipts') return value.bind(target);
      return (marks: Parameters<Store['markReceipts']>[0]) => {
        for (const { kind, device, conversation, sequence } of marks) {
          oracle.marked(device, conversation, sequence);
          if (kind === 'read') oracle.receipts.marked(device, conversation, sequence);
        }
        return value.call(target, marks);
      };
    },
  });
}
