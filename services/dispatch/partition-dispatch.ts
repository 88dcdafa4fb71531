/**
 * One partition of `messages` in the hands of this process: each batch is decided by the log, stored, routed, written to
 * deliveries, and then the position moves. An effect that fails is tried again until it holds, since the outcome is already
 * decided, or until the partition has gone to another. A former owner that goes on for a while does no harm: what it writes
 * is a function of the log.
 *
 * When the partition is taken, what is remembered of it is read again from the log. Where the store outlives the process,
 * only the ids: from a span before the last stored run on; states and outcomes come from the store. Where it does not, all
 * from the earliest record on. From the committed position on records have their effects; so a record's deliveries may be
 * written twice, its row never.
 */
import type { BusRecord, Holding, SharedBus } from '../bus/bus.ts';
import { decodeMessage } from '../bus/record-codec.ts';
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';
import type { Route, Routes } from '../routes/routes.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { observeBetween } from '../runtime/histogram-cell.ts';
import type { Conversation, DecidedBatch, Place, RecordedOutcome, Store } from '../store/store.ts';
import { ConversationCache } from './conversation-cache.ts';
import type { DeadLetter } from './dead-letter.ts';
import { Decider, type Decision, type Known, type PartitionRules, type PlacedRecord, placedRecord } from './decider.ts';
import { fanOut } from './fan-out.ts';
import { GatewayOutbox } from './gateway-outbox.ts';
import { withoutLeftovers } from './leftovers.ts';
import type { DispatchCells } from './metrics.ts';
import type { OfflinePush } from './offline-push.ts';
import { type Persistence, Persistent } from './persistence.ts';

export interface PartitionDispatchOptions {
  readonly bus: SharedBus;
  readonly store: Store;
  readonly routes: Routes;
  /** Tells devices that are surely offline; undefined: nobody does. */
  readonly push: OfflinePush | undefined;
  readonly cells: DispatchCells;
  /** Of the deliveries that are written. */
  readonly recordVersion: number;
  readonly rulesAt: (partition: number, offset: number, loggedAtMs: number) => PartitionRules;
  readonly messageIdMs: number;
  readonly maxIdsPerPartition: number;
  /** Members of the states kept in memory, see ConversationCache. */
  readonly cachedMembers: number;
  /** The store outlives this process. Where it does not, it is made again from the whole log. */
  readonly storeOutlives: boolean;
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly failed: Persistence['failed'];
}

interface Decided {
  readonly placed: PlacedRecord;
  readonly decision: Decision;
}

export const DISPATCH_GROUP = 'dispatch';
/** Records decided and stored together; while they are routed the next ones are decided. */
const CHUNK_RECORDS = 512;
/** Ids are read from a span before the last run, and so much more: an id that was first used in it is known by that use. */
const ID_MARGIN_MS = 120_000;
const NO_ROUTES: readonly Route[] = [];

/** Where a partition stood when it was taken. */
interface Start {
  readonly from: number | undefined;
  /** Below it a record is read for what is remembered only. */
  readonly effectsFrom: number;
  /** Below it nothing is missing when the log no longer has it. */
  readonly doneBelow: number;
  /** Records below `effectsFrom` are decided and stored once more. */
  readonly storesAgain: boolean;
  readonly end: number;
}

export class PartitionDispatch implements Holding {
  readonly partition: number;
  /** Resolves when everything that was in the partition when it was taken is stored. */
  readonly caughtUp: Promise<void>;
  private readonly options: PartitionDispatchOptions;
  private readonly start: Start;
  private readonly decider: Decider;
  private readonly cache: ConversationCache;
  private readonly persistent: Persistent;
  private arrived!: () => void;
  private next: number;
  private stopped = false;
  private gone = false;
  private taking = false;
  private stale = false;

  private constructor(options: PartitionDispatchOptions, partition: number, start: Start) {
    this.options = options;
    this.partition = partition;
    this.start = start;
    this.next = start.from ?? 0;
    this.decider = new Decider({
      rulesAt: (offset, loggedAtMs) => options.rulesAt(partition, offset, loggedAtMs),
      messageIdMs: options.messageIdMs,
      maxIds: options.maxIdsPerPartition,
    });
    this.cache = new ConversationCache(options.cachedMembers);
    this.persistent = new Persistent({ pause: options.pause, failed: options.failed });
    this.caughtUp = new Promise((resolve) => {
      this.arrived = resolve;
    });
    if (start.end <= this.next) this.arrived();
  }

  static async take(options: PartitionDispatchOptions, partition: number): Promise<PartitionDispatch> {
    const { bus, store, storeOutlives, messageIdMs } = options;
    const committed = await bus.committed(DISPATCH_GROUP, 'messages', partition);
    const progress = storeOutlives ? await store.progress(partition) : undefined;
    // After it: what a write that was under way when the store forgot may have left there is of records below this end.
    const end = await bus.end('messages', partition);
    const doneBelow = committed ?? progress?.nextOffset ?? 0;
    // The group's position is unknown, or the store has not all: everything that the log still has is gone through.
    if (committed === undefined || progress === undefined || progress.whole === false) {
      const start = { from: undefined, effectsFrom: committed ?? 0, doneBelow, storesAgain: true, end };
      return new PartitionDispatch(options, partition, start);
    }
    // A store that forgot its last writes (a node killed before its commit log was on disk) gets them once more.
    const effectsFrom = Math.min(committed, progress.nextOffset);
    const idsFromMs = progress.firstLoggedAtMs - messageIdMs - ID_MARGIN_MS;
    const from = Math.min(effectsFrom, await bus.offsetAt('messages', partition, Math.max(0, idsFromMs)));
    return new PartitionDispatch(options, partition, { from, effectsFrom, doneBelow, storesAgain: false, end });
  }

  get from(): number | undefined {
    return this.start.from;
  }

  get remembered(): { readonly ids: number; readonly bytes: number } {
    const { size, bytes } = this.decider.duplicates;
    return { ids: size, bytes };
  }

  /** As it is stored; undefined: not in memory. */
  state(conversation: ConversationId): Conversation | undefined {
    return this.cache.get(conversation);
  }

  /** Who sent the messages from..to of a group; undefined: not in memory. */
  senders(conversation: ConversationId, from: number, to: number): readonly DeviceKey[] | undefined {
    return this.cache.senders(conversation, from, to);
  }

  readonly take = async (batch: readonly BusRecord[]): Promise<void> => {
    if (this.gone || this.stopped) throw new BackendError('notHeld', `messages/${this.partition} is no longer dispatched here`, false);
    this.taking = true;
    try {
      await this.takeBatch(batch);
    } catch (error) {
      this.cache.clear();
      // Its new owner does it.
      if (!this.gone) throw error;
    } finally {
      this.taking = false;
    }
  };

  readonly lost = (): void => {
    if (this.taking) this.markStale();
    this.gone = true;
    this.persistent.giveUp();
    this.cache.clear();
  };

  /** From here on a failure is not repeated; what is under way goes on. */
  stop(): void {
    this.stopped = true;
    this.persistent.giveUp();
  }

  private async takeBatch(batch: readonly BusRecord[]): Promise<void> {
    const { cells } = this.options;
    const { effectsFrom, doneBelow } = this.start;
    cells.gaps.value += Math.max(0, batch[0]!.offset - Math.max(this.next, doneBelow));
    const fresh = batch.findIndex(({ offset }) => offset >= effectsFrom);
    const old = fresh < 0 ? batch.length : fresh;
    if (old > 0) await this.replay(batch.slice(0, old));
    let effects: Promise<void> = Promise.resolve();
    try {
      for (let at = old; at < batch.length; at += CHUNK_RECORDS) {
        const chunk = batch.slice(at, at + CHUNK_RECORDS);
        const decided = await this.timed('stored', chunk, async () => this.decideAndStore(chunk, await this.read(chunk)));
        await effects;
        effects = this.timed('delivered', chunk, () => this.effects(chunk, decided));
        // Its failure is seen at the next wait for it.
        effects.catch(() => undefined);
      }
    } finally {
      await effects;
    }
    this.next = batch.at(-1)!.offset + 1;
    if (this.next >= this.start.end) this.arrived();
  }

  /** Each record of a chunk took as long as the chunk. What failed is not counted: it is done again, elsewhere. */
  private async timed<T>(step: 'stored' | 'delivered', chunk: readonly BusRecord[], run: () => Promise<T>): Promise<T> {
    const { cells, now } = this.options;
    const fromMs = now();
    const result = await run();
    observeBetween(cells.steps[step], cells.timesInvalid, fromMs, now(), chunk.length);
    return result;
  }

  /** Records that were dispatched before: nobody is told. */
  private async replay(batch: readonly BusRecord[]): Promise<void> {
    this.options.cells.replayed.value += batch.length;
    const records = batch.flatMap((record) => placed(record) ?? []);
    if (this.start.storesAgain) await this.decideAndStore(batch, records);
    else for (const record of records) this.decider.remember(record);
    this.countForgotten();
  }

  private async read(chunk: readonly BusRecord[]): Promise<PlacedRecord[]> {
    const { cells, deadLetter, now } = this.options;
    cells.batches.value++;
    cells.records.value += chunk.length;
    const nowMs = now();
    for (const { loggedAtMs } of chunk) observeBetween(cells.steps.queued, cells.timesInvalid, loggedAtMs, nowMs);
    const records: PlacedRecord[] = [];
    for (const record of chunk) {
      const decoded = decodeMessage(record.value);
      if (decoded.ok) records.push(placedRecord(decoded.record, record.offset, record.loggedAtMs));
      else {
        cells.poison.value++;
        const letter: DeadLetter = { topic: 'messages', partition: this.partition, record, reason: decoded.reason };
        await this.persistent.until('dead letter not kept', () => deadLetter(letter));
      }
    }
    return records;
  }

  private async decideAndStore(chunk: readonly BusRecord[], records: readonly PlacedRecord[]): Promise<Decided[]> {
    const { store } = this.options;
    const known = await this.persistent.until('state not read', () => this.knownOf(records));
    this.goOn();
    const decided = records.map((record) => ({ placed: record, decision: this.decider.decide(record, known) }));
    const batch = this.batchOf(chunk, decided);
    // A store that forgot between two reads makes outcomes unknown: before anybody is told so, a write has to hold.
    const isWritten = batch.applied.length + batch.rejections.length + this.decider.unknownOutcomes > 0;
    if (isWritten) await this.persistent.until('entries not stored', () => store.write(batch));
    this.countForgotten();
    this.goOn();
    for (const state of known.states.values()) this.cache.set(state);
    for (const { entry } of batch.applied) this.cache.add(entry);
    return decided;
  }

  private async knownOf(records: readonly PlacedRecord[]): Promise<Known> {
    const { store, cells } = this.options;
    const states = new Map<ConversationId, Conversation>();
    const asked = new Set<ConversationId>();
    for (const { record } of records) {
      const cached = this.cache.get(record.conversation);
      if (cached === undefined) asked.add(record.conversation);
      else states.set(record.conversation, cached);
    }
    if (asked.size > 0) for (const [id, state] of await store.conversations([...asked])) states.set(id, state);
    const places = this.decider.firstUses(records);
    for (const { record, offset } of records) {
      if (!Decider.isBehind(states.get(record.conversation), offset)) continue;
      cells.behind.value++;
      places.push({ conversation: record.conversation, offset });
    }
    const known = { states, outcomes: await this.outcomesAt(places) };
    return this.start.storesAgain ? withoutLeftovers(store, records, known) : known;
  }

  private async outcomesAt(places: readonly Place[]): Promise<Map<number, RecordedOutcome>> {
    const outcomes = new Map<number, RecordedOutcome>();
    if (places.length === 0) return outcomes;
    this.options.cells.outcomesRead.value += places.length;
    const found = await this.options.store.outcomesAt(places);
    for (const [index, { offset }] of places.entries()) {
      const outcome = found[index];
      if (outcome !== undefined) outcomes.set(offset, outcome);
    }
    return outcomes;
  }

  private batchOf(chunk: readonly BusRecord[], decided: readonly Decided[]): DecidedBatch {
    const applied: DecidedBatch['applied'][number][] = [];
    const rejections: DecidedBatch['rejections'][number][] = [];
    for (const { placed, decision } of decided) {
      const { conversation } = placed.record;
      if (decision.kind === 'entry' && decision.applied !== undefined) applied.push(decision.applied);
      else if (decision.kind === 'rejected' && !decision.stored)
        rejections.push({ conversation, offset: placed.offset, code: decision.code });
    }
    const nextOffset = chunk.at(-1)!.offset + 1;
    return { partition: this.partition, applied, rejections, nextOffset, firstLoggedAtMs: chunk[0]!.loggedAtMs };
  }

  private async effects(chunk: readonly BusRecord[], decided: readonly Decided[]): Promise<void> {
    const { cells, bus, push, recordVersion } = this.options;
    for (const { decision } of decided) {
      if (decision.kind === 'entry') cells.entries.value++;
      else if (decision.kind === 'rejected') cells.rejected.value++;
      else cells.repeated.value++;
    }
    // Routes are read after the entries are stored: who connects in between finds them by his resume position.
    const { routes, certain } = await this.persistent.until('routes not read', () => this.routesFor(decided));
    this.goOn();
    const outbox = new GatewayOutbox(recordVersion, cells);
    for (const { placed, decision } of decided) {
      const recipients: Route[] = [];
      if (decision.kind === 'entry') for (const user of decision.recipients) recipients.push(...(routes.get(user) ?? NO_ROUTES));
      fanOut(placed.record, decision, recipients, outbox.add);
    }
    await outbox.append(bus, this.persistent);
    if (push !== undefined) {
      const entries = decided.flatMap(({ decision }) => (decision.kind === 'entry' ? [decision] : []));
      await this.persistent.until('devices not read', () => push.tell(entries, routes, certain));
    }
    this.goOn();
    await this.persistent.until('position not moved', () => this.commit(chunk.at(-1)!.offset + 1));
  }

  private async routesFor(decided: readonly Decided[]): Promise<{ routes: ReadonlyMap<UserId, readonly Route[]>; certain: boolean }> {
    const users = new Set<UserId>();
    for (const { decision } of decided) if (decision.kind === 'entry') for (const user of decision.recipients) users.add(user);
    if (users.size === 0) return { routes: new Map(), certain: true };
    const asked = [...users];
    const found = await this.options.routes.lookup(asked);
    return { routes: new Map(asked.map((user, index) => [user, found.routes[index] ?? NO_ROUTES])), certain: found.certain };
  }

  private async commit(nextOffset: number): Promise<void> {
    try {
      await this.options.bus.commit(DISPATCH_GROUP, 'messages', this.partition, nextOffset);
    } catch (error) {
      if (!(error instanceof BackendError) || error.code !== 'fenced') throw error;
      this.markStale();
      this.lost();
      throw error;
    }
  }

  /** A former owner goes no further than the step it is at. */
  private goOn(): void {
    if (this.gone) throw new BackendError('fenced', `messages/${this.partition} has gone to another member`, false);
  }

  private markStale(): void {
    if (this.stale) return;
    this.stale = true;
    this.options.cells.staleOwner.value++;
  }

  private countForgotten(): void {
    const { cells } = this.options;
    const { decider } = this;
    cells.forgottenEarly.value += decider.duplicates.forgottenEarly;
    cells.unknownOutcomes.value += decider.unknownOutcomes;
    decider.duplicates.forgottenEarly = 0;
    decider.unknownOutcomes = 0;
  }
}

function placed({ offset, loggedAtMs, value }: BusRecord): PlacedRecord | undefined {
  const decoded = decodeMessage(value);
  return decoded.ok ? placedRecord(decoded.record, offset, loggedAtMs) : undefined;
}
