/**
 * What must come of the log, computed beside the system: each record of `messages` as it is written is decided by the same
 * pure rules, with a memory of its own. Every answer, entry and stored row is held against it, and what is against it is a
 * violation, kept with the time at which it was seen.
 */

import type { BusRecord } from '../bus/bus.ts';
import { concernedUser } from '../bus/entry-of-record.ts';
import { decodeMessage } from '../bus/record-codec.ts';
import type { MessageRecord } from '../bus/records.ts';
import { applyRecord, type SequenceRules } from '../dispatch/sequence.ts';
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';
import { userOf } from '../protocol/ids.ts';
import type { Conversation } from '../store/store.ts';
import { ReceiptTruth } from './receipt-truth.ts';

export type Result = { readonly sequence: number } | { readonly code: number };

export interface KnownEntry {
  readonly id: string;
  readonly sender: DeviceKey;
  readonly offset: number;
}

export interface KnownConversation {
  state: Conversation;
  readonly partition: number;
  /** By sequence less one. */
  readonly entries: KnownEntry[];
  /** For everyone who ever was a member: the last sequence that he may see; Infinity while he is one. */
  readonly maySeeUpTo: Map<UserId, number>;
}

export class Oracle {
  readonly conversations = new Map<ConversationId, KnownConversation>();
  readonly results = new Map<string, Result>();
  /** What each record came to, by partition and offset; undefined for a repetition. */
  readonly outcomes: Array<Array<{ readonly conversation: ConversationId; readonly result: Result } | undefined>> = [];
  readonly violations: string[] = [];
  /** Last sequence that the application of a device was handed, by conversation. */
  private readonly applications = new Map<string, number>();
  readonly receipts = new ReceiptTruth((what) => this.violated(what));
  private readonly rules: SequenceRules;
  private readonly onViolation: (what: string) => void;

  constructor(rules: SequenceRules, onViolation: (what: string) => void) {
    this.rules = rules;
    this.onViolation = onViolation;
  }

  violated(what: string): void {
    if (this.violations.length < 20) this.violations.push(what);
    this.onViolation(what);
  }

  appended(partition: number, records: readonly BusRecord[]): void {
    for (const record of records) {
      const decoded = decodeMessage(record.value);
      this.outcomes[partition] ??= [];
      this.outcomes[partition][record.offset] = decoded.ok ? this.apply(partition, decoded.record, record) : undefined;
    }
  }

  resultOf(device: DeviceKey, conversation: ConversationId, id: string): Result | undefined {
    return this.results.get(keyOf(device, conversation, id));
  }

  private apply(partition: number, record: MessageRecord, { offset, loggedAtMs }: BusRecord) {
    const { conversation } = record;
    const id = hex(record.id);
    const key = keyOf(record.from, conversation, id);
    if (this.results.has(key)) return undefined;
    const known = this.conversations.get(conversation);
    const nowMs = Math.max(loggedAtMs, known?.state.changedAtMs ?? 0);
    const outcome = applyRecord(known?.state, record, offset, nowMs, this.rules);
    if (outcome.kind === 'rejected') {
      const result = { code: outcome.code };
      this.results.set(key, result);
      return { conversation, result };
    }
    const result = { sequence: outcome.entry.sequence };
    this.results.set(key, result);
    const now = known ?? { state: outcome.conversation, partition, entries: [], maySeeUpTo: new Map<UserId, number>() };
    this.conversations.set(conversation, now);
    now.state = outcome.conversation;
    now.entries.push({ id, sender: record.from, offset });
    for (const user of outcome.conversation.members) now.maySeeUpTo.set(user, Number.POSITIVE_INFINITY);
    if (record.kind === 'leave' || record.kind === 'removeMember') now.maySeeUpTo.set(concernedUser(record), result.sequence);
    return { conversation, result };
  }

  /** An answer to a request reached its sender. */
  answered(device: DeviceKey, conversation: ConversationId, id: string, answer: Result): void {
    const result = this.resultOf(device, conversation, id);
    if (result === undefined) return this.violated(`device ${device} was told ${JSON.stringify(answer)} of ${id}, which is not in the log`);
    if (JSON.stringify(result) !== JSON.stringify(answer))
      this.violated(`device ${device} was told ${JSON.stringify(answer)} of ${id}, which came to ${JSON.stringify(result)}`);
  }

  accepted(device: DeviceKey, conversation: ConversationId, id: string): void {
    if (this.resultOf(device, conversation, id) === undefined) this.violated(`device ${device}: ${id} was accepted and is not in the log`);
  }

  /** An entry reached an application: the next one of its conversation, and no other. */
  handed(device: DeviceKey, conversation: ConversationId, sequence: number, id: string): void {
    const before = this.handedUpTo(device, conversation);
    if (sequence !== before + 1)
      this.violated(`the application of device ${device} got sequence ${sequence} of ${conversation} after ${before}`);
    this.applications.set(`${device}/${conversation}`, sequence);
    this.receipts.handed(device, conversation, sequence);
    this.seen(device, conversation, sequence, id);
  }

  handedUpTo(device: DeviceKey, conversation: ConversationId): number {
    return this.applications.get(`${device}/${conversation}`) ?? 0;
  }

  /** An entry reached a device, whether it was new there or not. */
  seen(device: DeviceKey, conversation: ConversationId, sequence: number, id: string): void {
    const known = this.conversations.get(conversation);
    const entry = known?.entries[sequence - 1];
    if (entry === undefined) return this.violated(`device ${device} got sequence ${sequence} of ${conversation}, which does not exist`);
    if (entry.id !== id) this.violated(`device ${device} got ${id} as sequence ${sequence} of ${conversation}, which is ${entry.id}`);
    if ((known!.maySeeUpTo.get(userOf(device)) ?? 0) < sequence)
      this.violated(`device ${device} got sequence ${sequence} of ${conversation} and was no member then`);
  }

  /** A mark reached the store. */
  marked(device: DeviceKey, conversation: ConversationId, sequence: number): void {
    const has = this.handedUpTo(device, conversation);
    if (sequence > has) this.violated(`device ${device} is marked up to ${sequence} of ${conversation} and has ${has}`);
  }
}

export function hex(id: Uint8Array): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('hex');
}

function keyOf(device: DeviceKey, conversation: ConversationId, id: string): string {
  return `${device}/${conversation}/${id}`;
}
