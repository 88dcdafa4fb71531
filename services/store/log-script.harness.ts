/** A log for tests of stores and, by hand, what dispatch would make of it: so their contract hangs on no dispatch. */
import { entryOf } from '../bus/entry-of-record.ts';
import { partitionOf } from '../bus/partition.ts';
import { encodeMessage } from '../bus/record-codec.ts';
import type { LogEntry, MessageRecord } from '../bus/records.ts';
import { deviceKey } from '../protocol/ids.ts';
import type { Applied, ChangedPage, Conversation, EntryPage, ListPage, Receipt, ReceiptPage, Refusal, Rejection, Store } from './store.ts';

export interface LogOfTest {
  readonly partitions: number;
  readonly recordAt: (partition: number, offset: number) => { readonly value: Uint8Array; readonly loggedAtMs: number } | undefined;
}

export const PARTITIONS = 2;
export const MUCH = 1_000_000;
export const NOTHING = new Uint8Array(0);

export class Script implements LogOfTest {
  readonly partitions = PARTITIONS;
  readonly applied: Applied[] = [];
  readonly rejections: Rejection[] = [];
  private readonly logs = Array.from({ length: PARTITIONS }, () => [] as Array<{ value: Uint8Array; loggedAtMs: number }>);
  private readonly states = new Map<number, Conversation>();
  private nowMs = 1_000;

  recordAt = (partition: number, offset: number) => this.logs[partition]![offset];

  create(conversation: number, ...members: number[]): Applied {
    return this.apply(conversation, { kind: 'create', ...this.from(conversation, members[0]!), members }, [...members]);
  }

  send(conversation: number, user: number, body: string | number): Applied {
    const bytes = typeof body === 'number' ? new Uint8Array(body).fill(7) : new TextEncoder().encode(body);
    const bodies = [{ device: 0, body: bytes }];
    return this.apply(conversation, { kind: 'send', ...this.from(conversation, user), contentType: 3, bodies });
  }

  add(conversation: number, by: number, user: number): Applied {
    const members = [...this.states.get(conversation)!.members, user];
    return this.apply(conversation, { kind: 'addMember', ...this.from(conversation, by), user }, members);
  }

  remove(conversation: number, by: number, user: number): Applied {
    const members = this.states.get(conversation)!.members.filter((member) => member !== user);
    return this.apply(conversation, { kind: 'removeMember', ...this.from(conversation, by), user }, members);
  }

  /** A record that makes no entry. */
  reject(conversation: number): Rejection {
    const offset = this.append({ kind: 'leave', ...this.from(conversation, 99) });
    const rejection = { conversation, offset, code: 32 };
    this.rejections.push(rejection);
    return rejection;
  }

  private from(conversation: number, user: number) {
    const id = new Uint8Array(16).fill(this.applied.length);
    return { conversation, id, from: deviceKey(user, 1), replyTo: { gateway: 1, edge: 0, connection: 1 } };
  }

  private apply(conversation: number, record: MessageRecord, members = this.states.get(conversation)!.members): Applied {
    const offset = this.append(record);
    const lastSequence = (this.states.get(conversation)?.lastSequence ?? 0) + 1;
    const state: Conversation = {
      id: conversation,
      lastSequence,
      members: [...members].sort((a, b) => a - b),
      offset,
      changedAtMs: this.nowMs,
      restedAtMs: this.nowMs + 5,
    };
    const before = this.states.get(conversation)?.members ?? [];
    const recipients = [...new Set([...members, ...before])].sort((a, b) => a - b);
    this.states.set(conversation, state);
    const applied = { conversation: state, entry: entryOf(record, conversation, lastSequence, this.nowMs), recipients };
    this.applied.push(applied);
    return applied;
  }

  private append(record: MessageRecord): number {
    this.nowMs += 10;
    const log = this.logs[partitionOf(record.conversation, PARTITIONS)]!;
    log.push({ value: encodeMessage(record), loggedAtMs: this.nowMs });
    return log.length - 1;
  }
}

/** Writes outcomes as dispatch does: a run per partition, in the order of its log. */
export async function put(store: Store, applied: readonly Applied[], rejections: readonly Rejection[] = []): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const here = <One>(all: readonly One[], conversationOf: (one: One) => number) =>
      all.filter((one) => partitionOf(conversationOf(one), PARTITIONS) === partition);
    const its = here(applied, ({ entry }) => entry.conversation);
    const rejected = here(rejections, ({ conversation }) => conversation);
    const offsets = [...its.map(({ conversation }) => conversation.offset), ...rejected.map(({ offset }) => offset)];
    if (offsets.length === 0) continue;
    const firstLoggedAtMs = Math.min(...its.map(({ entry }) => entry.loggedAtMs), MUCH);
    await store.write({ partition, applied: its, rejections: rejected, nextOffset: Math.max(...offsets) + 1, firstLoggedAtMs });
  }
}

export function receiptsOf(page: ReceiptPage | Refusal): Receipt[] {
  if ('refused' in page) throw new Error(page.refused);
  return page.receipts.map(({ kind, user, sequence }) => ({ kind, user, sequence }));
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

export async function snapshot(store: Store, user: number, conversation: number): Promise<unknown> {
  return {
    state: (await store.conversations([conversation])).get(conversation),
    entries: read(await store.entries(user, conversation, 1, 1_000, 256, MUCH)).entries.map(plain),
    list: await store.list(user, NOTHING, 50),
    changed: await store.changedSince(user, NOTHING, 50),
  };
}

/** Equal whatever kind of byte array it came in. */
export function plain(entry: LogEntry): unknown {
  const bodies = entry.bodies.map(({ device, body }) => [device, Buffer.from(body).toString('hex')]);
  return { ...entry, id: Buffer.from(entry.id).toString('hex'), bodies };
}

export function read(page: EntryPage | Refusal): EntryPage {
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

export function changed(page: ChangedPage | Refusal): ChangedPage {
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

export function listed(page: ListPage | Refusal): ListPage {
  if ('refused' in page) throw new Error(page.refused);
  return page;
}

export function pageOf(page: EntryPage | Refusal): [number[], boolean] {
  const { entries, more } = read(page);
  return [entries.map(({ sequence }) => sequence), more];
}

export function sequencesOf(page: ChangedPage): Record<number, number> {
  return Object.fromEntries(page.changes.map(({ conversation, sequence }) => [conversation, sequence]));
}
