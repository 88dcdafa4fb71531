import { expect, test } from 'bun:test';
import { RpcClient, RpcServer } from '../runtime/rpc.ts';
import type { Listening } from '../runtime/tcp.ts';
import { routesContract } from './routes.contract.ts';
import { LEASE_MS } from './routes.ts';
import { RoutesMemory } from './routes-memory.ts';
import { RoutesEmbedded, serveRoutes } from './routes-wire.ts';

const secret = new Uint8Array(32).fill(4);
const LIMIT = 1_000_000;

function serve(): Listening {
  const server = new RpcServer({ secret, log: () => undefined });
  serveRoutes(server, new RoutesMemory(LIMIT));
  return server.listen('127.0.0.1', 0);
}

function connect(port: () => number): RpcClient {
  return new RpcClient({ host: '127.0.0.1', port, secret, pendingBytesLimit: 16e6, log: () => undefined });
}

routesContract('embedded, over rpc', async () => {
  let listening = serve();
  const rpc = connect(() => listening.port);
  const routes = new RoutesEmbedded(rpc);
  // A process learns which table there is when it connects: before that it can call none whole.
  await routes.lookup([]);
  return {
    routes,
    lose: async () => {
      listening.close();
      listening = serve();
      await routes.lookup([1]);
    },
    close: async () => {
      rpc.close();
      listening.close();
    },
  };
});

test('a renewal that was on its way when the table was lost does not call the next table whole', async () => {
  let listening = serve();
  const rpc = connect(() => listening.port);
  const routes = new RoutesEmbedded(rpc);
  await routes.lookup([1]);
  listening.close();
  const renewed = routes.renewLease(1, LEASE_MS, true);
  listening = serve();
  await renewed;
  expect((await routes.lookup([1])).certain).toBe(false);
  await routes.renewLease(1, LEASE_MS, true);
  expect((await routes.lookup([1])).certain).toBe(true);
  rpc.close();
  listening.close();
});
