/**
 * What each operation on Redis costs in processor time of the server and of its client: by the kernel's account of both
 * processes while the operation is repeated, since rates of a machine that others share say little.
 */
import type { RedisClient } from '../../backends/redis-client.ts';
import { deviceKey } from '../../protocol/ids.ts';
import { LEASE_MS, type Route, type Routes } from '../../routes/routes.ts';
import { readProcessCpu } from '../../runtime/host/processes.ts';
import type { Presence } from '../presence.ts';
import type { PresenceKeys } from '../presence-keys.ts';

export interface CostRow {
  readonly operation: string;
  /** Operations of one call; calls of so many are in flight. */
  readonly page: number;
  readonly inFlight: number;
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly clientUs: number;
  /** Absent where the server is not a process of this machine. */
  readonly serverUs?: number;
}

/** At the server, per user who is there on one device. */
export interface UserBytes {
  readonly route: number;
  /** Beside his route: messages need that in both layouts. */
  readonly naiveKey: number;
}

export interface Measured {
  readonly rows: readonly CostRow[];
  readonly userBytes: UserBytes;
  readonly subscriptions: Subscriptions;
}

export interface Subscriptions {
  readonly channels: number;
  readonly bytesPerChannel: number;
}

export interface MeasureOptions {
  readonly routes: Routes;
  readonly presence: Presence;
  /** The other layout, a key per user, and its keys. */
  readonly byKeys: Presence;
  readonly keys: PresenceKeys;
  /** Another way to the same server, to ask it how it is. */
  readonly client: RedisClient;
  readonly serverPid: number | undefined;
  readonly users: number;
  readonly seconds: number;
  readonly say: (text: string) => void;
}

/** Rows that a conclusion is drawn from, by layout. */
export const READ = { leases: 'read of a user who is there', naiveKeys: 'read of a user who is there, by keys' } as const;
export const KEPT = { leases: 'renewal of a lease', naiveKeys: 'refresh of a naive key' } as const;

const CHANNELS = 20_000;

const READS = [
  [1, 64],
  [10, 16],
  [100, 4],
  [1_000, 2],
] as const;

export async function measureCosts(options: MeasureOptions): Promise<Measured> {
  const { routes, keys, users, client, say } = options;
  await routes.renewLease(1, 600_000, true);
  say(`${users} users come`);
  const nobody = await usedBytes(client);
  for (let user = 0; user < users; user += 1_000) await routes.put(pageOf(1_000, (index) => routeOf((user + index) % users, 1)));
  const routed = await usedBytes(client);
  for (let user = 0; user < users; user += 1_000) await keys.refresh(pageOf(1_000, (index) => (user + index) % users));
  const userBytes = { route: (routed - nobody) / users, naiveKey: ((await usedBytes(client)) - routed) / users };
  return { rows: await rowsOf(options), userBytes, subscriptions: await subscriptionsOf(options) };
}

async function rowsOf(options: MeasureOptions): Promise<CostRow[]> {
  const { routes, presence, byKeys, keys, users } = options;
  const anyone = () => Math.floor(Math.random() * users);
  const gone = () => ({ user: users + anyone(), online: false, atMs: Date.now() });
  const rows: CostRow[] = [];
  const row = async (operation: string, page: number, inFlight: number, call: () => Promise<unknown>) => {
    options.say(`${operation}, ${page} a call, ${inFlight} calls in flight`);
    rows.push({ operation, page, inFlight, ...(await cost(options, page, inFlight, call)) });
  };
  for (const [page, inFlight] of READS) await row(READ.leases, page, inFlight, () => presence.read(pageOf(page, anyone)));
  for (const [page, inFlight] of READS) await row(READ.naiveKeys, page, inFlight, () => byKeys.read(pageOf(page, anyone)));
  await row('read of a user who is gone', 100, 4, () => presence.read(pageOf(100, () => users + anyone())));
  await row('read of a user who is gone, by keys', 100, 4, () => byKeys.read(pageOf(100, () => users + anyone())));
  let epoch = 2;
  await row('put of a route', 100, 4, () => routes.put(pageOf(100, () => routeOf(anyone(), epoch++))));
  await row('remove of a route', 100, 4, () => routes.remove(pageOf(100, () => routeOf(anyone(), 0))));
  await row('put of a route', 1, 64, () => routes.put([routeOf(anyone(), epoch++)]));
  await row('come or gone told', 100, 4, () => presence.announce(pageOf(100, gone)));
  await row('come or gone told, by keys', 100, 4, () => byKeys.announce(pageOf(100, gone)));
  await row('typing told', 1, 16, () => presence.type({ conversation: anyone(), user: 1 }));
  await row(KEPT.leases, 1, 1, () => routes.renewLease(1, LEASE_MS * 60, true));
  await row(KEPT.naiveKeys, 100, 4, () => keys.refresh(pageOf(100, anyone)));
  await row('read of a naive key', 100, 4, () => keys.areOnline(pageOf(100, anyone)));
  return rows;
}

async function subscriptionsOf({ presence, client, say }: MeasureOptions): Promise<Subscriptions> {
  say(`${CHANNELS} channels`);
  const before = await usedBytes(client);
  await presence.watch(new Set(pageOf(CHANNELS, (user) => user)), new Set());
  const after = await usedBytes(client);
  return { channels: CHANNELS, bytesPerChannel: (after - before) / CHANNELS };
}

async function usedBytes(client: RedisClient): Promise<number> {
  const { replies } = await client.run([{ name: 'info', key: 'memory' }]);
  return Number(/used_memory:(\d+)/.exec(String(replies[0]))?.[1] ?? 0);
}

async function cost(
  { serverPid, seconds }: MeasureOptions,
  page: number,
  inFlight: number,
  call: () => Promise<unknown>,
): Promise<Omit<CostRow, 'operation' | 'page' | 'inFlight'>> {
  const loop = async (untilMs: number) => {
    let calls = 0;
    for (; Date.now() < untilMs; calls++) await call();
    return calls;
  };
  const together = async (ms: number) => {
    const untilMs = Date.now() + ms;
    const calls = await Promise.all(Array.from({ length: inFlight }, () => loop(untilMs)));
    return calls.reduce((sum, count) => sum + count, 0) * page;
  };
  await together(500);
  const startMs = performance.now();
  const client = process.cpuUsage();
  const server = serverPid === undefined ? undefined : serverUs(serverPid);
  const operations = await together(seconds * 1_000);
  const used = process.cpuUsage(client);
  const base = {
    operations,
    operationsPerSecond: (operations / (performance.now() - startMs)) * 1_000,
    clientUs: (used.user + used.system) / operations,
  };
  return server === undefined ? base : { ...base, serverUs: (serverUs(serverPid!) - server) / operations };
}

function serverUs(pid: number): number {
  const reading = readProcessCpu(pid);
  if ('absent' in reading) throw new Error(`the server's processor time can't be read: ${reading.absent}`);
  return reading.userUs + reading.systemUs;
}

function pageOf<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function routeOf(user: number, epoch: number): Route {
  return { device: deviceKey(user, 0), gateway: 1, edge: user % 8, connection: user, epoch };
}
