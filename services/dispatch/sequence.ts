/**
 * What a record of `messages` does to its conversation: the next state and the entry it makes, or a rejection. A pure
 * function of the log: state, record, offset and the log's time decide, nothing else, so that two owners of a partition
 * write the same rows. Sequences have no gaps: creation and changes of membership are entries too.
 */
import type { LogEntry, MessageRecord } from '../bus/records.ts';
import { varintBytes, writeVarint } from '../protocol/codec.ts';
import { ERROR_CODES, type ErrorName } from '../protocol/error-codes.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { type UserId, userOf } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Applied, Conversation } from '../store/store.ts';

export interface SequenceLimits {
  /** Messages that a conversation takes per second of the log's time. */
  readonly messagesPerSecond: number;
}

export type Outcome =
  | (Applied & { readonly kind: 'entry'; readonly recipients: Iterable<UserId> })
  | { readonly kind: 'rejected'; readonly code: number; readonly retryAfterMs: number };

export function applyRecord(
  known: Conversation | undefined,
  record: MessageRecord,
  offset: number,
  loggedAtMs: number,
  limits: SequenceLimits,
): Outcome {
  const sender = userOf(record.from);
  if (record.kind === 'create') return create(known, record, sender, offset, loggedAtMs);
  if (known === undefined) return rejected('noConversation');
  if (!known.members.has(sender)) return rejected('notMember');
  switch (record.kind) {
    case 'send':
      return send(known, record, offset, loggedAtMs, limits);
    case 'addMember': {
      if (known.members.has(record.user)) return rejected('notAllowed');
      if (known.members.size >= LIMITS.membersPerConversation.value) return rejected('tooManyMembers');
      const members = new Set(known.members).add(record.user);
      return membership(known, members, members, record, ENTRY_KINDS.memberAdded, record.user, offset, loggedAtMs);
    }
    case 'removeMember':
    case 'leave': {
      const user = record.kind === 'leave' ? sender : record.user;
      if (!known.members.has(user)) return rejected('notMember');
      const members = new Set(known.members);
      members.delete(user);
      const kind = record.kind === 'leave' ? ENTRY_KINDS.memberLeft : ENTRY_KINDS.memberRemoved;
      // Who is removed learns it too: it is the last entry of this conversation that he sees.
      return membership(known, members, known.members, record, kind, user, offset, loggedAtMs);
    }
  }
}

function create(
  known: Conversation | undefined,
  record: MessageRecord & { kind: 'create' },
  sender: UserId,
  offset: number,
  loggedAtMs: number,
): Outcome {
  // Another creation got the same id: rejected under this message id, and another one makes another conversation.
  if (known !== undefined) return rejected('notAllowed');
  const members = new Set([sender, ...record.members]);
  if (members.size > LIMITS.membersPerConversation.value) return rejected('tooManyMembers');
  const conversation: Conversation = { id: record.conversation, lastSequence: 1, members, offset, rateSecond: 0, rateCount: 0 };
  return {
    kind: 'entry',
    conversation,
    entry: entryOf(conversation, record, ENTRY_KINDS.created, loggedAtMs, sender),
    recipients: members,
  };
}

function send(
  known: Conversation,
  record: MessageRecord & { kind: 'send' },
  offset: number,
  loggedAtMs: number,
  limits: SequenceLimits,
): Outcome {
  const second = Math.floor(loggedAtMs / 1_000);
  const taken = known.rateSecond === second ? known.rateCount : 0;
  if (taken >= limits.messagesPerSecond) return rejected('conversationRate', 1_000 - (loggedAtMs % 1_000));
  const conversation: Conversation = { ...known, lastSequence: known.lastSequence + 1, offset, rateSecond: second, rateCount: taken + 1 };
  const entry: LogEntry = {
    conversation: known.id,
    sequence: conversation.lastSequence,
    kind: ENTRY_KINDS.message,
    sender: record.from,
    id: record.id,
    loggedAtMs,
    contentType: record.contentType,
    bodies: record.bodies,
  };
  return { kind: 'entry', conversation, entry, recipients: known.members };
}

function membership(
  known: Conversation,
  members: ReadonlySet<UserId>,
  recipients: ReadonlySet<UserId>,
  record: MessageRecord,
  kind: number,
  user: UserId,
  offset: number,
  loggedAtMs: number,
): Outcome {
  const conversation: Conversation = { ...known, members, lastSequence: known.lastSequence + 1, offset };
  return { kind: 'entry', conversation, entry: entryOf(conversation, record, kind, loggedAtMs, user), recipients };
}

/** An entry about membership: its body is the user concerned. */
function entryOf(conversation: Conversation, record: MessageRecord, kind: number, loggedAtMs: number, user: UserId): LogEntry {
  const body = new Uint8Array(varintBytes(user));
  writeVarint(body, 0, user);
  return {
    conversation: conversation.id,
    sequence: conversation.lastSequence,
    kind,
    sender: record.from,
    id: record.id,
    loggedAtMs,
    contentType: 0,
    bodies: [{ device: 0, body }],
  };
}

function rejected(name: ErrorName, retryAfterMs = 0): Outcome {
  return { kind: 'rejected', code: ERROR_CODES[name].code, retryAfterMs };
}
