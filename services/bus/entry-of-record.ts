/**
 * The entry that a record makes of its conversation's log, once it has a sequence. A function of the record and its place,
 * so that a store which can read the log needs to keep no entries.
 */
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { type ConversationId, type UserId, userOf } from '../protocol/ids.ts';
import { varintBytes, writeVarint } from '../protocol/varint.ts';
import type { DeviceBody, LogEntry, MessageRecord } from './records.ts';

const KINDS = {
  send: ENTRY_KINDS.message,
  create: ENTRY_KINDS.created,
  addMember: ENTRY_KINDS.memberAdded,
  removeMember: ENTRY_KINDS.memberRemoved,
  leave: ENTRY_KINDS.memberLeft,
} as const;

export function entryKindOf(record: MessageRecord): number {
  return KINDS[record.kind];
}

export function entryOf(record: MessageRecord, conversation: ConversationId, sequence: number, loggedAtMs: number): LogEntry {
  const sends = record.kind === 'send';
  return {
    conversation,
    sequence,
    kind: KINDS[record.kind],
    sender: record.from,
    id: record.id,
    loggedAtMs,
    contentType: sends ? record.contentType : 0,
    bodies: sends ? record.bodies : userBody(concernedUser(record)),
  };
}

/** Whom an entry about membership is about: who was added, removed, left or created it. */
export function concernedUser(record: MessageRecord): UserId {
  return record.kind === 'addMember' || record.kind === 'removeMember' ? record.user : userOf(record.from);
}

function userBody(user: UserId): readonly DeviceBody[] {
  const body = new Uint8Array(varintBytes(user));
  writeVarint(body, 0, user);
  return [{ device: 0, body }];
}
