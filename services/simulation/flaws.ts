/** Bugs that the simulator's own test plants, one at a time: what a part is given in place of the right thing. */
import type { SharedBus } from '../bus/bus.ts';
import type { Routes } from '../routes/routes.ts';
import type { Store } from '../store/store.ts';
import type { ClientFlaws } from './model-client.ts';

export interface Flaws extends ClientFlaws {
  readonly relayBus?: (bus: SharedBus) => SharedBus;
  readonly relayRoutes?: (routes: Routes) => Routes;
  readonly relayStore?: (store: Store) => Store;
  readonly dispatchBus?: (bus: SharedBus) => SharedBus;
  readonly dispatchStore?: (store: Store) => Store;
  readonly dispatchRoutes?: (routes: Routes) => Routes;
  readonly messageIdMs?: number;
}
