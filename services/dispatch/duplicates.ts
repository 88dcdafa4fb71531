/**
 * The outcomes of message ids, for a span of the log's time: a resend or a replay is answered with the recorded result and
 * changes nothing. An id belongs to its device and conversation. A ring in columns, about 65 bytes an id; past the bound
 * on ids the oldest is forgotten early, which is counted.
 */
import type { ConversationId, DeviceKey } from '../protocol/ids.ts';

export interface RecordedOutcome {
  /** 0 when it was rejected. */
  readonly sequence: number;
  readonly entryKind: number;
  readonly loggedAtMs: number;
  /** Code of the rejection, 0 when there was none. */
  readonly code: number;
}

const NONE = -1;
const FIRST_CAPACITY = 1_024;

export class Duplicates {
  forgottenEarly = 0;
  private readonly spanMs: number;
  private readonly maxIds: number;
  private capacity = FIRST_CAPACITY;
  private head = 0;
  private count = 0;
  private words = new Uint32Array(FIRST_CAPACITY * 4);
  private device = new Float64Array(FIRST_CAPACITY);
  private conversation = new Float64Array(FIRST_CAPACITY);
  private sequence = new Float64Array(FIRST_CAPACITY);
  private loggedAtMs = new Float64Array(FIRST_CAPACITY);
  private entryKind = new Uint8Array(FIRST_CAPACITY);
  private code = new Uint16Array(FIRST_CAPACITY);
  private next = new Int32Array(FIRST_CAPACITY);
  private buckets = new Int32Array(FIRST_CAPACITY).fill(NONE);

  /** `maxIds` is rounded up to a power of two. */
  constructor(spanMs: number, maxIds: number) {
    this.spanMs = spanMs;
    this.maxIds = 2 ** Math.ceil(Math.log2(Math.max(FIRST_CAPACITY, maxIds)));
  }

  get size(): number {
    return this.count;
  }

  find(device: DeviceKey, conversation: ConversationId, id: Uint8Array): RecordedOutcome | undefined {
    for (let at = this.buckets[hashOf(device, conversation, id) & (this.capacity - 1)]!; at !== NONE; at = this.next[at]!) {
      if (this.device[at] !== device || this.conversation[at] !== conversation || !this.hasId(at, id)) continue;
      return { sequence: this.sequence[at]!, entryKind: this.entryKind[at]!, loggedAtMs: this.loggedAtMs[at]!, code: this.code[at]! };
    }
    return undefined;
  }

  /** Records an outcome at a time of the log that never goes back. */
  record(device: DeviceKey, conversation: ConversationId, id: Uint8Array, outcome: RecordedOutcome): void {
    while (this.count > 0 && this.loggedAtMs[this.head]! < outcome.loggedAtMs - this.spanMs) this.forgetOldest();
    if (this.count === this.capacity) {
      if (this.capacity < this.maxIds) this.grow();
      else {
        this.forgottenEarly++;
        this.forgetOldest();
      }
    }
    const at = (this.head + this.count) & (this.capacity - 1);
    for (let word = 0; word < 4; word++) this.words[at * 4 + word] = readWord(id, word);
    this.device[at] = device;
    this.conversation[at] = conversation;
    this.sequence[at] = outcome.sequence;
    this.entryKind[at] = outcome.entryKind;
    this.loggedAtMs[at] = outcome.loggedAtMs;
    this.code[at] = outcome.code;
    this.count++;
    this.link(at);
  }

  private hasId(at: number, id: Uint8Array): boolean {
    for (let word = 0; word < 4; word++) if (this.words[at * 4 + word] !== readWord(id, word)) return false;
    return true;
  }

  private bucketOf(at: number): number {
    let hash = seedOf(this.device[at]!, this.conversation[at]!);
    for (let word = 0; word < 4; word++) hash = mix(hash, this.words[at * 4 + word]!);
    return (hash >>> 0) & (this.capacity - 1);
  }

  private link(at: number): void {
    const bucket = this.bucketOf(at);
    this.next[at] = this.buckets[bucket]!;
    this.buckets[bucket] = at;
  }

  private forgetOldest(): void {
    const oldest = this.head;
    const bucket = this.bucketOf(oldest);
    if (this.buckets[bucket] === oldest) this.buckets[bucket] = this.next[oldest]!;
    else {
      let at = this.buckets[bucket]!;
      while (this.next[at] !== oldest) at = this.next[at]!;
      this.next[at] = this.next[oldest]!;
    }
    this.head = (this.head + 1) & (this.capacity - 1);
    this.count--;
  }

  private grow(): void {
    const { capacity, head, count } = this;
    const order = <Column extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: Column, to: Column, width = 1): Column => {
      to.set(from.subarray(head * width) as never);
      to.set(from.subarray(0, head * width) as never, (capacity - head) * width);
      return to;
    };
    const doubled = capacity * 2;
    this.words = order(this.words, new Uint32Array(doubled * 4), 4);
    this.device = order(this.device, new Float64Array(doubled));
    this.conversation = order(this.conversation, new Float64Array(doubled));
    this.sequence = order(this.sequence, new Float64Array(doubled));
    this.loggedAtMs = order(this.loggedAtMs, new Float64Array(doubled));
    this.entryKind = order(this.entryKind, new Uint8Array(doubled));
    this.code = order(this.code, new Uint16Array(doubled));
    this.next = new Int32Array(doubled);
    this.buckets = new Int32Array(doubled).fill(NONE);
    this.capacity = doubled;
    this.head = 0;
    for (let at = 0; at < count; at++) this.link(at);
  }
}

function readWord(id: Uint8Array, word: number): number {
  const at = word * 4;
  return (id[at]! | (id[at + 1]! << 8) | (id[at + 2]! << 16) | (id[at + 3]! << 24)) >>> 0;
}

function mix(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e3779b1);
  return h ^ (h >>> 15);
}

function seedOf(device: DeviceKey, conversation: ConversationId): number {
  return mix(mix(device >>> 0, conversation >>> 0), Math.floor(device / 0x1_0000_0000) ^ Math.floor(conversation / 0x1_0000_0000));
}

function hashOf(device: DeviceKey, conversation: ConversationId, id: Uint8Array): number {
  let hash = seedOf(device, conversation);
  for (let word = 0; word < 4; word++) hash = mix(hash, readWord(id, word));
  return hash >>> 0;
}
