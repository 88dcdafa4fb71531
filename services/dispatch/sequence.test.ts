import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { MessageRecord } from '../bus/records.ts';
import { type ErrorName, errorName } from '../protocol/error-codes.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { deviceKey } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import type { Conversation } from '../store/store.ts';
import { applyRecord, type Outcome } from './sequence.ts';

const CONVERSATION = 77;
const limits = { messagesPerSecond: 1_000, burst: 1_000 };
const replyTo = { gateway: 1, edge: 0, connection: 0 };
const id = new Uint8Array(16);

function from(user: number) {
  return { conversation: CONVERSATION, id, from: deviceKey(user, 1), replyTo };
}
const create = (user: number, members: number[]): MessageRecord => ({ kind: 'create', ...from(user), members });
const send = (user: number): MessageRecord => ({ kind: 'send', ...from(user), contentType: 0, bodies: [{ device: 0, body: id }] });
const add = (user: number, added: number): MessageRecord => ({ kind: 'addMember', ...from(user), user: added });
const remove = (user: number, removed: number): MessageRecord => ({ kind: 'removeMember', ...from(user), user: removed });
const leave = (user: number): MessageRecord => ({ kind: 'leave', ...from(user) });

function run(records: MessageRecord[], start?: Conversation): { state: Conversation | undefined; outcomes: Outcome[] } {
  let state = start;
  const outcomes = records.map((record, offset) => {
    const outcome = applyRecord(state, record, offset, 1_000_000, limits);
    if (outcome.kind === 'entry') state = outcome.conversation;
    return outcome;
  });
  return { state, outcomes };
}

const errorOf = (outcome: Outcome | undefined): ErrorName | undefined =>
  outcome?.kind === 'rejected' ? errorName(outcome.code) : undefined;

describe('membership', () => {
  test('the creator and those he names are the members; the first entry has sequence 1', () => {
    const { state, outcomes } = run([create(1, [2, 3])]);
    expect([...state!.members]).toEqual([1, 2, 3]);
    expect(outcomes[0]).toMatchObject({ kind: 'entry', entry: { sequence: 1, kind: ENTRY_KINDS.created } });
  });

  test('a stranger can neither send, add, remove nor leave; nothing is stored of it', () => {
    const { state, outcomes } = run([create(1, [2]), send(9), add(9, 9), remove(9, 1), leave(9)]);
    expect(outcomes.slice(1).map(errorOf)).toEqual(['notMember', 'notMember', 'notMember', 'notMember']);
    expect(state!.lastSequence).toBe(1);
  });

  test('a removed member can send no more, and still gets the entry that says so', () => {
    const { outcomes } = run([create(1, [2]), remove(1, 2), send(2)]);
    expect(outcomes[1]).toMatchObject({ kind: 'entry', entry: { kind: ENTRY_KINDS.memberRemoved } });
    expect([...(outcomes[1] as { recipients: Iterable<number> }).recipients]).toEqual([1, 2]);
    expect(errorOf(outcomes[2])).toBe('notMember');
  });

  test('a conversation takes as many members as the limit and not one more', () => {
    const full = create(
      1,
      Array.from({ length: LIMITS.membersPerConversation.value - 1 }, (_, index) => index + 2),
    );
    const { outcomes } = run([full, add(1, 5_000), leave(2), add(1, 5_000), add(1, 5_001)]);
    expect(outcomes.map(errorOf)).toEqual([undefined, 'tooManyMembers', undefined, undefined, 'tooManyMembers']);
  });

  test('nothing happens in a conversation that does not exist', () => {
    expect(run([send(1)]).outcomes.map(errorOf)).toEqual(['noConversation']);
  });

  test('an id that is taken makes no second conversation', () => {
    expect(run([create(1, [2]), create(5, [6])]).outcomes.map(errorOf)).toEqual([undefined, 'notAllowed']);
  });
});

test('over its rate a conversation rejects by the time of the log, and says when it takes more', () => {
  let { state } = run([create(1, [2])]);
  const strict = { messagesPerSecond: 2, burst: 2 };
  const outcomes = [5_000, 5_300, 5_400, 5_990, 5_995].map((loggedAtMs, offset) => {
    const outcome = applyRecord(state, send(1), offset + 1, loggedAtMs, strict);
    if (outcome.kind === 'entry') state = outcome.conversation;
    return outcome;
  });
  expect(outcomes.map(errorOf)).toEqual([undefined, undefined, 'conversationRate', undefined, 'conversationRate']);
  expect(outcomes[2]).toMatchObject({ retryAfterMs: 100 });
});

test('whatever comes in whatever order, sequences have no gap and members stay within the limit', () => {
  const record = fc.oneof(
    fc.nat(6).map(send),
    fc.tuple(fc.nat(6), fc.nat(6)).map(([user, other]) => add(user, other)),
    fc.tuple(fc.nat(6), fc.nat(6)).map(([user, other]) => remove(user, other)),
    fc.nat(6).map(leave),
    fc.tuple(fc.nat(6), fc.array(fc.nat(6))).map(([user, members]) => create(user, members)),
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 80 }), (records) => {
      const { state, outcomes } = run(records);
      const sequences = outcomes.flatMap((outcome) => (outcome.kind === 'entry' ? [outcome.entry.sequence] : []));
      expect(sequences).toEqual(sequences.map((_, index) => index + 1));
      expect(state?.lastSequence ?? 0).toBe(sequences.length);
      expect(run(records).outcomes).toEqual(outcomes);
    }),
  );
});
