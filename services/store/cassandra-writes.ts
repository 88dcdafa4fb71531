/**
 * A decided run put into Cassandra. First messages, list rows and rejections, then the conversations' states, then how far the
 * partition is stored: after a crash anywhere between, the state is behind and the run is decided and written again.
 * Each conversation's list rows and state are written once for the run, and rows that the same nodes keep go together.
 */

import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import type { DeviceKey, UserId } from '../protocol/ids.ts';
import { userOf } from '../protocol/ids.ts';
import { ByteReader } from '../runtime/byte-reader.ts';
import type { PartitionWrite } from './cassandra-batches.ts';
import type { CassandraClient, Statement, Value } from './cassandra-client.ts';
import {
  blob,
  isIn,
  type LastMessage,
  lastMessageOfRow,
  lastMessageValues,
  long,
  membersBytes,
  messageValues,
  STANDING,
} from './cassandra-rows.ts';
import { bucketOf } from './cassandra-schema.ts';
import type { Statements } from './cassandra-statements.ts';
import { lastMessageOf } from './pages.ts';
import { type Applied, type Conversation, type DecidedBatch, FAN_OUT_MEMBERS } from './store.ts';

/** Of one write of several messages. */
const TOGETHER_BYTES = 65_536;
const TOGETHER_ROWS = 64;
const ROW_BYTES = 100;

/** What the run did to one conversation. */
interface Changes {
  readonly all: Applied[];
  readonly last: Conversation;
  readonly message: LastMessage | undefined;
  /** Highest sequence that each sender sent. */
  readonly sent: ReadonlyMap<UserId, number>;
}

export class CassandraWrites {
  private readonly client: CassandraClient;
  private readonly statements: Statements;

  constructor(client: CassandraClient, statements: Statements) {
    this.client = client;
    this.statements = statements;
  }

  async write({ partition, applied, rejections, nextOffset, firstLoggedAtMs }: DecidedBatch): Promise<void> {
    const { client, statements } = this;
    const conversations = new Map<number, Applied[]>();
    for (const one of applied) {
      const its = conversations.get(one.conversation.id);
      if (its === undefined) conversations.set(one.conversation.id, [one]);
      else its.push(one);
    }
    const changed = [...conversations.values()].map(changesOf);
    const rows = await Promise.all(changed.map((changes) => this.listRows(changes)));
    const refused = rejections.map(({ conversation, offset, code }) =>
      alone([long(conversation)], { query: statements.putRejection, params: [long(conversation), long(offset), code, long(offset)] }),
    );
    await client.writePartitions([...changed.flatMap(({ all }) => this.messageWrites(all)), ...rows.flat(), ...refused]);
    await client.writePartitions(changed.map((changes) => alone([long(changes.last.id)], this.stateOf(changes))));
    const params = [partition, long(nextOffset), long(firstLoggedAtMs), long(nextOffset)];
    await client.write({ query: statements.putProgress, params });
  }

  private messageWrites(all: readonly Applied[]): PartitionWrite[] {
    const writes: Array<{ readonly key: readonly Value[]; readonly statements: Statement[] }> = [];
    let bucket = -1;
    let bytes = 0;
    for (const { entry, conversation } of all) {
      const entryBytes = entry.bodies.reduce((sum, { body }) => sum + body.length, ROW_BYTES);
      const together = writes.at(-1)?.statements;
      const statement = { query: this.statements.putMessage, params: messageValues(entry, conversation.offset) };
      if (
        together !== undefined &&
        bucket === bucketOf(entry.sequence) &&
        bytes + entryBytes <= TOGETHER_BYTES &&
        together.length < TOGETHER_ROWS
      ) {
        together.push(statement);
        bytes += entryBytes;
      } else {
        bucket = bucketOf(entry.sequence);
        writes.push({ key: [long(conversation.id), bucket], statements: [statement] });
        bytes = entryBytes;
      }
    }
    return writes;
  }

  private async listRows(changes: Changes): Promise<PartitionWrite[]> {
    const { last, sent, all } = changes;
    // Who is new in a list needs a last message that may be older than this run.
    const joins = all.some(
      ({ entry }) =>
        entry.kind === ENTRY_KINDS.memberAdded || entry.kind === ENTRY_KINDS.memberRemoved || entry.kind === ENTRY_KINDS.memberLeft,
    );
    const message = changes.message ?? (joins ? await this.storedMessage(last.id) : undefined);
    const isLarge = last.members.length > FAN_OUT_MEMBERS;
    const rows: PartitionWrite[] = [];
    for (const user of isLarge ? concernedOf(all) : last.members) {
      if (isIn(last.members, user)) rows.push(alone([long(user)], this.listRow(user, last, isLarge, message, sent.get(user))));
    }
    if (isLarge) for (const [user, sequence] of sent) rows.push(alone([long(user)], this.sentRow(user, last, sequence)));
    for (const user of leaversOf(all, last)) rows.push(alone([long(user)], this.leftRow(user, last)));
    return rows;
  }

  private listRow(
    user: UserId,
    last: Conversation,
    isLarge: boolean,
    message: LastMessage | undefined,
    sent: number | undefined,
  ): Statement {
    const standing = isLarge ? STANDING.large : STANDING.member;
    return this.row(user, last, [
      standing,
      long(last.lastSequence),
      long(last.offset),
      long(last.changedAtMs),
      last.members.length,
      ...lastMessageValues(isLarge ? undefined : message),
      sent === undefined ? undefined : long(sent),
    ]);
  }

  private leftRow(user: UserId, last: Conversation): Statement {
    return this.row(user, last, [STANDING.left, ...new Array<undefined>(8).fill(undefined)]);
  }

  private sentRow(user: UserId, last: Conversation, sent: number): Statement {
    return this.row(user, last, [...new Array<undefined>(8).fill(undefined), long(sent)]);
  }

  private row(user: UserId, { id, lastSequence }: Conversation, values: readonly Value[]): Statement {
    return { query: this.statements.putListRow, params: [long(user), long(id), ...values, long(lastSequence)] };
  }

  private stateOf({ last, all, message }: Changes): Statement {
    const isChanged = all.some(({ entry }) => entry.kind !== ENTRY_KINDS.message);
    return {
      query: this.statements.putConversation,
      params: [
        long(last.id),
        long(last.lastSequence),
        isChanged ? blob(membersBytes(last.members)) : undefined,
        long(last.offset),
        long(last.changedAtMs),
        long(last.restedAtMs),
        ...lastMessageValues(message),
        long(last.lastSequence),
      ],
    };
  }

  private async storedMessage(conversation: number): Promise<LastMessage | undefined> {
    const [row] = await this.client.readPartitions(this.statements.conversations, [long(conversation)]);
    return row === undefined || row.sender === null ? undefined : lastMessageOfRow(row);
  }
}

/** A row that is all that is written to its partition. */
export function alone(key: readonly Value[], statement: Statement): PartitionWrite {
  return { key, statements: [statement] };
}

function changesOf(all: Applied[]): Changes {
  const sent = new Map<UserId, number>();
  let message: LastMessage | undefined;
  for (const { entry } of all) {
    if (entry.kind !== ENTRY_KINDS.message) continue;
    sent.set(userOf(entry.sender as DeviceKey), entry.sequence);
  }
  const newest = all.findLast(({ entry }) => entry.kind === ENTRY_KINDS.message);
  if (newest !== undefined) message = lastMessageOf(newest.entry);
  return { all, last: all.at(-1)!.conversation, message, sent };
}

/** Whose row of a large conversation has to be written: all when it begins or has just become large, else who came. */
function concernedOf(all: readonly Applied[]): Iterable<UserId> {
  const concerned = new Set<UserId>();
  for (const { entry, conversation } of all) {
    if (
      entry.kind === ENTRY_KINDS.created ||
      (entry.kind === ENTRY_KINDS.memberAdded && conversation.members.length === FAN_OUT_MEMBERS + 1)
    )
      return all.at(-1)!.conversation.members;
    if (entry.kind === ENTRY_KINDS.memberAdded) concerned.add(new ByteReader(entry.bodies[0]!.body).varint('user'));
  }
  return concerned;
}

function leaversOf(all: readonly Applied[], last: Conversation): Iterable<UserId> {
  const leavers = new Set<UserId>();
  for (const { entry, recipients } of all) {
    if (entry.kind !== ENTRY_KINDS.memberRemoved && entry.kind !== ENTRY_KINDS.memberLeft) continue;
    for (const user of recipients) if (!isIn(last.members, user)) leavers.add(user);
  }
  return leavers;
}

/** Every write has ended, however it did, before the first failure is told: none goes on behind the caller's back. */
export async function settled(work: ReadonlyArray<Promise<unknown>>): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
