/**
 * Receipts in Cassandra: per conversation, user and device how far it has received and read, and how much of what was read
 * may be shown. Each is written with its sequence as its time, so that it only grows, whoever writes it.
 */
import { type ConversationId, type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';
import type { PartitionWrite } from './cassandra-batches.ts';
import type { CassandraClient, Row, Statement } from './cassandra-client.ts';
import { isIn, long } from './cassandra-rows.ts';
import type { Statements } from './cassandra-statements.ts';
import { alone, settled } from './cassandra-writes.ts';
import { receiptPage } from './pages.ts';
import { readReceiptsPosition } from './positions.ts';
import { type DeviceMarks, RecentMarks } from './recent-marks.ts';
import type { Conversation, MovedMark, Receipt, ReceiptMark, ReceiptPage, Refusal } from './store.ts';

type Marks = { -readonly [Kind in keyof DeviceMarks]: number };

const PAGE_ROWS = 2_000;

/** What marks of one user in one conversation come to. */
interface Marked {
  readonly conversation: ConversationId;
  readonly user: UserId;
  /** How far his devices are then. */
  readonly devices: ReadonlyMap<DeviceKey, DeviceMarks>;
  readonly moved: readonly MovedMark[];
  readonly list: readonly PartitionWrite[];
  readonly receipts: readonly PartitionWrite[];
}

export class CassandraReceipts {
  readonly recent = new RecentMarks();
  private readonly client: CassandraClient;
  private readonly statements: Statements;

  constructor(client: CassandraClient, statements: Statements) {
    this.client = client;
    this.statements = statements;
  }

  async mark(marks: readonly ReceiptMark[], states: ReadonlyMap<ConversationId, Conversation>): Promise<readonly MovedMark[]> {
    const groups = new Map<string, ReceiptMark[]>();
    const readers = new Set<UserId>();
    for (const mark of marks) {
      const state = states.get(mark.conversation);
      const user = userOf(mark.device);
      if (state === undefined || !isIn(state.members, user)) continue;
      if (mark.kind === 'read') readers.add(user);
      const cut = { ...mark, sequence: Math.min(mark.sequence, state.lastSequence) };
      const key = `${mark.conversation}.${user}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [cut]);
      else group.push(cut);
    }
    const all = [...groups.values()];
    const [privacy] = await Promise.all([this.privacyOf([...readers]), settled(all.map((group) => this.remember(group[0]!)))]);
    const marked = all.map((group) => this.markOfUser(group, privacy));
    // The list first: a mark that stands in the receipts has moved the list row too, also after a crash between the two.
    await this.client.writePartitions(marked.flatMap(({ list }) => list));
    await this.client.writePartitions(marked.flatMap(({ receipts }) => receipts));
    // Only now: a write whose answer was lost is judged as before when it is tried again.
    for (const { conversation, user, devices } of marked) this.recent.set(conversation, user, devices);
    return marked.flatMap(({ moved }) => moved);
  }

  private async remember({ conversation, device }: ReceiptMark): Promise<void> {
    const user = userOf(device);
    if (this.recent.of(conversation, user) !== undefined) return;
    const rows = await this.client.read(this.statements.receiptsOfUser, [long(conversation), long(user)]);
    this.recent.set(conversation, user, new Map(rows.map((row) => [Number(row.device), marksOf(row)])));
  }

  /** Marks of one user in one conversation, in their order: which moved, and what is to be written to lists and receipts. */
  private markOfUser(marks: readonly ReceiptMark[], privacy: ReadonlyMap<UserId, Row>): Marked {
    const { statements } = this;
    const { conversation, device } = marks[0]!;
    const user = userOf(device);
    const devices = new Map([...(this.recent.of(conversation, user) ?? [])].map(([key, one]) => [key, { ...one }]));
    const highest = highestOf(devices.values());
    const moved: MovedMark[] = [];
    const writes: Statement[] = [];
    let readTo = 0;
    for (const mark of marks) {
      const { kind, sequence } = mark;
      const after = highest[kind];
      const isHigher = sequence > after;
      const withheld = kind === 'read' && isWithheld(privacy.get(user), mark);
      if (isHigher) {
        highest[kind] = sequence;
        moved.push(withheld ? { ...mark, after, withheld } : { ...mark, after });
        if (kind === 'read') readTo = sequence;
      }
      const own = devices.get(mark.device) ?? { delivered: 0, read: 0, shown: 0 };
      devices.set(mark.device, own);
      if (sequence <= own[kind]) continue;
      own[kind] = sequence;
      const isShown = kind === 'read' && isHigher && !withheld;
      if (isShown) own.shown = sequence;
      const fields = [kind === 'delivered' ? long(sequence) : undefined, kind === 'read' ? long(sequence) : undefined];
      writes.push({
        query: statements.putReceipt,
        params: [long(conversation), long(user), long(mark.device), ...fields, isShown ? long(sequence) : undefined, long(sequence)],
      });
    }
    const read = { query: statements.putRead, params: [long(user), long(conversation), long(readTo), long(readTo)] };
    return {
      conversation,
      user,
      devices,
      moved,
      list: readTo > 0 ? [alone([long(user)], read)] : [],
      receipts: writes.length > 0 ? [{ key: [long(conversation)], statements: writes }] : [],
    };
  }

  async page(user: UserId, { id, members }: Conversation, position: Uint8Array, limit: number): Promise<ReceiptPage | Refusal> {
    const after = readReceiptsPosition(position);
    if (after === undefined) return { refused: 'badPosition' };
    const rows = await this.client.readAll(this.statements.receiptsAfter, [long(id), long(after)], PAGE_ROWS);
    const users = new Map<UserId, DeviceMarks[]>();
    for (const row of rows) {
      const its = users.get(Number(row.user));
      if (its === undefined) users.set(Number(row.user), [marksOf(row)]);
      else its.push(marksOf(row));
    }
    return receiptPage(members, user, after, limit, (other) => visible(other, users.get(other)));
  }

  async setPrivacy(user: UserId, withhold: boolean, nowMs: number): Promise<void> {
    const before = (await this.privacyOf([user])).get(user);
    // After the wish before it, whatever the clocks of two processes say.
    const written = before === undefined ? 0n : (before.written as bigint);
    const now = long(nowMs) * 1_000n;
    const shownSince = withhold || before?.withhold !== true ? undefined : long(nowMs);
    const params = [long(user), withhold, shownSince, now > written ? now : written + 1n];
    await this.client.write({ query: this.statements.putPrivacy, params });
  }

  async withholding(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    const rows = await this.privacyOf(users);
    return new Set(users.filter((user) => rows.get(user)?.withhold === true));
  }

  private async privacyOf(users: readonly UserId[]): Promise<ReadonlyMap<UserId, Row>> {
    const rows = await this.client.readPartitions(this.statements.privacy, users.map(long));
    return new Map(rows.map((row) => [Number(row.user), row]));
  }
}

/** A mark that was made before its user showed again what he reads is withheld, when it comes after. */
function isWithheld(privacy: Row | undefined, { loggedAtMs }: ReceiptMark): boolean {
  if (privacy === undefined) return false;
  return (
    privacy.withhold === true || (loggedAtMs !== undefined && privacy.shown_since !== null && loggedAtMs <= Number(privacy.shown_since))
  );
}

function marksOf(row: Row): DeviceMarks {
  return { delivered: Number(row.delivered ?? 0), read: Number(row.read ?? 0), shown: Number(row.shown ?? 0) };
}

function highestOf(all: Iterable<DeviceMarks>): Marks {
  const highest = { delivered: 0, read: 0, shown: 0 };
  for (const { delivered, read, shown } of all) {
    highest.delivered = Math.max(highest.delivered, delivered);
    highest.read = Math.max(highest.read, read);
    highest.shown = Math.max(highest.shown, shown);
  }
  return highest;
}

/** What others may see: at most one read and, where it is higher, one delivered. Who has read has received. */
function visible(user: UserId, devices: readonly DeviceMarks[] | undefined): readonly Receipt[] {
  if (devices === undefined) return [];
  const { delivered, read, shown } = highestOf(devices);
  const receipts: Receipt[] = [];
  if (shown > 0) receipts.push({ kind: 'read', user, sequence: shown });
  const reached = Math.max(delivered, read);
  if (reached > shown) receipts.push({ kind: 'delivered', user, sequence: reached });
  return receipts;
}
