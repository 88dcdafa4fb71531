/** Entries as dispatch decides them, for tests of what a store does with them. */
import { partitionOf } from '../bus/partition.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { deviceKey } from '../protocol/ids.ts';
import type { Applied, DecidedBatch, Store } from './store.ts';

export function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

/** The creation of a conversation and messages of its members in turn, as dispatch decides them. */
export function script(conversation: number, members: readonly number[], messages: number, body = new Uint8Array(20).fill(65)): Applied[] {
  return range(1, messages + 1).map((sequence) => {
    const user = members[sequence % members.length]!;
    const isFirst = sequence === 1;
    const loggedAtMs = 1_000 + sequence;
    return {
      conversation: {
        id: conversation,
        lastSequence: sequence,
        members,
        offset: sequence,
        changedAtMs: loggedAtMs,
        restedAtMs: loggedAtMs,
      },
      entry: {
        conversation,
        sequence,
        kind: isFirst ? ENTRY_KINDS.created : ENTRY_KINDS.message,
        sender: deviceKey(user, 1),
        id: new Uint8Array(16),
        loggedAtMs,
        contentType: 0,
        bodies: [{ device: 0, body }],
      },
      recipients: members,
    };
  });
}

export function batchOf(applied: readonly Applied[]): DecidedBatch {
  const { offset, id } = applied.at(-1)!.conversation;
  return { partition: partitionOf(id, 1), applied, rejections: [], nextOffset: offset + 1, firstLoggedAtMs: applied[0]!.entry.loggedAtMs };
}

export async function writeAll(store: Pick<Store, 'write'>, applied: readonly Applied[], batch: number): Promise<void> {
  for (let at = 0; at < applied.length; at += batch) await store.write(batchOf(applied.slice(at, at + batch)));
}
