/** The client's side of the embedded backends: the three ports over one connection. */
import type { BusEvents } from '../bus/bus.ts';
import { BusEmbedded } from '../bus/bus-embedded.ts';
import { RoutesEmbedded } from '../routes/routes-wire.ts';
import type { RpcClient } from '../runtime/rpc.ts';
import { StoreEmbedded } from '../store/store-wire.ts';

export interface EmbeddedBackends {
  readonly bus: BusEmbedded;
  readonly routes: RoutesEmbedded;
  readonly store: StoreEmbedded;
}

/** Resolves when the process has answered for the first time. */
export async function connectEmbedded(rpc: RpcClient, events: BusEvents): Promise<EmbeddedBackends> {
  const routes = new RoutesEmbedded(rpc);
  return { bus: await BusEmbedded.connect(rpc, events), routes, store: new StoreEmbedded(rpc) };
}
