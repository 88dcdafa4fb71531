import { RpcClient, RpcServer } from '../runtime/rpc.ts';
import type { Listening } from '../runtime/tcp.ts';
import { routesContract } from './routes.contract.ts';
import { RoutesMemory } from './routes-memory.ts';
import { RoutesEmbedded, serveRoutes } from './routes-wire.ts';

const secret = new Uint8Array(32).fill(4);
const LIMIT = 1_000_000;

function serve(): Listening {
  const server = new RpcServer({ secret, log: () => undefined });
  serveRoutes(server, new RoutesMemory(LIMIT));
  return server.listen('127.0.0.1', 0);
}

routesContract('embedded, over rpc', async () => {
  let listening = serve();
  const rpc = new RpcClient({ host: '127.0.0.1', port: () => listening.port, secret, pendingBytesLimit: 16e6, log: () => undefined });
  const routes = new RoutesEmbedded(rpc);
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
