/**
 * What a record of `messages` does to its conversation: the next state and the entry it makes, or a rejection. A pure
 * function of the log: state, record, offset and the log's time decide, nothing else, so that two owners of a partition
 * write the same rows. Sequences have no gaps: creation and changes of membership are entries too.
 */
import { concernedUser, entryOf } from '../bus/entry-of-record.ts';
import type { MessageRecord } from '../bus/records.ts';
import { ERROR_CODES, type ErrorName } from '../protocol/error-codes.ts';
import { type UserId, userOf } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import { type Applied, type Conversation, isMember } from '../store/store.ts';

/** The rules that enter into the outcome: a log is always read with the rules it was written under (RuleHistory). */
export interface SequenceRules {
  /** Messages that a conversation takes per second of the log's time, on average. */
  readonly messagesPerSecond: number;
  /** Messages it takes at once after a rest. */
  readonly burst: number;
}

export type Outcome =
  | (Applied & { readonly kind: 'entry' })
  | { readonly kind: 'rejected'; readonly code: number; readonly retryAfterMs: number };

export function applyRecord(
  known: Conversation | undefined,
  record: MessageRecord,
  offset: number,
  loggedAtMs: number,
  rules: SequenceRules,
): Outcome {
  const sender = userOf(record.from);
  if (record.kind === 'create') return create(known, record, offset, loggedAtMs);
  if (known === undefined) return rejected('noConversation');
  if (!isMember(known, sender)) return rejected('notMember');
  const user = concernedUser(record);
  switch (record.kind) {
    case 'send':
      return send(known, record, offset, loggedAtMs, rules);
    case 'addMember': {
      if (isMember(known, user)) return rejected('notAllowed');
      if (known.members.length >= LIMITS.membersPerConversation.value) return rejected('tooManyMembers');
      const members = ascending([...known.members, user]);
      return entered({ ...known, members }, members, record, offset, loggedAtMs);
    }
    case 'removeMember':
    case 'leave': {
      if (!isMember(known, user)) return rejected('notAllowed');
      // Who is removed learns it too: it is the last entry of this conversation that he sees.
      return entered({ ...known, members: known.members.filter((member) => member !== user) }, known.members, record, offset, loggedAtMs);
    }
  }
}

function create(known: Conversation | undefined, record: MessageRecord & { kind: 'create' }, offset: number, loggedAtMs: number): Outcome {
  // Another creation got the same id: rejected under this message id; another one makes another conversation.
  if (known !== undefined) return rejected('notAllowed');
  const members = ascending([...new Set([userOf(record.from), ...record.members])]);
  if (members.length > LIMITS.membersPerConversation.value) return rejected('tooManyMembers');
  return entered({ id: record.conversation, lastSequence: 0, members, restedAtMs: 0 }, members, record, offset, loggedAtMs);
}

/** A token bucket as one time: each message moves it on by its share of a second; it may be a burst ahead of now. */
function send(known: Conversation, record: MessageRecord, offset: number, loggedAtMs: number, rules: SequenceRules): Outcome {
  let bytes = 0;
  if (record.kind === 'send') for (const { body } of record.bodies) bytes += body.length;
  if (bytes > LIMITS.bodyBytes.value) return rejected('bodyTooLarge');
  const shareMs = 1_000 / rules.messagesPerSecond;
  const aheadMs = known.restedAtMs - loggedAtMs;
  const tooEarlyMs = aheadMs - (rules.burst - 1) * shareMs;
  if (tooEarlyMs > 0) return rejected('conversationRate', Math.ceil(tooEarlyMs));
  return entered({ ...known, restedAtMs: Math.max(known.restedAtMs, loggedAtMs) + shareMs }, known.members, record, offset, loggedAtMs);
}

function entered(
  next: Omit<Conversation, 'offset' | 'changedAtMs'>,
  recipients: readonly UserId[],
  record: MessageRecord,
  offset: number,
  loggedAtMs: number,
): Outcome {
  const { id, members, restedAtMs } = next;
  const lastSequence = next.lastSequence + 1;
  const conversation: Conversation = { id, lastSequence, members, offset, changedAtMs: loggedAtMs, restedAtMs };
  return { kind: 'entry', conversation, entry: entryOf(record, id, lastSequence, loggedAtMs), recipients };
}

function ascending(users: UserId[]): readonly UserId[] {
  return users.sort((a, b) => a - b);
}

function rejected(name: ErrorName, retryAfterMs = 0): Outcome {
  return { kind: 'rejected', code: ERROR_CODES[name].code, retryAfterMs };
}
