/**
 * Dispatch: takes `messages`, orders and decides by the log, stores, and writes one delivery per entry and gateway. Its
 * position moves after the effects. An effect that fails is tried again until it holds, since the outcome is already
 * decided; meanwhile the partition waits and the log keeps what comes.
 *
 * At the start every partition is read from its earliest record: below the committed position only to rebuild the state,
 * from there on with its effects. So a record's deliveries may be written twice, its row never.
 */
import type { Bus, BusRecord, Subscription, Topic } from '../bus/bus.ts';
import { decodeMessage, decodeReceipt, encodeDelivery } from '../bus/record-codec.ts';
import type { DeliveryRecord } from '../bus/records.ts';
import type { ConversationId, UserId } from '../protocol/ids.ts';
import type { Route, Routes } from '../routes/routes.ts';
import type { Applied, DeliveredMark, Store } from '../store/store.ts';
import { Decider, type Decision, type Known, type PartitionRules, type PlacedRecord } from './decider.ts';
import { fanOut } from './fan-out.ts';
import type { DispatchCells } from './metrics.ts';
import { Persistent } from './persistence.ts';

/** A record that could not be read, kept for people. */
export interface DeadLetter {
  readonly topic: Topic;
  readonly partition: number;
  readonly record: BusRecord;
  readonly reason: string;
}

export interface DispatchOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly routes: Routes;
  readonly cells: DispatchCells;
  readonly rulesAt: (partition: number, offset: number) => PartitionRules;
  readonly messageIdMs: number;
  readonly maxIdsPerPartition: number;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly log: (message: string) => void;
}

interface Decided {
  readonly placed: PlacedRecord;
  readonly decision: Decision;
}

export const DISPATCH_GROUP = 'dispatch';
const NO_ROUTES: readonly Route[] = [];

export class Dispatch {
  private readonly options: DispatchOptions;
  private readonly persistent: Persistent;
  private readonly deciders: Decider[] = [];
  private readonly subscriptions: Subscription[] = [];

  constructor(options: DispatchOptions) {
    this.options = options;
    this.persistent = new Persistent({
      pause: options.pause,
      failed: (what, error) => {
        options.cells.retries.value++;
        options.log(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      },
    });
  }

  /** Resolves when everything that was in `messages` at the start is stored: only then do reads see the whole. */
  async start(): Promise<void> {
    const { bus } = this.options;
    const caughtUp: Array<Promise<void>> = [];
    for (let partition = 0; partition < bus.partitions('messages'); partition++) caughtUp.push(this.startPartition(partition));
    await Promise.all(caughtUp);
    for (let partition = 0; partition < bus.partitions('receipts'); partition++) {
      // From the earliest, since marks are kept in no log but this one; and now, since their conversations are there.
      const subscription = await bus.consume(
        DISPATCH_GROUP,
        'receipts',
        partition,
        (batch) => this.takeReceipts(partition, batch),
        'earliest',
      );
      this.subscriptions.push(subscription);
    }
  }

  /** Waits for the batch under way. */
  async stop(): Promise<void> {
    this.persistent.giveUp();
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  /** Ids remembered, over all partitions, and the bytes they take. */
  get remembered(): { readonly ids: number; readonly bytes: number } {
    let ids = 0;
    let bytes = 0;
    for (const { duplicates } of this.deciders) {
      ids += duplicates.size;
      bytes += duplicates.bytes;
    }
    return { ids, bytes };
  }

  private async startPartition(partition: number): Promise<void> {
    const { bus, cells, messageIdMs, maxIdsPerPartition } = this.options;
    const decider = new Decider({
      rulesAt: (offset) => this.options.rulesAt(partition, offset),
      messageIdMs,
      maxIds: maxIdsPerPartition,
    });
    this.deciders[partition] = decider;
    const committed = (await bus.committed(DISPATCH_GROUP, 'messages', partition)) ?? 0;
    const end = await bus.end('messages', partition);
    let next = 0;
    let arrived: (() => void) | undefined;
    const caughtUp = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const take = async (batch: readonly BusRecord[]) => {
      // What was committed before and is gone now was dispatched: no gap.
      cells.gaps.value += Math.max(0, batch[0]!.offset - Math.max(next, committed));
      const fresh = batch.findIndex(({ offset }) => offset >= committed);
      const old = fresh < 0 ? batch.length : fresh;
      if (old > 0) await this.replay(decider, batch.slice(0, old));
      if (old < batch.length) await this.dispatch(partition, decider, batch.slice(old));
      next = batch.at(-1)!.offset + 1;
      if (next >= end) arrived?.();
    };
    if (end === 0) arrived!();
    this.subscriptions.push(await bus.consume(DISPATCH_GROUP, 'messages', partition, take, 'earliest'));
    await caughtUp;
  }

  /** Records that were dispatched before: decided and stored again, and nobody is told. */
  private async replay(decider: Decider, batch: readonly BusRecord[]): Promise<void> {
    this.options.cells.replayed.value += batch.length;
    const records = batch.flatMap((record) => placed(record) ?? []);
    await this.store(await this.decide(decider, records));
  }

  private async dispatch(partition: number, decider: Decider, batch: readonly BusRecord[]): Promise<void> {
    const { cells, bus } = this.options;
    cells.batches.value++;
    cells.records.value += batch.length;
    const records: PlacedRecord[] = [];
    for (const record of batch) {
      const read = placed(record);
      if (read !== undefined) records.push(read);
      else await this.bury('messages', partition, record, reasonOf(decodeMessage(record.value)));
    }
    const decided = await this.decide(decider, records);
    for (const { decision } of decided) {
      if (decision.kind === 'entry') cells.entries.value++;
      else if (decision.kind === 'rejected') cells.rejected.value++;
      else cells.repeated.value++;
    }
    await this.store(decided);
    // Routes are read after the entries are stored: who connects in between finds them by his resume position.
    const routes = await this.persistent.until('routes not read', () => this.routesFor(decided));
    await this.deliver(decided, routes);
    const next = batch.at(-1)!.offset + 1;
    await this.persistent.until('position not moved', () => bus.commit(DISPATCH_GROUP, 'messages', partition, next));
  }

  private async decide(decider: Decider, records: readonly PlacedRecord[]): Promise<Decided[]> {
    const { cells } = this.options;
    const known = await this.persistent.until('state not read', () => this.knownOf(records));
    const decided = records.map((record) => ({ placed: record, decision: decider.decide(record, known) }));
    cells.forgottenEarly.value += decider.duplicates.forgottenEarly;
    decider.duplicates.forgottenEarly = 0;
    return decided;
  }

  private async knownOf(records: readonly PlacedRecord[]): Promise<Known> {
    const { store, cells } = this.options;
    const ids = new Set<ConversationId>();
    for (const { record } of records) ids.add(record.conversation);
    const states = new Map(await store.conversations([...ids]));
    const sequenceOfOffset = new Map<number, number>();
    for (const { record, offset } of records) {
      if (!Decider.isBehind(states.get(record.conversation), offset)) continue;
      cells.behind.value++;
      const sequence = await store.sequenceAt(record.conversation, offset);
      if (sequence !== undefined) sequenceOfOffset.set(offset, sequence);
    }
    return { states, sequenceOfOffset };
  }

  private async store(decided: readonly Decided[]): Promise<void> {
    const applied: Applied[] = [];
    for (const { decision } of decided) if (decision.kind === 'entry' && decision.applied !== undefined) applied.push(decision.applied);
    if (applied.length > 0) await this.persistent.until('entries not stored', () => this.options.store.write(applied));
  }

  private async routesFor(decided: readonly Decided[]): Promise<ReadonlyMap<UserId, readonly Route[]>> {
    const users = new Set<UserId>();
    for (const { decision } of decided) if (decision.kind === 'entry') for (const user of decision.recipients) users.add(user);
    const asked = [...users];
    const found = asked.length === 0 ? [] : (await this.options.routes.lookup(asked)).routes;
    return new Map(asked.map((user, index) => [user, found[index] ?? NO_ROUTES]));
  }

  private async deliver(decided: readonly Decided[], routes: ReadonlyMap<UserId, readonly Route[]>): Promise<void> {
    const { bus, cells } = this.options;
    const gateways = new Map<number, Uint8Array[]>();
    const emit = (gateway: number, record: DeliveryRecord) => {
      const values = gateways.get(gateway);
      if (values === undefined) gateways.set(gateway, [encodeDelivery(record)]);
      else values.push(encodeDelivery(record));
    };
    for (const { placed, decision } of decided) {
      const recipients: Route[] = [];
      if (decision.kind === 'entry') for (const user of decision.recipients) recipients.push(...(routes.get(user) ?? NO_ROUTES));
      fanOut(placed.record, decision, recipients, emit);
    }
    const partitions = bus.partitions('deliveries');
    await Promise.all(
      [...gateways].map(async ([gateway, values]) => {
        if (gateway >= partitions) {
          cells.unroutable.value += values.length;
          return;
        }
        await this.persistent.until('deliveries not written', () => bus.append('deliveries', gateway, values));
        cells.deliveries.value += values.length;
      }),
    );
  }

  private async takeReceipts(partition: number, batch: readonly BusRecord[]): Promise<void> {
    const { cells, store, bus } = this.options;
    const marks: DeliveredMark[] = [];
    for (const record of batch) {
      const decoded = decodeReceipt(record.value);
      if (decoded.ok) {
        // Who has read up to a place has received up to it.
        const { conversation, from, sequence } = decoded.record;
        marks.push({ conversation, device: from, sequence });
      } else {
        await this.bury('receipts', partition, record, decoded.reason);
      }
    }
    cells.receipts.value += marks.length;
    await this.persistent.until('receipts not stored', () => store.markDelivered(marks));
    const next = batch.at(-1)!.offset + 1;
    await this.persistent.until('position not moved', () => bus.commit(DISPATCH_GROUP, 'receipts', partition, next));
  }

  private async bury(topic: Topic, partition: number, record: BusRecord, reason: string): Promise<void> {
    this.options.cells.poison.value++;
    await this.persistent.until('dead letter not kept', () => this.options.deadLetter({ topic, partition, record, reason }));
  }
}

function placed({ offset, loggedAtMs, value }: BusRecord): PlacedRecord | undefined {
  const decoded = decodeMessage(value);
  return decoded.ok ? { record: decoded.record, offset, loggedAtMs } : undefined;
}

function reasonOf(decoded: ReturnType<typeof decodeMessage>): string {
  return decoded.ok ? '' : decoded.reason;
}
