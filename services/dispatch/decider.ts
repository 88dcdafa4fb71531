/**
 * Decides the records of one partition in their order: what each does to its conversation, and whom to tell. No I/O: states
 * and outcomes are handed in, decisions handed out. Its own memory, where ids were used first and what that came to, is a
 * function of the log.
 */
import { concernedUser, entryKindOf, entryOf } from '../bus/entry-of-record.ts';
import type { LogEntry, MessageRecord } from '../bus/records.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { ConversationId, UserId } from '../protocol/ids.ts';
import { type Applied, type Conversation, isMember, type Place, type RecordedOutcome } from '../store/store.ts';
import { Duplicates } from './duplicates.ts';
import { type Fingerprint, fingerprintOf } from './fingerprint.ts';
import type { FirstUse } from './id-shard.ts';
import { applyRecord, type Outcome, type SequenceRules } from './sequence.ts';

/** The rules of a partition. Whoever changes them says from where on, so that an old record keeps its old outcome. */
export interface PartitionRules extends SequenceRules {
  /** Conversations of the partition; at it a creation is refused for now. */
  readonly maxConversations: number;
}

export interface DeciderOptions {
  readonly rulesAt: (offset: number, loggedAtMs: number) => PartitionRules;
  readonly messageIdMs: number;
  readonly maxIds: number;
}

export interface PlacedRecord {
  readonly record: MessageRecord;
  readonly offset: number;
  readonly loggedAtMs: number;
  readonly id: Fingerprint;
}

export function placedRecord(record: MessageRecord, offset: number, loggedAtMs: number): PlacedRecord {
  return { record, offset, loggedAtMs, id: fingerprintOf(record.from, record.conversation, record.id) };
}

export type Decision =
  | {
      readonly kind: 'entry';
      readonly entry: LogEntry;
      readonly recipients: readonly UserId[];
      /** To be stored; undefined when another owner of the partition has done so. */
      readonly applied: Applied | undefined;
    }
  | { readonly kind: 'rejected'; readonly code: number; readonly retryAfterMs: number; readonly stored: boolean }
  /** The id was known: its sender gets the recorded result once more, nobody else hears of it. */
  | { readonly kind: 'repeated'; readonly entry: LogEntry }
  | { readonly kind: 'repeatedRejection'; readonly code: number };

/** What was known when the records came. Both move on with the decisions. */
export interface Known {
  readonly states: Map<ConversationId, Conversation>;
  /** By offset: what records came to that the states reflect, or whose id is used again and is not in memory. */
  readonly outcomes: Map<number, RecordedOutcome>;
}

const UNKNOWN = ERROR_CODES.internal.code;
const BUSY = ERROR_CODES.busy.code;
const BUSY_RETRY_MS = 60_000;

export class Decider {
  readonly duplicates: Duplicates;
  /** Records that were decided before, with an outcome that nobody knows any more. */
  unknownOutcomes = 0;
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

  /** Places whose outcomes `decide` may need because of their ids, and that are not in memory. */
  firstUses(records: readonly PlacedRecord[]): Place[] {
    const places: Place[] = [];
    for (const { id, offset, record } of records) {
      const first = this.duplicates.kept(id);
      if (first !== undefined && first.offset < offset && first.outcome === undefined)
        places.push({ conversation: record.conversation, offset: first.offset });
    }
    return places;
  }

  /** A record whose outcome is stored and was told: only its id counts. */
  remember({ id, offset, loggedAtMs }: PlacedRecord): void {
    this.duplicates.use(id, { offset, loggedAtMs });
  }

  /** The decision on the next record. */
  decide(placed: PlacedRecord, known: Known): Decision {
    const { record, offset, loggedAtMs, id } = placed;
    const state = known.states.get(record.conversation);
    const behind = Decider.isBehind(state, offset);
    if (this.duplicates.find(id, loggedAtMs) === undefined && this.isRefusedForNow(placed, state, behind, known)) {
      // Not remembered: the same id may be tried again.
      return { kind: 'rejected', code: BUSY, retryAfterMs: BUSY_RETRY_MS, stored: behind };
    }
    const first = this.duplicates.use(id, { offset, loggedAtMs });
    if (first.offset < offset) return this.repeated(placed, first, known);
    // A broker's clock may step back, a conversation's time does not.
    const timeMs = Math.max(loggedAtMs, state?.changedAtMs ?? 0);
    const outcome = applyRecord(state, record, offset, timeMs, this.options.rulesAt(offset, loggedAtMs));
    const recorded = behind ? known.outcomes.get(offset) : undefined;
    const decision = behind ? this.afterTheFact(placed, state!, recorded, outcome) : decisionOf(outcome);
    if (decision.kind === 'entry') {
      if (record.kind === 'create') this.conversations++;
      if (decision.applied !== undefined) known.states.set(record.conversation, decision.applied.conversation);
    }
    // What was only guessed is asked of the store when the id comes again.
    if (!behind || recorded !== undefined) this.settle(placed, decision, known);
    return decision;
  }

  private settle({ id, offset }: PlacedRecord, decision: Decision, { outcomes }: Known): void {
    if (decision.kind !== 'entry' && decision.kind !== 'rejected') return;
    const outcome = decision.kind === 'entry' ? { sequence: decision.entry.sequence } : { code: decision.code };
    outcomes.set(offset, outcome);
    this.duplicates.settle(id, offset, outcome);
  }

  private isRefusedForNow(
    { record, offset, loggedAtMs }: PlacedRecord,
    state: Conversation | undefined,
    behind: boolean,
    known: Known,
  ): boolean {
    if (record.kind !== 'create') return false;
    if (behind) {
      const outcome = known.outcomes.get(offset);
      return outcome !== undefined && 'code' in outcome && outcome.code === BUSY;
    }
    return state === undefined && this.conversations >= this.options.rulesAt(offset, loggedAtMs).maxConversations;
  }

  /**
   * The outcome of a record that the stored state is past. Where the store knows none, the present state may say why it
   * would be rejected, and where it would not be, the reason is lost.
   */
  private afterTheFact(placed: PlacedRecord, state: Conversation, recorded: RecordedOutcome | undefined, outcome: Outcome): Decision {
    const { record, loggedAtMs } = placed;
    if (recorded === undefined) {
      this.unknownOutcomes++;
      return { kind: 'rejected', code: outcome.kind === 'rejected' ? outcome.code : UNKNOWN, retryAfterMs: 0, stored: true };
    }
    if ('code' in recorded) {
      const retryAfterMs = outcome.kind === 'rejected' ? outcome.retryAfterMs : 0;
      return { kind: 'rejected', code: recorded.code, retryAfterMs, stored: true };
    }
    const concerned = concernedUser(record);
    const recipients = isMember(state, concerned) ? state.members : [...state.members, concerned];
    return { kind: 'entry', entry: entryOf(record, state.id, recorded.sequence, loggedAtMs), recipients, applied: undefined };
  }

  /** What the sender of a known id must be told again: sequence and time, without the bodies. */
  private repeated({ record, id: fingerprint }: PlacedRecord, first: FirstUse, { outcomes }: Known): Decision {
    const outcome = first.outcome ?? outcomes.get(first.offset);
    if (outcome === undefined) {
      this.unknownOutcomes++;
      return { kind: 'repeatedRejection', code: UNKNOWN };
    }
    if (first.outcome === undefined) this.duplicates.settle(fingerprint, first.offset, outcome);
    if ('code' in outcome) return { kind: 'repeatedRejection', code: outcome.code };
    const { conversation, from: sender, id } = record;
    const { sequence } = outcome;
    const { loggedAtMs } = first;
    const entry = { conversation, sequence, kind: entryKindOf(record), sender, id, loggedAtMs, contentType: 0, bodies: [] };
    return { kind: 'repeated', entry };
  }
}

function decisionOf(outcome: Outcome): Decision {
  if (outcome.kind === 'rejected') return { ...outcome, stored: false };
  const { conversation, entry, recipients } = outcome;
  return { kind: 'entry', entry, recipients, applied: { conversation, entry, recipients } };
}
