import { expect, test } from 'bun:test';
import type { MessageRecord } from '../bus/records.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { deviceKey } from '../protocol/ids.ts';
import type { Conversation, RecordedOutcome } from '../store/store.ts';
import { Decider, type Known, placedRecord } from './decider.ts';

const ALICE = deviceKey(1, 1);
const rules = { messagesPerSecond: 1, burst: 2, maxConversations: 10 };
let nextId = 0;
const from = () => ({
  conversation: 77,
  id: new Uint8Array(16).fill(++nextId),
  from: ALICE,
  replyTo: { gateway: 1, edge: 0, connection: 0 },
});
const create = (): MessageRecord => ({ kind: 'create', ...from(), members: [2] });
const send = (): MessageRecord => ({ kind: 'send', ...from(), contentType: 0, bodies: [] });
const newDecider = () => new Decider({ rulesAt: () => rules, messageIdMs: 600_000, maxIds: 10_000 });
const nothing = (): Known => ({ states: new Map<number, Conversation>(), outcomes: new Map<number, RecordedOutcome>() });

test('a clock of the log that steps back moves no conversation back, and hurts no rate', () => {
  const decider = newDecider();
  const known = nothing();
  const times = [10_000, 4_000, 4_001, 9_000, 12_000];
  const decisions = times.map((ms, offset) => decider.decide(placedRecord(offset === 0 ? create() : send(), offset, ms), known));
  expect(decisions.map((decision) => (decision.kind === 'entry' ? decision.entry.loggedAtMs : decision.kind))).toEqual([
    10_000,
    10_000,
    10_000,
    'rejected',
    12_000,
  ]);
  expect(known.states.get(77)!.changedAtMs).toBe(12_000);
});

test('an id that comes twice in one batch is answered with what the first came to just now', () => {
  const decider = newDecider();
  const known = nothing();
  const message = send();
  const early = send();
  const decide = (record: MessageRecord, offset: number) => decider.decide(placedRecord(record, offset, 1_000), known);
  expect(decide(early, 0)).toMatchObject({ kind: 'rejected' });
  decide(create(), 1);
  decide(message, 2);
  expect(decide(message, 3)).toMatchObject({ kind: 'repeated', entry: { sequence: 2 } });
  expect(decide(early, 4)).toMatchObject({ kind: 'repeatedRejection' });
});

test('an id that comes again later is answered from memory: no place of it is asked for, an entry and a rejection alike', () => {
  const decider = newDecider();
  const [early, message] = [send(), send()];
  const first = [early, create(), message].map((record, offset) => placedRecord(record, offset, 1_000));
  const known = nothing();
  for (const placed of first) decider.decide(placed, known);
  const again = [message, early].map((record, at) => placedRecord(record, 3 + at, 9_000));
  expect(decider.firstUses(again)).toEqual([]);
  expect(decider.decide(again[0]!, nothing())).toMatchObject({ kind: 'repeated', entry: { sequence: 2, loggedAtMs: 1_000 } });
  expect(decider.decide(again[1]!, nothing())).toMatchObject({ kind: 'repeatedRejection', code: ERROR_CODES.noConversation.code });
  expect(decider.unknownOutcomes).toBe(0);
});

test('what another owner decided is remembered as the store has it, and what the store has not is asked for again', () => {
  const decider = newDecider();
  const [told, lost] = [send(), send()].map((record, offset) => placedRecord(record, offset + 4, 1_000));
  const state: Conversation = { id: 77, lastSequence: 9, members: [1, 2], offset: 8, changedAtMs: 1_000, restedAtMs: 0 };
  const known: Known = { states: new Map([[77, state]]), outcomes: new Map([[4, { sequence: 7 }]]) };
  expect(decider.decide(told!, known)).toMatchObject({ kind: 'entry', entry: { sequence: 7 }, applied: undefined });
  expect(decider.decide(lost!, known)).toMatchObject({ kind: 'rejected', stored: true });
  const again = [told!, lost!].map(({ record }, at) => placedRecord(record, 20 + at, 2_000));
  expect(decider.firstUses(again)).toEqual([{ conversation: 77, offset: 5 }]);
  expect(decider.decide(again[0]!, nothing())).toMatchObject({ kind: 'repeated', entry: { sequence: 7 } });
});

test('a batch that is handed over again is decided again, not taken for repetitions of itself', () => {
  const decider = newDecider();
  const batch = [create(), send()].map((record, offset) => placedRecord(record, offset, 1_000));
  const decide = () => {
    const known = nothing();
    return batch.map((placed) => decider.decide(placed, known));
  };
  expect(decide()).toEqual(decide());
  expect(decider.firstUses(batch)).toEqual([]);
});

test('a known id whose outcome nobody knows any more gets no number a second time, and is counted', () => {
  const decider = newDecider();
  const message = send();
  decider.remember(placedRecord(message, 5, 1_000));
  const placed = placedRecord(message, 9, 2_000);
  expect(decider.firstUses([placed])).toEqual([{ conversation: 77, offset: 5 }]);
  expect(decider.decide(placed, nothing()).kind).toBe('repeatedRejection');
  expect(decider.unknownOutcomes).toBe(1);
});
