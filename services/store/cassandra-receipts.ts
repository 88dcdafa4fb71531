/**
 * Receipts in Cassandra: per conversation, user and device how far it has received and read, and how much of what was read
 * may be shown. Each is written with its sequence as its time, so that it only grows, whoever writes it.
 */
import { type ConversationId, type UserId, userOf } from '../protocol/ids.ts';
import type { PartitionWrite } from './cassandra-batches.ts';
import type { CassandraClient, Row, Statement } from './cassandra-client.ts';
import { isIn, long } from './cassandra-rows.ts';
import type { Statements } from './cassandra-statements.ts';
import { alone, settled } from './cassandra-writes.ts';
import { receiptPage } from './pages.ts';
import { readReceiptsPosition } from './positions.ts';
import type { Conversation, Receipt, ReceiptMark, ReceiptPage, Refusal } from './store.ts';

interface Marks {
  delivered: number;
  read: number;
  shown: number;
}

const PAGE_ROWS = 2_000;

export class CassandraReceipts {
  private readonly client: CassandraClient;
  private readonly statements: Statements;

  constructor(client: CassandraClient, statements: Statements) {
    this.client = client;
    this.statements = statements;
  }

  async mark(marks: readonly ReceiptMark[], states: ReadonlyMap<ConversationId, Conversation>): Promise<readonly ReceiptMark[]> {
    const groups = new Map<string, ReceiptMark[]>();
    for (const mark of marks) {
      const state = states.get(mark.conversation);
      if (state === undefined || !isIn(state.members, userOf(mark.device))) continue;
      const key = `${mark.conversation}.${userOf(mark.device)}`;
      const cut = { ...mark, sequence: Math.min(mark.sequence, state.lastSequence) };
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [cut]);
      else group.push(cut);
    }
    const moved = new Map<ReceiptMark, ReceiptMark>();
    const all = [...groups.values()];
    const reads: PartitionWrite[] = [];
    const writes: PartitionWrite[] = [];
    await settled(all.map((group) => this.markOfUser(group, moved, reads, writes)));
    // The list first: a mark that stands in the receipts has moved the list row too, also after a crash between the two.
    await this.client.writePartitions(reads);
    await this.client.writePartitions(writes);
    return all.flat().flatMap((mark) => moved.get(mark) ?? []);
  }

  /** Marks of one user in one conversation, in their order: which moved, and what is to be written to lists and receipts. */
  private async markOfUser(
    marks: readonly ReceiptMark[],
    moved: Map<ReceiptMark, ReceiptMark>,
    lists: PartitionWrite[],
    receipts: PartitionWrite[],
  ): Promise<void> {
    const { client, statements } = this;
    const { conversation, device } = marks[0]!;
    const user = userOf(device);
    const reads = marks.some(({ kind }) => kind === 'read');
    const [rows, privacy] = await Promise.all([
      client.read(statements.receiptsOfUser, [long(conversation), long(user)]),
      reads ? this.privacyOf(user) : undefined,
    ]);
    const devices = new Map(rows.map((row) => [Number(row.device), marksOf(row)]));
    const highest = highestOf(devices.values());
    const writes: Statement[] = [];
    let readTo = 0;
    for (const mark of marks) {
      const { kind, sequence } = mark;
      if (sequence > highest[kind]) {
        highest[kind] = sequence;
        moved.set(mark, kind === 'read' && isWithheld(privacy, mark) ? { ...mark, withheld: true } : mark);
        if (kind === 'read') readTo = sequence;
      }
      const own = devices.get(mark.device) ?? { delivered: 0, read: 0, shown: 0 };
      devices.set(mark.device, own);
      if (sequence <= own[kind]) continue;
      own[kind] = sequence;
      const isShown = kind === 'read' && moved.has(mark) && moved.get(mark)?.withheld !== true;
      const fields = [kind === 'delivered' ? long(sequence) : undefined, kind === 'read' ? long(sequence) : undefined];
      writes.push({
        query: statements.putReceipt,
        params: [long(conversation), long(user), long(mark.device), ...fields, isShown ? long(sequence) : undefined, long(sequence)],
      });
    }
    if (readTo > 0)
      lists.push(alone([long(user)], { query: statements.putRead, params: [long(user), long(conversation), long(readTo), long(readTo)] }));
    if (writes.length > 0) receipts.push({ key: [long(conversation)], statements: writes });
  }

  async page(user: UserId, { id, members }: Conversation, position: Uint8Array, limit: number): Promise<ReceiptPage | Refusal> {
    const after = readReceiptsPosition(position);
    if (after === undefined) return { refused: 'badPosition' };
    const rows = await this.client.readAll(this.statements.receiptsAfter, [long(id), long(after)], PAGE_ROWS);
    const users = new Map<UserId, Marks[]>();
    for (const row of rows) {
      const its = users.get(Number(row.user));
      if (its === undefined) users.set(Number(row.user), [marksOf(row)]);
      else its.push(marksOf(row));
    }
    return receiptPage(members, user, after, limit, (other) => visible(other, users.get(other)));
  }

  async setPrivacy(user: UserId, withhold: boolean, nowMs: number): Promise<void> {
    const before = await this.privacyOf(user);
    // After the wish before it, whatever the clocks of two processes say.
    const written = before === undefined ? 0n : (before.written as bigint);
    const now = long(nowMs) * 1_000n;
    const shownSince = withhold || before?.withhold !== true ? undefined : long(nowMs);
    const params = [long(user), withhold, shownSince, now > written ? now : written + 1n];
    await this.client.write({ query: this.statements.putPrivacy, params });
  }

  async withholding(users: readonly UserId[]): Promise<ReadonlySet<UserId>> {
    const rows = await Promise.all(users.map((user) => this.privacyOf(user)));
    return new Set(users.filter((_, index) => rows[index]?.withhold === true));
  }

  private async privacyOf(user: UserId): Promise<Row | undefined> {
    return (await this.client.read(this.statements.privacy, [long(user)]))[0];
  }
}

/** A mark that was made before its user showed again what he reads is withheld, when it comes after. */
function isWithheld(privacy: Row | undefined, { loggedAtMs }: ReceiptMark): boolean {
  if (privacy === undefined) return false;
  return (
    privacy.withhold === true || (loggedAtMs !== undefined && privacy.shown_since !== null && loggedAtMs <= Number(privacy.shown_since))
  );
}

function marksOf(row: Row): Marks {
  return { delivered: Number(row.delivered ?? 0), read: Number(row.read ?? 0), shown: Number(row.shown ?? 0) };
}

function highestOf(all: Iterable<Marks>): Marks {
  const highest = { delivered: 0, read: 0, shown: 0 };
  for (const { delivered, read, shown } of all) {
    highest.delivered = Math.max(highest.delivered, delivered);
    highest.read = Math.max(highest.read, read);
    highest.shown = Math.max(highest.shown, shown);
  }
  return highest;
}

/** What others may see: at most one read and, where it is higher, one delivered. Who has read has received. */
function visible(user: UserId, devices: readonly Marks[] | undefined): readonly Receipt[] {
  if (devices === undefined) return [];
  const { delivered, read, shown } = highestOf(devices);
  const receipts: Receipt[] = [];
  if (shown > 0) receipts.push({ kind: 'read', user, sequence: shown });
  const reached = Math.max(delivered, read);
  if (reached > shown) receipts.push({ kind: 'delivered', user, sequence: reached });
  return receipts;
}
