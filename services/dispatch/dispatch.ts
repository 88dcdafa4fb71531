/**
 * Dispatch: takes `messages`, orders and decides by the log, stores, and writes one delivery per entry and gateway. Its
 * position moves after the effects. An effect that fails is tried again until it holds, since the batch's outcome is
 * already decided; meanwhile the partition waits and the log keeps what comes.
 */
import type { Bus, BusRecord, Subscription } from '../bus/bus.ts';
import { decodeMessage, decodeReceipt, encodeDelivery } from '../bus/record-codec.ts';
import type { DeliveryRecord, LogEntry, MessageRecord, SessionAddress } from '../bus/records.ts';
import type { ConversationId, UserId } from '../protocol/ids.ts';
import type { Route, Routes } from '../routes/routes.ts';
import type { Applied, Conversation, DeliveredMark, Store } from '../store/store.ts';
import { Duplicates } from './duplicates.ts';
import { fanOut } from './fan-out.ts';
import type { DispatchCells } from './metrics.ts';
import { applyRecord, type SequenceRules } from './sequence.ts';

export interface DispatchOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly routes: Routes;
  readonly cells: DispatchCells;
  readonly limits: SequenceRules;
  readonly messageIdMs: number;
  readonly maxIdsPerPartition: number;
  /** Keeps a record that could not be read, with the reason. */
  readonly deadLetter: (topic: string, partition: number, record: BusRecord, reason: string) => void;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: (message: string) => void;
}

/** What one batch decided: what to store, and what to tell whom. */
interface Decided {
  readonly applied: Applied[];
  readonly outputs: Output[];
}

type Output =
  | { readonly kind: 'entry'; readonly entry: LogEntry; readonly recipients: Iterable<UserId>; readonly origin: SessionAddress }
  | { readonly kind: 'rejection'; readonly record: MessageRecord; readonly code: number; readonly retryAfterMs: number };

const GROUP = 'dispatch';
const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;
const NO_ONE: readonly UserId[] = [];

export class Dispatch {
  private readonly options: DispatchOptions;
  private readonly duplicates: Duplicates[] = [];
  private readonly subscriptions: Subscription[] = [];
  private stopped = false;

  constructor(options: DispatchOptions) {
    this.options = options;
  }

  /** Consumes every partition of `messages` and `receipts`. Call `replay` before, for what was already dispatched. */
  async start(): Promise<void> {
    const { bus } = this.options;
    for (let partition = 0; partition < bus.partitions('messages'); partition++) {
      this.subscriptions.push(await bus.consume(GROUP, 'messages', partition, (batch) => this.dispatch(partition, batch)));
    }
    for (let partition = 0; partition < bus.partitions('receipts'); partition++) {
      this.subscriptions.push(await bus.consume(GROUP, 'receipts', partition, (batch) => this.takeReceipts(partition, batch)));
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }

  /** Rebuilds state from records that were dispatched before: stores, remembers ids, tells nobody. */
  async replay(partition: number, batch: readonly BusRecord[]): Promise<void> {
    const { applied } = await this.decide(partition, batch);
    await this.options.store.write(applied);
  }

  private async dispatch(partition: number, batch: readonly BusRecord[]): Promise<void> {
    const { cells, store, bus } = this.options;
    cells.batches.value++;
    const { applied, outputs } = await this.untilItHolds('state not read', () => this.decide(partition, batch));
    if (applied.length > 0) await this.untilItHolds('entries not stored', () => store.write(applied));
    await this.untilItHolds('deliveries not written', () => this.deliver(outputs));
    await this.untilItHolds('position not moved', () => bus.commit(GROUP, 'messages', partition, batch.at(-1)!.offset + 1));
  }

  private async decide(partition: number, batch: readonly BusRecord[]): Promise<Decided> {
    const { cells, store, limits } = this.options;
    const records: Array<{ record: MessageRecord; at: BusRecord }> = [];
    const ids = new Set<ConversationId>();
    for (const at of batch) {
      const decoded = decodeMessage(at.value);
      if (decoded.ok) {
        records.push({ record: decoded.record, at });
        ids.add(decoded.record.conversation);
      } else {
        cells.poison.value++;
        this.options.deadLetter('messages', partition, at, decoded.reason);
      }
    }
    const states = new Map<ConversationId, Conversation>(await store.conversations([...ids]));
    const decided: Decided = { applied: [], outputs: [] };
    for (const { record, at } of records) this.apply(this.duplicatesOf(partition), states, record, at, limits, decided);
    return decided;
  }

  private apply(
    duplicates: Duplicates,
    states: Map<ConversationId, Conversation>,
    record: MessageRecord,
    at: BusRecord,
    limits: SequenceRules,
    into: Decided,
  ): void {
    const { cells } = this.options;
    cells.records.value++;
    const recorded = duplicates.find(record.from, record.conversation, record.id);
    if (recorded !== undefined) {
      cells.duplicates.value++;
      if (recorded.code !== 0) into.outputs.push({ kind: 'rejection', record, code: recorded.code, retryAfterMs: 0 });
      else into.outputs.push({ kind: 'entry', entry: answerOnly(record, recorded), recipients: NO_ONE, origin: record.replyTo });
      return;
    }
    const outcome = applyRecord(states.get(record.conversation), record, at.offset, at.loggedAtMs, limits);
    if (outcome.kind === 'rejected') {
      cells.rejected.value++;
      duplicates.record(record.from, record.conversation, record.id, {
        sequence: 0,
        entryKind: 0,
        loggedAtMs: at.loggedAtMs,
        code: outcome.code,
      });
      into.outputs.push({ kind: 'rejection', record, code: outcome.code, retryAfterMs: outcome.retryAfterMs });
    } else {
      cells.entries.value++;
      const { conversation, entry, recipients } = outcome;
      states.set(conversation.id, conversation);
      duplicates.record(record.from, record.conversation, record.id, {
        sequence: entry.sequence,
        entryKind: entry.kind,
        loggedAtMs: at.loggedAtMs,
        code: 0,
      });
      into.applied.push({ conversation, entry });
      into.outputs.push({ kind: 'entry', entry, recipients, origin: record.replyTo });
    }
    cells.forgottenEarly.value += duplicates.forgottenEarly;
    duplicates.forgottenEarly = 0;
  }

  /** Routes are read after the store has the entries: who connects in between finds them by his resume position. */
  private async deliver(outputs: readonly Output[]): Promise<void> {
    const routes = await this.routesOf(outputs);
    const gateways = new Map<number, Uint8Array[]>();
    const put = (gateway: number, record: DeliveryRecord) => {
      const values = gateways.get(gateway);
      if (values === undefined) gateways.set(gateway, [encodeDelivery(record)]);
      else values.push(encodeDelivery(record));
    };
    for (const output of outputs) {
      if (output.kind === 'rejection') {
        const { conversation, id, replyTo } = output.record;
        const origin = { edge: replyTo.edge, connection: replyTo.connection };
        put(replyTo.gateway, { kind: 'rejection', conversation, id, origin, code: output.code, retryAfterMs: output.retryAfterMs });
        continue;
      }
      const recipients: Route[] = [];
      for (const user of output.recipients) recipients.push(...(routes.get(user) ?? []));
      for (const [gateway, record] of fanOut(output.entry, recipients, output.origin)) put(gateway, record);
    }
    const { bus, cells } = this.options;
    const partitions = bus.partitions('deliveries');
    await Promise.all(
      [...gateways].map(async ([gateway, values]) => {
        if (gateway >= partitions) return this.options.log(`no partition of deliveries for gateway ${gateway}`);
        await bus.append('deliveries', gateway, values);
        cells.deliveries.value += values.length;
      }),
    );
  }

  private async routesOf(outputs: readonly Output[]): Promise<Map<UserId, readonly Route[]>> {
    const users = new Set<UserId>();
    for (const output of outputs) if (output.kind === 'entry') for (const user of output.recipients) users.add(user);
    const asked = [...users];
    const found = asked.length === 0 ? [] : await this.options.routes.lookup(asked);
    return new Map(asked.map((user, index) => [user, found[index] ?? []]));
  }

  private async takeReceipts(partition: number, batch: readonly BusRecord[]): Promise<void> {
    const { cells, store, bus } = this.options;
    const marks: DeliveredMark[] = [];
    for (const at of batch) {
      const decoded = decodeReceipt(at.value);
      if (decoded.ok) {
        cells.receipts.value++;
        if (decoded.record.kind === 'delivered') {
          marks.push({ conversation: decoded.record.conversation, device: decoded.record.from, sequence: decoded.record.sequence });
        }
      } else {
        cells.poison.value++;
        this.options.deadLetter('receipts', partition, at, decoded.reason);
      }
    }
    await this.untilItHolds('receipts not stored', () => store.markDelivered(marks));
    await this.untilItHolds('position not moved', () => bus.commit(GROUP, 'receipts', partition, batch.at(-1)!.offset + 1));
  }

  private async untilItHolds<Result>(what: string, effect: () => Promise<Result>): Promise<Result> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      try {
        return await effect();
      } catch (error) {
        if (this.stopped) throw error;
        this.options.cells.retries.value++;
        this.options.log(`${what}: ${(error as Error).message}`);
        await this.options.pause(pauseMs);
      }
    }
  }

  private duplicatesOf(partition: number): Duplicates {
    this.duplicates[partition] ??= new Duplicates(this.options.messageIdMs, this.options.maxIdsPerPartition);
    return this.duplicates[partition];
  }
}

/** The entry with which a repeated id is answered: what its sender must know, and nothing for anyone else. */
function answerOnly(
  record: MessageRecord,
  recorded: { readonly sequence: number; readonly entryKind: number; readonly loggedAtMs: number },
): LogEntry {
  return {
    conversation: record.conversation,
    sequence: recorded.sequence,
    kind: recorded.entryKind,
    sender: record.from,
    id: record.id,
    loggedAtMs: recorded.loggedAtMs,
    contentType: 0,
    bodies: [],
  };
}
