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

export interface DispatcherOptions {
  readonly bus: SharedBus;
  readonly store: Store;
  readonly routes: Routes;
  readonly push: Push | undefined;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly rules: readonly DatedRules[] | undefined;
  readonly speaks: Speaks;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Enters into what a repeated id gets, as the span of ids does. 45 bytes each. */
const MAX_IDS_PER_PARTITION = 3_000_000;
/** States in memory, by members: some 40 to 80 MB. */
const CACHED_MEMBERS_PER_PARTITION = 1_000_000;
const WATCH_MS = 1_000;

export class Dispatcher {
  private readonly bus: SharedBus;
  private readonly dispatch: Dispatch;
  private readonly cells: DispatchCells;
  private watch: ReturnType<typeof setInterval> | undefined;

  constructor({ rules, metrics, log, ...systems }: DispatcherOptions) {
    const rulesAt = rulesByTime(rules ?? DEFAULT_RULES);
    this.bus = systems.bus;
    this.cells = dispatchCells(metrics);
    this.dispatch = new Dispatch({
      ...systems,
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
  }

  /** Resolves when it is a member of the group; partitions come as the group gives them. */
  async start(): Promise<void> {
    await this.dispatch.start();
    this.watch = setInterval(() => void this.look().catch(() => undefined), WATCH_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.watch);
    await this.dispatch.stop();
  }

  private async look(): Promise<void> {
    const lags = await Promise.all(
      this.dispatch.partitions.map(async (partition) => {
        const end = await this.bus.end('messages', partition);
        return Math.max(0, end - ((await this.bus.committed(DISPATCH_GROUP, 'messages', partition)) ?? 0));
      }),
    );
    this.cells.lag.value = lags.reduce((sum, lag) => sum + lag, 0);
    const { ids, bytes } = this.dispatch.remembered;
    this.cells.ids.value = ids;
    this.cells.idBytes.value = bytes;
  }
}
