/**
 * Dispatch: a member of the group that shares `messages` and `receipts`, each partition in the hands of one process at a
 * time. What is done with one is in partition-dispatch.ts and receipt-dispatch.ts; here they are taken, lost and stopped.
 */
import type { SharedBus, Subscription } from '../bus/bus.ts';
import { partitionOf } from '../bus/partition.ts';
import type { ConversationId } from '../protocol/ids.ts';
import type { Push } from '../push/push.ts';
import { type Speaks, spokenVersion, VERSIONS } from '../runtime/versions.ts';
import { OfflinePush } from './offline-push.ts';
import { DISPATCH_GROUP, PartitionDispatch, type PartitionDispatchOptions } from './partition-dispatch.ts';
import { ReceiptDispatch } from './receipt-dispatch.ts';

export interface DispatchOptions extends Omit<PartitionDispatchOptions, 'push' | 'failed' | 'recordVersion'> {
  readonly bus: SharedBus;
  readonly push: Push | undefined;
  /** As its predecessor does, while there are relays of before. */
  readonly speaks?: Speaks;
  readonly now: () => number;
  readonly log: (message: string) => void;
  /** Everything that was in a partition when it was taken is stored. */
  readonly whole?: (partition: number) => void;
  /** It is held no more. */
  readonly gone?: (partition: number) => void;
}

export { DISPATCH_GROUP } from './partition-dispatch.ts';

export class Dispatch {
  private readonly options: DispatchOptions;
  private readonly partOptions: PartitionDispatchOptions;
  private readonly push: OfflinePush | undefined;
  private readonly held = new Map<number, PartitionDispatch>();
  private readonly heldReceipts = new Map<number, ReceiptDispatch>();
  private readonly subscriptions: Subscription[] = [];

  constructor(options: DispatchOptions) {
    this.options = options;
    const { push, store, cells, now, pause, log } = options;
    this.push = push === undefined ? undefined : new OfflinePush({ push, store, cells, now, pause, log });
    this.partOptions = {
      ...options,
      push: this.push,
      recordVersion: spokenVersion(VERSIONS.record, options.speaks ?? 'newest'),
      failed: (what, error) => {
        cells.retries.value++;
        log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      },
    };
  }

  /**
   * Joins the group. Where the store does not outlive the process it resolves when everything that was in `messages` at the
   * start is stored: only then do reads see the whole, and have receipts their conversations.
   */
  async start(): Promise<void> {
    const { bus, storeOutlives } = this.options;
    const whole = storeOutlives ? [] : Array.from({ length: bus.partitions('messages') }, () => Promise.withResolvers<void>());
    this.subscriptions.push(
      await bus.share(DISPATCH_GROUP, 'messages', async (partition) => {
        const taken = await PartitionDispatch.take(this.partOptions, partition).catch((error: unknown) => {
          this.options.gone?.(partition);
          throw error;
        });
        this.held.set(partition, taken);
        this.options.cells.partitions.value = this.held.size;
        void taken.caughtUp.then(() => {
          whole[partition]?.resolve();
          if (this.held.get(partition) === taken) this.options.whole?.(partition);
        });
        return { from: taken.from, take: taken.take, lost: () => this.lost(taken) };
      }),
    );
    await Promise.all(whole.map(({ promise }) => promise));
    this.subscriptions.push(
      await bus.share(DISPATCH_GROUP, 'receipts', async (partition) => {
        const held = (conversation: ConversationId) => this.held.get(partitionOf(conversation, bus.partitions('messages')));
        const taken = await ReceiptDispatch.take({ ...this.partOptions, held }, partition);
        this.heldReceipts.set(partition, taken);
        return taken;
      }),
    );
  }

  /** Waits for the batches under way and gives the partitions back. */
  async stop(): Promise<void> {
    for (const held of [...this.held.values(), ...this.heldReceipts.values()]) held.stop();
    this.push?.stop();
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  /** Partitions of `messages` in its hands. */
  get partitions(): readonly number[] {
    return [...this.held.keys()];
  }

  /** Ids remembered, over all partitions, and the bytes they take. */
  get remembered(): { readonly ids: number; readonly bytes: number } {
    let ids = 0;
    let bytes = 0;
    for (const { remembered } of this.held.values()) {
      ids += remembered.ids;
      bytes += remembered.bytes;
    }
    return { ids, bytes };
  }

  private lost(taken: PartitionDispatch): void {
    taken.lost();
    // Another holding of the same partition may stand there by now.
    if (this.held.get(taken.partition) === taken) {
      this.held.delete(taken.partition);
      this.options.gone?.(taken.partition);
    }
    this.options.cells.partitions.value = this.held.size;
  }
}
