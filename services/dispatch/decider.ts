/**
 * Decides the records of one partition in their order: what each does to its conversation, and whom to tell. No I/O: states
 * are handed in, decisions handed out. Its own memory, the remembered ids, is a function of the log too, so a decider that
 * was fed the partition again from the start decides the same.
 */
import { concernedUser, entryKindOf, entryOf } from '../bus/entry-of-record.ts';
import type { LogEntry, MessageRecord } from '../bus/records.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { ConversationId, UserId } from '../protocol/ids.ts';
import { type Applied, type Conversation, isMember } from '../store/store.ts';
import { Duplicates } from './duplicates.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { RecordedOutcome } from './id-shard.ts';
import { applyRecord, type Outcome, type SequenceRules } from './sequence.ts';

/** The rules of a partition. Whoever changes them says from which offset on, so that an old record keeps its old outcome. */
export interface PartitionRules extends SequenceRules {
  /** Conversations of the partition; at it a creation is refused for now. */
  readonly maxConversations: number;
}

export interface DeciderOptions {
  readonly rulesAt: (offset: number) => PartitionRules;
  readonly messageIdMs: number;
  readonly maxIds: number;
}

export interface PlacedRecord {
  readonly record: MessageRecord;
  readonly offset: number;
  readonly loggedAtMs: number;
}

export type Decision =
  | {
      readonly kind: 'entry';
      readonly entry: LogEntry;
      readonly recipients: readonly UserId[];
      /** To be stored; undefined when another owner of the partition has done so. */
      readonly applied: Applied | undefined;
    }
  | { readonly kind: 'rejected'; readonly code: number; readonly retryAfterMs: number }
  /** The id was known: its sender gets the recorded result once more, nobody else hears of it. */
  | { readonly kind: 'repeated'; readonly entry: LogEntry }
  | { readonly kind: 'repeatedRejection'; readonly code: number };

/** What the store knew when the batch came: states, and sequences of those records that they are already past. */
export interface Known {
  readonly states: Map<ConversationId, Conversation>;
  readonly sequenceOfOffset: ReadonlyMap<number, number>;
}

const UNKNOWN_REJECTION = ERROR_CODES.internal.code;
const BUSY_RETRY_MS = 60_000;

export class Decider {
  readonly duplicates: Duplicates;
  private readonly options: DeciderOptions;
  private conversations = 0;

  constructor(options: DeciderOptions) {
    this.options = options;
    this.duplicates = new Duplicates(options.messageIdMs, options.maxIds);
  }

  /** True when the state already reflects this record: another owner, or an earlier life of this one, was faster. */
  static isBehind(state: Conversation | undefined, offset: number): boolean {
    return state !== undefined && state.offset >= offset;
  }

  /** The decision on the next record; the states of `known` move on with it. */
  decide(placed: PlacedRecord, known: Known): Decision {
    const { record, offset, loggedAtMs } = placed;
    const id = fingerprintOf(record.from, record.conversation, record.id);
    const recorded = this.duplicates.find(id, loggedAtMs);
    if (recorded !== undefined) return repeated(record, recorded);
    const state = known.states.get(record.conversation);
    const rules = this.options.rulesAt(offset);
    if (record.kind === 'create' && state === undefined && this.conversations >= rules.maxConversations) {
      // Not remembered: the same id may be tried again.
      return { kind: 'rejected', code: ERROR_CODES.busy.code, retryAfterMs: BUSY_RETRY_MS };
    }
    const outcome = applyRecord(state, record, offset, loggedAtMs, rules);
    const decision = Decider.isBehind(state, offset)
      ? afterTheFact(placed, state!, known.sequenceOfOffset.get(offset), outcome)
      : decisionOf(outcome);
    const sequence = decision.kind === 'entry' ? decision.entry.sequence : 0;
    const code = decision.kind === 'rejected' ? decision.code : 0;
    this.duplicates.record(id, { sequence, code, loggedAtMs });
    if (decision.kind === 'entry') {
      if (record.kind === 'create') this.conversations++;
      if (decision.applied !== undefined) known.states.set(record.conversation, decision.applied.conversation);
    }
    return decision;
  }
}

function decisionOf(outcome: Outcome): Decision {
  if (outcome.kind === 'rejected') return outcome;
  const { conversation, entry, recipients } = outcome;
  return { kind: 'entry', entry, recipients, applied: { conversation, entry } };
}

/**
 * The outcome of a record that the stored state is past. An entry stands under its sequence. A rejection left no trace; the
 * present state says why it would be rejected, and where it would not be, the reason is lost.
 */
function afterTheFact(placed: PlacedRecord, state: Conversation, sequence: number | undefined, outcome: Outcome): Decision {
  const { record, loggedAtMs } = placed;
  if (sequence === undefined) {
    return outcome.kind === 'rejected' ? outcome : { kind: 'rejected', code: UNKNOWN_REJECTION, retryAfterMs: 0 };
  }
  const concerned = concernedUser(record);
  const recipients = isMember(state, concerned) ? state.members : [...state.members, concerned];
  return { kind: 'entry', entry: entryOf(record, state.id, sequence, loggedAtMs), recipients, applied: undefined };
}

/** What the sender of a known id must be told again: sequence and time, without the bodies. */
function repeated(record: MessageRecord, { sequence, code, loggedAtMs }: RecordedOutcome): Decision {
  if (code !== 0) return { kind: 'repeatedRejection', code };
  return {
    kind: 'repeated',
    entry: {
      conversation: record.conversation,
      sequence,
      kind: entryKindOf(record),
      sender: record.from,
      id: record.id,
      loggedAtMs,
      contentType: 0,
      bodies: [],
    },
  };
}
