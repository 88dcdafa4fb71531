/**
 * States that a store which forgot must not be believed: a write that was under way meanwhile put its messages into what was lost
 * and its state into what came after (or its process stood still between the two), so that a state stands there which is ahead of
 * its messages. Who stores all again goes by the log instead: at its creation a conversation begins anew, and from there its
 * state is what the log made of it. That writes the same rows under the same numbers, so where the state was right nothing changes.
 *
 * Not told apart: a conversation whose creation the log has no more. There is no other state of it than the one that is stored.
 */
import type { Conversation, RecordedOutcome, Store } from '../store/store.ts';
import { Decider, type Known, type PlacedRecord } from './decider.ts';

/** Takes out of `known` the states of the conversations that begin with one of these records. */
export async function withoutLeftovers(store: Store, records: readonly PlacedRecord[], known: Known): Promise<Known> {
  for (const placed of records) {
    const { record, offset } = placed;
    const state = known.states.get(record.conversation);
    if (record.kind !== 'create' || state === undefined || !Decider.isBehind(state, offset)) continue;
    if (await isBeginning(store, placed, state, known.outcomes.get(offset))) known.states.delete(record.conversation);
  }
  return known;
}

/** A creation that was refused, since the conversation was there already, is none: then that one's first entry is stored. */
async function isBeginning(
  store: Store,
  { record }: PlacedRecord,
  state: Conversation,
  outcome: RecordedOutcome | undefined,
): Promise<boolean> {
  if (outcome !== undefined) return 'sequence' in outcome;
  const member = state.members[0];
  if (member === undefined) return false;
  const first = await store.entries(member, record.conversation, 1, 1, 1, 1);
  return 'refused' in first && first.refused === 'gone';
}
