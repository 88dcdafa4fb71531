/**
 * The cursor of each conversation of each connection: the contiguous sequence handed to the application, moved by DELIVER
 * and by the answer to one's own send, by live and replayed ones alike, and by nothing else (socketio/socket.io#5539).
 *
 *   n = cursor + 1   handed over, and after it what was held
 *   n ≤ cursor       redelivered: dropped and counted
 *   n > cursor + 1   a gap: held within a limit, and the missing ones are pulled
 *
 * The position of a CHANGED page is stored only when every gap that the page showed is closed.
 */
import { encodeFrame } from '../../services/protocol/codec.ts';
import { RECEIPT_KINDS } from '../../services/protocol/frame-table.ts';
import type { FrameOf } from '../../services/protocol/frames.ts';
import type { Memberships } from './memberships.ts';
import type { SessionEffects, SessionListener } from './session-ports.ts';

/** An entry as it came, or one's own that was answered by SEQUENCED or CREATED. */
export type Held = FrameOf<'deliver'> | 'own';

interface Gap {
  /** Highest sequence known to exist. */
  known: number;
  /** Pulled from here on this session; 0 when nothing is on its way. */
  askedFrom: number;
  askAgainMs: number;
  readonly held: Map<number, Held>;
}

interface CatchUp {
  position: Uint8Array;
  more: boolean;
  readonly openSlots: Set<number>;
  /** Conversations of the page that no slot knows yet, with their last sequence: pulled to learn which they are. */
  readonly strangers: Map<number, number>;
  /** Of these, the ones that were asked for and not answered, with the time to ask again. */
  readonly asked: Map<number, number>;
}

/** Entries kept of one conversation while earlier ones are missing; more are dropped and pulled again. */
const HELD_PER_GAP = 64;
const ASK_AGAIN_MS = 2_000;
/** Pulls of unknown conversations of a connection at once: a server takes only so many requests before it has answered. */
const STRANGERS_AT_ONCE = 8;
/** A mark of the last moments of a session may be lost with it: it is given again on the next. */
const MARK_DOUBT_MS = 5_000;

export class Cursors {
  private readonly memberships: Memberships;
  private readonly effects: SessionEffects;
  private readonly listener: SessionListener;
  private readonly gaps = new Map<number, Gap>();
  private readonly catchUps = new Map<number, CatchUp>();
  private readonly positions = new Map<number, Uint8Array>();
  private readonly dirty: number[] = [];
  private readonly acknowledged: Uint32Array;
  private readonly acknowledgedMs: Float64Array;
  private readonly readEvery: number;

  /** `readEvery`: members of each such conversation of the plan read what they get, the others only have it; 0 for none. */
  constructor(memberships: Memberships, effects: SessionEffects, listener: SessionListener, readEvery = 0) {
    this.memberships = memberships;
    this.effects = effects;
    this.listener = listener;
    this.acknowledged = new Uint32Array(memberships.size);
    this.acknowledgedMs = new Float64Array(memberships.size);
    this.readEvery = readEvery;
  }

  get openGaps(): number {
    return this.gaps.size + this.catchUps.size;
  }

  /** Up to where the mark of a slot was given on a session that is open, or was long enough. */
  acknowledgedOf(slot: number): number {
    return this.acknowledged[slot]!;
  }

  /** Of the marks of a slot: RECEIPT_KINDS. */
  kindOf(slot: number): number {
    const reads = this.readEvery > 0 && this.memberships.conversations[slot]! % this.readEvery === 0;
    return reads ? RECEIPT_KINDS.read : RECEIPT_KINDS.delivered;
  }

  position(connection: number): Uint8Array | undefined {
    return this.positions.get(connection);
  }

  forgetPosition(connection: number): void {
    this.positions.delete(connection);
  }

  /** Entry n of a slot. Gives true when acknowledgements are waiting to be flushed. */
  arrived(slot: number, sequence: number, entry: Held, nowMs: number): boolean {
    const cursor = this.memberships.cursors[slot]!;
    if (sequence <= cursor) {
      if (entry !== 'own') this.listener.redelivered(this.memberships.connections[slot]!, this.memberships.conversations[slot]!, sequence);
      return false;
    }
    if (sequence > cursor + 1) {
      this.hold(slot, sequence, entry, nowMs);
      return false;
    }
    this.handOver(slot, sequence, entry, nowMs);
    if (this.gaps.size > 0) this.handOverHeld(slot, nowMs);
    return this.dirty.length > 0;
  }

  /** A page of what changed. Answered by pulls, then by storing its position, then by asking for the next page. */
  changed(connection: number, page: FrameOf<'changed'>, nowMs: number): void {
    const before = this.catchUps.get(connection);
    const catchUp: CatchUp = {
      position: new Uint8Array(page.position),
      more: page.more === 1,
      openSlots: before?.openSlots ?? new Set(),
      strangers: before?.strangers ?? new Map(),
      asked: before?.asked ?? new Map(),
    };
    this.catchUps.set(connection, catchUp);
    for (const { conversation, sequence } of page.changes) {
      const slot = this.memberships.byServerId(connection, conversation);
      if (slot >= 0) {
        if (sequence <= this.memberships.cursors[slot]!) continue;
        catchUp.openSlots.add(slot);
        this.want(slot, sequence, nowMs);
      } else if (this.memberships.first(connection) < this.memberships.end(connection)) {
        catchUp.strangers.set(conversation, sequence);
      }
    }
    this.askStrangers(connection, catchUp, nowMs);
    this.settle(connection, catchUp);
  }

  /** End of a pulled page: asks for what is still missing, later when this page brought nothing. */
  pulled(connection: number, frame: FrameOf<'pulled'>, nowMs: number): void {
    const slot = this.memberships.byServerId(connection, frame.conversation);
    const catchUp = this.catchUps.get(connection);
    const stranger = catchUp?.strangers.get(frame.conversation);
    if (catchUp !== undefined && stranger !== undefined) {
      catchUp.strangers.delete(frame.conversation);
      catchUp.asked.delete(frame.conversation);
      this.askStrangers(connection, catchUp, nowMs);
      if (slot >= 0 && this.memberships.cursors[slot]! < stranger) {
        catchUp.openSlots.add(slot);
        this.want(slot, stranger, nowMs);
      }
      return this.settle(connection, catchUp);
    }
    const gap = slot < 0 ? undefined : this.gaps.get(slot);
    if (gap === undefined || gap.askedFrom === 0) return;
    const moved = this.memberships.cursors[slot]! >= gap.askedFrom;
    gap.askedFrom = 0;
    if (moved) this.ask(slot, gap, nowMs);
    else gap.askAgainMs = nowMs + ASK_AGAIN_MS;
  }

  /** The server no longer keeps what is missing: go on from what it says exists. The ledger shows what was skipped. */
  gone(connection: number, nowMs: number): void {
    for (let slot = this.memberships.first(connection); slot < this.memberships.end(connection); slot++) {
      const gap = this.gaps.get(slot);
      if (gap === undefined || gap.askedFrom === 0) continue;
      const firstHeld = Math.min(gap.known + 1, ...gap.held.keys());
      this.memberships.cursors[slot] = firstHeld - 1;
      this.handOverHeld(slot, nowMs);
      this.closeIfDone(slot, gap);
    }
  }

  /** A session is open: marks that it did not get go out with the next flush. Gives true when there are some. */
  opened(connection: number): boolean {
    for (let slot = this.memberships.first(connection); slot < this.memberships.end(connection); slot++)
      if (this.acknowledged[slot] === 0 && this.memberships.cursors[slot]! > 0 && this.memberships.serverIds[slot]! > 0)
        this.dirty.push(slot);
    return this.dirty.length > 0;
  }

  /** The session ended: what was asked for on it will not come. */
  closed(connection: number, nowMs: number): void {
    this.catchUps.delete(connection);
    for (let slot = this.memberships.first(connection); slot < this.memberships.end(connection); slot++) {
      if (this.acknowledged[slot] === 0 || nowMs - this.acknowledgedMs[slot]! > MARK_DOUBT_MS) continue;
      this.acknowledged[slot] = 0;
    }
    if (this.gaps.size === 0) return;
    for (let slot = this.memberships.first(connection); slot < this.memberships.end(connection); slot++) {
      const gap = this.gaps.get(slot);
      if (gap !== undefined) gap.askedFrom = 0;
    }
  }

  /** Asks again for gaps whose answer did not come, on connections that are open. */
  tick(nowMs: number, isOpen: (connection: number) => boolean): void {
    for (const [slot, gap] of this.gaps) {
      if (gap.askAgainMs <= nowMs && isOpen(this.memberships.connections[slot]!)) this.ask(slot, gap, nowMs);
    }
    for (const [connection, catchUp] of this.catchUps) if (isOpen(connection)) this.askStrangers(connection, catchUp, nowMs);
  }

  /** One cumulative ACK per conversation that moved since the last flush; all of a connection in one message. */
  flushAcknowledgements(isOpen: (connection: number) => boolean, nowMs: number): void {
    const slots = this.dirty.splice(0);
    for (let at = 0; at < slots.length; at++) {
      const slot = slots[at]!;
      const cursor = this.memberships.cursors[slot]!;
      if (this.acknowledged[slot]! >= cursor) continue;
      const connection = this.memberships.connections[slot]!;
      if (!isOpen(connection)) continue;
      const frames = [this.mark(slot, cursor, nowMs)];
      for (let later = at + 1; later < slots.length && this.memberships.connections[slots[later]!] === connection; later++) {
        const other = slots[later]!;
        const otherCursor = this.memberships.cursors[other]!;
        if (this.acknowledged[other]! >= otherCursor) continue;
        frames.push(this.mark(other, otherCursor, nowMs));
      }
      this.effects.transmit(connection, ...frames);
    }
  }

  private mark(slot: number, sequence: number, nowMs: number): Uint8Array {
    this.acknowledged[slot] = sequence;
    this.acknowledgedMs[slot] = nowMs;
    const name = this.kindOf(slot) === RECEIPT_KINDS.read ? 'read' : 'ack';
    return encodeFrame(name, { conversation: this.memberships.serverIds[slot]!, sequence });
  }

  private handOver(slot: number, sequence: number, entry: Held, nowMs: number): void {
    this.memberships.cursors[slot] = sequence;
    if (entry === 'own') return;
    this.dirty.push(slot);
    this.listener.delivered(this.memberships.connections[slot]!, this.memberships.conversations[slot]!, entry, nowMs);
  }

  private handOverHeld(slot: number, nowMs: number): void {
    const gap = this.gaps.get(slot);
    if (gap === undefined) return;
    for (;;) {
      const next = this.memberships.cursors[slot]! + 1;
      const entry = gap.held.get(next);
      if (entry === undefined) break;
      gap.held.delete(next);
      this.handOver(slot, next, entry, nowMs);
    }
    this.closeIfDone(slot, gap);
  }

  private closeIfDone(slot: number, gap: Gap): void {
    if (this.memberships.cursors[slot]! < gap.known) return;
    this.gaps.delete(slot);
    const connection = this.memberships.connections[slot]!;
    const catchUp = this.catchUps.get(connection);
    if (catchUp?.openSlots.delete(slot)) this.settle(connection, catchUp);
  }

  private hold(slot: number, sequence: number, entry: Held, nowMs: number): void {
    const gap = this.know(slot, sequence);
    if (gap.held.size < HELD_PER_GAP) gap.held.set(sequence, entry);
    if (gap.askedFrom === 0) this.ask(slot, gap, nowMs);
  }

  private want(slot: number, sequence: number, nowMs: number): void {
    const gap = this.know(slot, sequence);
    if (gap.askedFrom === 0) this.ask(slot, gap, nowMs);
  }

  /** A sequence exists that the cursor has not reached. */
  private know(slot: number, sequence: number): Gap {
    let gap = this.gaps.get(slot);
    if (gap === undefined) {
      gap = { known: sequence, askedFrom: 0, askAgainMs: 0, held: new Map() };
      this.gaps.set(slot, gap);
      const from = this.memberships.cursors[slot]! + 1;
      this.listener.gap(this.memberships.connections[slot]!, this.memberships.conversations[slot]!, from, sequence);
    } else if (sequence > gap.known) gap.known = sequence;
    return gap;
  }

  /** Pulls what is missing before the first entry that is held. */
  private ask(slot: number, gap: Gap, nowMs: number): void {
    const from = this.memberships.cursors[slot]! + 1;
    gap.askedFrom = from;
    gap.askAgainMs = nowMs + ASK_AGAIN_MS;
    const to = gap.held.size === 0 ? gap.known : Math.min(gap.known, Math.min(...gap.held.keys()) - 1);
    this.pull(this.memberships.connections[slot]!, this.memberships.serverIds[slot]!, from, to);
  }

  private askStrangers(connection: number, { strangers, asked }: CatchUp, nowMs: number): void {
    for (const [conversation, sequence] of strangers) {
      if (asked.size >= STRANGERS_AT_ONCE && !asked.has(conversation)) continue;
      if (nowMs < (asked.get(conversation) ?? 0)) continue;
      asked.set(conversation, nowMs + ASK_AGAIN_MS);
      this.pull(connection, conversation, 1, sequence);
    }
  }

  private pull(connection: number, conversation: number, fromSequence: number, toSequence: number): void {
    this.effects.transmit(connection, encodeFrame('pull', { conversation, fromSequence, toSequence }));
  }

  private settle(connection: number, catchUp: CatchUp): void {
    if (catchUp.openSlots.size > 0 || catchUp.strangers.size > 0) return;
    this.catchUps.delete(connection);
    this.positions.set(connection, catchUp.position);
    if (catchUp.more) this.effects.transmit(connection, encodeFrame('resume', { position: catchUp.position }));
    else this.listener.caughtUp?.(connection);
  }
}
