/**
 * A dispatch process without its sockets: dispatch on the systems it is handed, its gauges, and what it says of itself.
 */
import type { SharedBus } from '../bus/bus.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Push } from '../push/push.ts';
import type { Routes } from '../routes/routes.ts';
import type { Log } from '../runtime/log.ts';
import type { Metrics } from '../runtime/metrics.ts';
import type { Speaks } from '../runtime/versions.ts';
import type { Store } from '../store/store.ts';
import { type DatedRules, DEFAULT_RULES, rulesByTime } from './dated-rules.ts';
import type { DeadLetter } from './dead-letter.ts';
import { DISPATCH_GROUP, Dispatch } from './dispatch.ts';
import { type DispatchCells, dispatchCells } from './metrics.ts';
import { type Keepsakes, StoreWatch } from './store-watch.ts';

export interface DispatcherOptions {
  readonly bus: SharedBus;
  readonly store: Store;
  /** Where the store's forgetting is to be seen. */
  readonly keepsakes: Keepsakes;
  readonly routes: Routes;
  readonly push: Push | undefined;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly rules: readonly DatedRules[] | undefined;
  readonly speaks: Speaks;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Enters into what a repeated id gets, as the span of ids does. 50 bytes each. */
const MAX_IDS_PER_PARTITION = 3_000_000;
/** States in memory, by members: some 40 to 80 MB. */
const CACHED_MEMBERS_PER_PARTITION = 1_000_000;
const WATCH_MS = 1_000;

/** Before it is tried again to join the group. */
const AGAIN_MS = 1_000;

/** What has partitions, and who watches over the store for it. */
interface Holder {
  readonly dispatch: Dispatch;
  readonly storeWatch: StoreWatch;
}

export class Dispatcher {
  private readonly bus: SharedBus;
  private readonly cells: DispatchCells;
  private readonly log: Log;
  private readonly newHolder: () => Holder;
  private holder: Holder;
  private watch: ReturnType<typeof setInterval> | undefined;
  private anew: Promise<void> | undefined;
  /** The store forgot since its partitions were last begun to be taken anew. */
  private forgot = false;
  private stopped = false;

  constructor({ rules, metrics, log, keepsakes, ...systems }: DispatcherOptions) {
    const rulesAt = rulesByTime(rules ?? DEFAULT_RULES);
    this.bus = systems.bus;
    this.log = log;
    this.cells = dispatchCells(metrics);
    this.newHolder = () => {
      const storeWatch = new StoreWatch({
        store: systems.store,
        keepsakes,
        committed: (partition) => systems.bus.committed(DISPATCH_GROUP, 'messages', partition),
        cells: this.cells,
        nowMs: Date.now,
        log: (message) => log.error('store', { message }),
        forgot: () => {
          this.forgot = true;
          this.anew ??= this.takeAnew();
        },
      });
      const dispatch = new Dispatch({
        ...systems,
        store: storeWatch.store,
        whole: (partition) => storeWatch.whole(partition),
        gone: (partition) => storeWatch.gone(partition),
        cells: this.cells,
        rulesAt: (_partition, _offset, loggedAtMs) => rulesAt(loggedAtMs),
        messageIdMs: LIMITS.messageIdSeconds.value * 1_000,
        maxIdsPerPartition: MAX_IDS_PER_PARTITION,
        cachedMembers: CACHED_MEMBERS_PER_PARTITION,
        storeOutlives: true,
        now: Date.now,
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        log: (message) => log.warn('dispatch', { message }),
      });
      return { dispatch, storeWatch };
    };
    this.holder = this.newHolder();
  }

  /** Resolves when it is a member of the group; partitions come as the group gives them. */
  async start(): Promise<void> {
    await this.holder.dispatch.start();
    this.watch = setInterval(() => {
      void this.look().catch(() => undefined);
      void this.holder.storeWatch.tick();
    }, WATCH_MS);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.watch);
    await this.anew;
    await this.holder.dispatch.stop();
  }

  /** Nothing that was kept of the partitions in memory counts any more. It may forget again before all are taken. */
  private async takeAnew(): Promise<void> {
    while (this.forgot && !this.stopped) {
      this.forgot = false;
      await this.holder.dispatch.stop();
      this.holder.storeWatch.close();
      this.holder = this.newHolder();
      try {
        await this.holder.dispatch.start();
      } catch (error) {
        this.log.error('dispatch does not start again', { message: (error as Error).message });
        this.forgot = true;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
    this.anew = undefined;
  }

  private async look(): Promise<void> {
    const lags = await Promise.all(
      this.holder.dispatch.partitions.map(async (partition) => {
        const end = await this.bus.end('messages', partition);
        return Math.max(0, end - ((await this.bus.committed(DISPATCH_GROUP, 'messages', partition)) ?? 0));
      }),
    );
    this.cells.lag.value = lags.reduce((sum, lag) => sum + lag, 0);
    const { ids, bytes } = this.holder.dispatch.remembered;
    this.cells.ids.value = ids;
    this.cells.idBytes.value = bytes;
  }
}
