/**
 * One partition of `receipts` in the hands of this process: marks go to the store, and those that moved are told. Who sees
 * one: between two members the other; in a larger group those who sent the messages it is about; of a read receipt the
 * reader's own other devices too. A read receipt of who withholds his goes to nobody else. Many marks of a batch are one:
 * the highest of each (conversation, user, kind).
 */
import type { BusRecord, Holding, SharedBus } from '../bus/bus.ts';
import { decodeReceipt } from '../bus/record-codec.ts';
import type { AddressedSession } from '../bus/records.ts';
import { type ConversationId, type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';
import type { Route, Routes } from '../routes/routes.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { type Conversation, isMember, type MovedMark, type ReceiptMark, type Store } from '../store/store.ts';
import type { DeadLetter } from './dead-letter.ts';
import { GatewayOutbox } from './gateway-outbox.ts';
import type { DispatchCells } from './metrics.ts';
import { DISPATCH_GROUP } from './partition-dispatch.ts';
import { type Persistence, Persistent } from './persistence.ts';

export interface ReceiptDispatchOptions {
  readonly bus: SharedBus;
  readonly store: Store;
  readonly routes: Routes;
  readonly cells: DispatchCells;
  /** Of the deliveries that are written. */
  readonly recordVersion: number;
  /** The store outlives this process. Where it does not, marks are made again from the earliest record on. */
  readonly storeOutlives: boolean;
  /** Who holds a conversation's partition of `messages`, where that is this process. */
  readonly held: (conversation: ConversationId) => HeldConversations | undefined;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly failed: Persistence['failed'];
}

/** What its holder has of conversations in memory; undefined: it has not. */
export interface HeldConversations {
  state(conversation: ConversationId): Conversation | undefined;
  senders(conversation: ConversationId, from: number, to: number): readonly DeviceKey[] | undefined;
}

/** A receipt, and whom it concerns. */
interface Told {
  readonly mark: ReceiptMark;
  readonly others: readonly UserId[];
}

/** Senders of the messages below a receipt that hear of it. */
const MESSAGES_LOOKED_AT = 64;
const CONCURRENT_READS = 32;
const RECEIPTS_PER_PAGE = 256;

export class ReceiptDispatch implements Holding {
  readonly from: number | undefined;
  private readonly options: ReceiptDispatchOptions;
  private readonly partition: number;
  /** Below it marks are stored once more and nobody is told. */
  private readonly toldFrom: number;
  private readonly persistent: Persistent;
  /** A batch was told by this holder: those of before it are its own. */
  private told = false;
  private gone = false;
  private stopped = false;

  private constructor(options: ReceiptDispatchOptions, partition: number, committed: number | undefined) {
    this.options = options;
    this.partition = partition;
    this.from = options.storeOutlives ? committed : undefined;
    this.toldFrom = committed ?? 0;
    this.persistent = new Persistent({ pause: options.pause, failed: options.failed });
  }

  static async take(options: ReceiptDispatchOptions, partition: number): Promise<ReceiptDispatch> {
    return new ReceiptDispatch(options, partition, await options.bus.committed(DISPATCH_GROUP, 'receipts', partition));
  }

  readonly take = async (batch: readonly BusRecord[]): Promise<void> => {
    if (this.gone || this.stopped) throw new BackendError('notHeld', `receipts/${this.partition} is no longer dispatched here`, false);
    try {
      await this.takeBatch(batch);
    } catch (error) {
      if (!this.gone) throw error;
    }
  };

  readonly lost = (): void => {
    this.gone = true;
    this.persistent.giveUp();
  };

  stop(): void {
    this.stopped = true;
    this.persistent.giveUp();
  }

  private async takeBatch(batch: readonly BusRecord[]): Promise<void> {
    const { store, cells, bus } = this.options;
    const old: ReceiptMark[] = [];
    const fresh: ReceiptMark[] = [];
    for (const record of batch) {
      const decoded = decodeReceipt(record.value);
      if (decoded.ok) {
        const { kind, conversation, from: device, sequence } = decoded.record;
        const { loggedAtMs } = record;
        (record.offset < this.toldFrom ? old : fresh).push({ kind, conversation, device, sequence, loggedAtMs });
      } else await this.bury(record, decoded.reason);
    }
    cells.receipts.value += old.length + fresh.length;
    if (old.length > 0) await this.persistent.until('receipts not stored', () => store.markReceipts(highest(old, deviceKeyOf)));
    if (fresh.length > 0) await this.mark(highest(fresh, deviceKeyOf));
    if (this.gone) return;
    this.told ||= fresh.length > 0;
    const next = batch.at(-1)!.offset + 1;
    if (next <= this.toldFrom) return;
    await this.persistent.until('position not moved', () => this.commit(bus, next));
  }

  private async commit(bus: SharedBus, next: number): Promise<void> {
    try {
      await bus.commit(DISPATCH_GROUP, 'receipts', this.partition, next);
    } catch (error) {
      if (error instanceof BackendError && error.code === 'fenced') this.lost();
      throw error;
    }
  }

  private async mark(marks: readonly ReceiptMark[]): Promise<void> {
    const { store, cells, bus } = this.options;
    const known = this.knownOf(marks);
    let tries = 0;
    const moved = await this.persistent.until('receipts not stored', () => {
      tries++;
      return store.markReceipts(marks, known);
    });
    // Stored by whoever had the partition before, or by a try whose answer was lost, and told to nobody.
    const mayBeUntold = !this.told || tries > 1;
    const movedKeys = new Set(moved.map(userKeyOf));
    const still = mayBeUntold ? highest(marks, userKeyOf).filter((mark) => !movedKeys.has(userKeyOf(mark))) : [];
    if (moved.length + still.length === 0) return;
    // Asked again after the store judged the marks: who changes his mind in between has his receipt withheld.
    const hidden = await this.persistent.until('privacy not read', () => this.withholding([...moved, ...still]));
    const told = await this.persistent.until('receipts not addressed', () => this.address(highestMoved(moved), still, known, hidden));
    const outbox = await this.persistent.until('routes not read', () => this.outboxOf(told));
    cells.receiptsTold.value += told.length;
    await outbox.append(bus, this.persistent);
  }

  /** States that are in memory. A mark beyond the last entry of one is about a newer one. */
  private knownOf(marks: readonly ReceiptMark[]): Map<ConversationId, Conversation> {
    const known = new Map<ConversationId, Conversation>();
    for (const { conversation } of marks) {
      const state = this.options.held(conversation)?.state(conversation);
      if (state !== undefined) known.set(conversation, state);
    }
    for (const { conversation, sequence } of marks) {
      const state = known.get(conversation);
      if (state !== undefined && state.lastSequence < sequence) known.delete(conversation);
    }
    return known;
  }

  private withholding(marks: readonly ReceiptMark[]): Promise<ReadonlySet<UserId>> {
    const readers = new Set(marks.flatMap(({ kind, device }) => (kind === 'read' ? [userOf(device)] : [])));
    return readers.size === 0 ? Promise.resolve(readers) : this.options.store.withholding([...readers]);
  }

  private async address(
    moved: readonly MovedMark[],
    still: readonly ReceiptMark[],
    known: ReadonlyMap<ConversationId, Conversation>,
    hidden: ReadonlySet<UserId>,
  ): Promise<Told[]> {
    const { store, cells } = this.options;
    const missing = new Set([...moved, ...still].flatMap(({ conversation }) => (known.has(conversation) ? [] : [conversation])));
    const read = missing.size === 0 ? undefined : await store.conversations([...missing]);
    const stateOf = (id: ConversationId) => known.get(id) ?? read?.get(id);
    const told: Told[] = [];
    await inSlices(moved, async (mark) => {
      const state = stateOf(mark.conversation);
      const user = userOf(mark.device);
      if (state === undefined) return;
      if (mark.withheld === true || (mark.kind === 'read' && hidden.has(user))) {
        cells.receiptsWithheld.value++;
        told.push({ mark, others: [] });
      } else told.push({ mark, others: await this.concerned(state, mark, mark.after) });
    });
    await inSlices(still, async (mark) => {
      const state = stateOf(mark.conversation);
      if (state !== undefined && isMember(state, userOf(mark.device))) told.push(...(await this.addressAgain(state, mark)));
    });
    return told;
  }

  /** A mark that stands already: the reader's devices get it, the others what they may see of its user. */
  private async addressAgain(state: Conversation, mark: ReceiptMark): Promise<Told[]> {
    const user = userOf(mark.device);
    const own: Told = { mark: { ...mark, sequence: Math.min(mark.sequence, state.lastSequence) }, others: [] };
    const told = mark.kind === 'read' ? [own] : [];
    const other = state.members.find((member) => member !== user);
    if (other === undefined) return told;
    for (let position: Uint8Array = new Uint8Array(0), more = true; more; ) {
      const page = await this.options.store.receipts(other, state.id, position, RECEIPTS_PER_PAGE);
      if ('refused' in page) break;
      for (const receipt of page.receipts) {
        if (receipt.user !== user) continue;
        const { kind, sequence } = receipt;
        const seen = { kind, conversation: state.id, device: mark.device, sequence };
        told.push({ mark: seen, others: await this.concerned(state, seen, 0) });
      }
      ({ position, more } = page);
    }
    return told;
  }

  /** Who hears of a mark: what he sent up to `after` he knows of. */
  private async concerned(state: Conversation, { sequence, device }: ReceiptMark, after: number): Promise<readonly UserId[]> {
    const user = userOf(device);
    if (state.members.length <= 2) return state.members.filter((member) => member !== user);
    const from = Math.max(after + 1, sequence - MESSAGES_LOOKED_AT + 1);
    const remembered = this.options.held(state.id)?.senders(state.id, from, sequence);
    const senders = new Set((remembered ?? (await this.options.store.senders(state.id, from, sequence))).map(userOf));
    return [...senders].filter((sender) => sender !== user && isMember(state, sender));
  }

  private async outboxOf(told: readonly Told[]): Promise<GatewayOutbox> {
    const outbox = new GatewayOutbox(this.options.recordVersion, this.options.cells);
    const users = new Set<UserId>();
    for (const { mark, others } of told) {
      for (const other of others) users.add(other);
      if (mark.kind === 'read') users.add(userOf(mark.device));
    }
    const asked = [...users];
    if (asked.length === 0) return outbox;
    const found = await this.options.routes.lookup(asked);
    const routes = new Map(asked.map((user, index) => [user, found.routes[index] ?? []]));
    for (const { mark, others } of told) {
      const user = userOf(mark.device);
      const own = mark.kind === 'read' ? (routes.get(user) ?? []).filter(({ device }) => device !== mark.device) : [];
      const reached = [...own, ...others.flatMap((other) => routes.get(other) ?? [])];
      for (const [gateway, sessions] of byGateway(reached)) {
        const { conversation, kind: receipt, sequence } = mark;
        outbox.add(gateway, { kind: 'receipt', conversation, user, receipt, sequence, sessions });
      }
    }
    return outbox;
  }

  private async bury(record: BusRecord, reason: string): Promise<void> {
    this.options.cells.poison.value++;
    const letter: DeadLetter = { topic: 'receipts', partition: this.partition, record, reason };
    await this.persistent.until('dead letter not kept', () => this.options.deadLetter(letter));
  }
}

function deviceKeyOf({ kind, conversation, device }: ReceiptMark): string {
  return `${kind} ${conversation} ${device}`;
}

function userKeyOf({ kind, conversation, device }: ReceiptMark): string {
  return `${kind} ${conversation} ${userOf(device)}`;
}

async function inSlices<One>(all: readonly One[], each: (one: One) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += CONCURRENT_READS) await Promise.all(all.slice(at, at + CONCURRENT_READS).map(each));
}

/** Of each user's marks the highest, after what he had before the lowest. */
function highestMoved(moved: readonly MovedMark[]): MovedMark[] {
  const after = new Map<string, number>();
  for (const mark of moved) after.set(userKeyOf(mark), Math.min(mark.after, after.get(userKeyOf(mark)) ?? mark.after));
  return highest(moved, userKeyOf).map((mark) => ({ ...mark, after: after.get(userKeyOf(mark))! }));
}

/** The highest mark of each key. */
function highest<Mark extends ReceiptMark>(marks: readonly Mark[], keyOf: (mark: Mark) => string): Mark[] {
  const kept = new Map<string, Mark>();
  for (const mark of marks) {
    const before = kept.get(keyOf(mark));
    if (before === undefined || before.sequence < mark.sequence) kept.set(keyOf(mark), mark);
  }
  return [...kept.values()];
}

function byGateway(routes: readonly Route[]): Map<number, AddressedSession[]> {
  const gateways = new Map<number, AddressedSession[]>();
  for (const { gateway, edge, connection, device } of routes) {
    const sessions = gateways.get(gateway);
    if (sessions === undefined) gateways.set(gateway, [{ edge, connection, device }]);
    else sessions.push({ edge, connection, device });
  }
  return gateways;
}
