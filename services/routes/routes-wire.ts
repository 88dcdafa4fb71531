/**
 * Routes in another process, over `rpc`.
 *
 *   put    (route)*     → (0 | 1 route)*
 *   remove (route)*     →
 *   lookup (user)*      → certain:u8 ((route)*)*
 *   renew  gateway leaseMs whole:u8 bornMs table →
 *   drop   gateway      →
 *   leases              → (gateway)*
 */

import type { UserId } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import { ByteWriter } from '../runtime/byte-writer.ts';
import type { RpcClient, RpcServer } from '../runtime/rpc.ts';
import type { Route, Routes, RoutesFound } from './routes.ts';

const METHODS = { put: 10, remove: 11, lookup: 12, renew: 13, drop: 14, leases: 15 } as const;
const MAX_ROUTES = 1_048_576;
const MAX_GATEWAYS = 65_536;
const MAX_TABLE_BYTES = 64;
const NOTHING = new Uint8Array(0);

function writeRoute(target: ByteWriter, route: Route): void {
  target.varint(route.device).varint(route.epoch).varint(route.gateway).varint(route.edge).varint(route.connection);
}

function readRoute(reader: ByteReader): Route {
  return {
    device: reader.varint('device'),
    epoch: reader.varint('epoch'),
    gateway: reader.varint('gateway', 65_535),
    edge: reader.varint('edge', 65_535),
    connection: reader.varint('connection', 0xffff_ffff),
  };
}

function encodeRoutes(routes: readonly Route[]): Uint8Array {
  const target = new ByteWriter().start().varint(routes.length);
  for (const route of routes) writeRoute(target, route);
  return target.take();
}

function readRoutes(payload: Uint8Array): Route[] {
  const reader = new ByteReader(payload);
  const routes = reader.list('routes', MAX_ROUTES, () => readRoute(reader));
  return checked(reader, routes);
}

function checked<Value>(reader: ByteReader, value: Value): Value {
  reader.end();
  if (reader.failure !== undefined) throw new BackendError('badRequest', reader.failure, false);
  return value;
}

export function serveRoutes(server: RpcServer, routes: Routes): void {
  server.handle(METHODS.put, async (payload) => {
    const losers = await routes.put(readRoutes(payload));
    const target = new ByteWriter().start().varint(losers.length);
    for (const loser of losers) {
      target.byte(loser === undefined ? 0 : 1);
      if (loser !== undefined) writeRoute(target, loser);
    }
    return target.take();
  });
  server.handle(METHODS.remove, async (payload) => {
    await routes.remove(readRoutes(payload));
    return NOTHING;
  });
  server.handle(METHODS.lookup, async (payload) => {
    const reader = new ByteReader(payload);
    const users = checked(
      reader,
      reader.list('users', MAX_ROUTES, () => reader.varint('user')),
    );
    const found = await routes.lookup(users);
    const target = new ByteWriter()
      .start()
      .byte(found.certain ? 1 : 0)
      .varint(found.routes.length);
    for (const its of found.routes) {
      target.varint(its.length);
      for (const route of its) writeRoute(target, route);
    }
    return target.take();
  });
  server.handle(METHODS.renew, async (payload) => {
    const reader = new ByteReader(payload);
    const [gateway, leaseMs, whole] = [reader.varint('gateway', 65_535), reader.varint('leaseMs'), reader.byte('whole') === 1];
    const [bornMs, table] = [reader.varint('bornMs'), reader.text('table', MAX_TABLE_BYTES)];
    checked(reader, undefined);
    // One that was on its way when the process ended comes to the next: what it calls whole is gone.
    await routes.renewLease(gateway, leaseMs, whole && table === server.incarnation, bornMs);
    return NOTHING;
  });
  server.handle(METHODS.drop, async (payload) => {
    const reader = new ByteReader(payload);
    await routes.dropLease(checked(reader, reader.varint('gateway', 65_535)));
    return NOTHING;
  });
  server.handle(METHODS.leases, async () => {
    const leases = await routes.leases();
    const target = new ByteWriter().start().varint(leases.size);
    for (const gateway of leases) target.varint(gateway);
    return target.take();
  });
}

/** The far end. Another incarnation of the server means that its table is empty. */
export class RoutesEmbedded implements Routes {
  private readonly rpc: RpcClient;
  private readonly listeners: Array<() => void> = [];
  /** The server's incarnation, which is its table's. */
  private table = '';

  constructor(rpc: RpcClient) {
    this.rpc = rpc;
    rpc.onConnected((incarnation) => {
      const lost = this.table !== '' && this.table !== incarnation;
      this.table = incarnation;
      if (lost) for (const listener of this.listeners) listener();
    });
  }

  async put(routes: readonly Route[]): Promise<ReadonlyArray<Route | undefined>> {
    const reader = new ByteReader(await this.rpc.call(METHODS.put, encodeRoutes(routes)));
    return checked(
      reader,
      reader.list('losers', MAX_ROUTES, () => (reader.byte('lost') === 0 ? undefined : readRoute(reader))),
    );
  }

  async remove(routes: readonly Route[]): Promise<void> {
    await this.rpc.call(METHODS.remove, encodeRoutes(routes));
  }

  async lookup(users: readonly UserId[]): Promise<RoutesFound> {
    const target = new ByteWriter().start().varint(users.length);
    for (const user of users) target.varint(user);
    const reader = new ByteReader(await this.rpc.call(METHODS.lookup, target.take()));
    const certain = reader.byte('certain') === 1;
    const routes = reader.list('found', MAX_ROUTES, () => reader.list('routes', 256, () => readRoute(reader)));
    return checked(reader, { certain, routes });
  }

  async renewLease(gateway: number, leaseMs: number, whole: boolean, bornMs = 0): Promise<void> {
    // A client that was never connected knows no table yet that could be whole.
    if (this.table === '') await this.leases();
    const target = new ByteWriter()
      .start()
      .varint(gateway)
      .varint(leaseMs)
      .byte(whole ? 1 : 0)
      .varint(bornMs)
      .text(this.table);
    await this.rpc.call(METHODS.renew, target.take());
  }

  async dropLease(gateway: number): Promise<void> {
    await this.rpc.call(METHODS.drop, new ByteWriter().start().varint(gateway).take());
  }

  async leases(): Promise<ReadonlySet<number>> {
    const reader = new ByteReader(await this.rpc.call(METHODS.leases, NOTHING));
    return new Set(
      checked(
        reader,
        reader.list('gateways', MAX_GATEWAYS, () => reader.varint('gateway', 65_535)),
      ),
    );
  }

  onLost(listener: () => void): void {
    this.listeners.push(listener);
  }

  async close(): Promise<void> {}
}
