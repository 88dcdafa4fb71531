/**
 * The edge's end of its link to the relay: numbers and keeps what must not be lost, gives it again to a relay that came
 * back, and hands over what the relay sends. Works on any message stream; the socket stands in `main.ts`.
 */

import { loggedAtOfDeliver } from '../../protocol/peek.ts';
import { observeBetween } from '../../runtime/histogram-cell.ts';
import { isAccepted, type Speaks, spokenVersion, VERSIONS, type VersionRange } from '../../runtime/versions.ts';
import {
  ANNOUNCE_PAGE,
  type AnnouncedSession,
  announce,
  closeMessage,
  KICK_REASONS,
  linkHello,
  looksMessage,
  MARK_BYTES,
  OPENS_SESSION,
  openMessage,
  readF64,
  readU32,
  requestMessage,
  TO_EDGE,
  TO_RELAY,
  typingMessage,
  writeF64,
  writeU32,
} from '../link/link-frames.ts';
import { LinkTail } from '../link/link-tail.ts';
import type { Edge, EdgeLink } from './edge.ts';
import type { EdgeCells } from './metrics.ts';
import { Outbox } from './outbox.ts';
import { SESSION, SESSION_FLAGS } from './session-table.ts';

export interface RelayLinkOptions {
  readonly edgeNumber: number;
  readonly incarnation: Uint8Array;
  readonly tailBytesLimit: number;
  /** As its predecessor does, while there are relays of before. */
  readonly speaks?: Speaks;
  readonly cells: EdgeCells;
  readonly push: (message: Uint8Array) => void;
  /** Bytes given to `push` that the kernel has not taken. */
  readonly queuedBytes: () => number;
  readonly later: (run: () => void, ms: number) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** Marks wait this long for others: they change little that anyone waits for, and alone each costs a wake of the relay. */
const MARK_LINGER_MS = 50;
const MARKS_TOGETHER = 512;
/** Room that close messages may take over the limit: they must not be lost, each is small, and a session has one. */
export const CLOSE_BYTES = 21;
/** What waits in the stream is there beside the tail, so a relay that hangs gets only so much; the rest goes when it reads. */
const AHEAD_BYTES = 1_048_576;
const PUMP_MS = 5;

export class RelayLink implements EdgeLink {
  private readonly options: RelayLinkOptions;
  private readonly edge: Edge;
  private readonly tail: LinkTail;
  private readonly versions: VersionRange;
  private readonly cells: EdgeCells;
  private readonly marks = Uint8Array.of(TO_RELAY.marks, ...new Uint8Array(MARKS_TOGETHER * MARK_BYTES));
  private readonly outbox = new Outbox((connection, bytes) => {
    const slot = this.slot(connection);
    if (slot >= 0) this.edge.deliver(slot, bytes);
  });
  private markCount = 0;
  private connected = false;
  private awaySinceMs: number;
  /** Number of the last message that this connection was given. */
  private given = 0;
  private pumping = false;
  /** Time of the last sign of life of the relay, or since when it owes one. */
  private heardMs: number;
  /** Time of the read whose messages are being taken: asked once for all of them. */
  private readMs: number | undefined;

  constructor(edge: Edge, options: RelayLinkOptions) {
    this.edge = edge;
    this.options = options;
    this.cells = options.cells;
    this.tail = new LinkTail(options.tailBytesLimit);
    this.versions = { ...VERSIONS.link, newest: spokenVersion(VERSIONS.link, options.speaks ?? 'newest') };
    this.awaySinceMs = this.heardMs = options.now();
  }

  /** A relay that is connected and answers nothing is away, too. */
  awayForMs(nowMs: number): number {
    if (!this.connected) return nowMs - this.awaySinceMs;
    return this.tail.length === 0 ? 0 : nowMs - this.heardMs;
  }

  get keptBytes(): number {
    return this.tail.bytes;
  }

  onConnected(): void {
    const { options } = this;
    options.push(linkHello(this.versions, options.edgeNumber, options.incarnation, this.tail.firstNumber));
    for (const page of this.announcedPages()) options.push(announce(page));
    for (const [connection, frame] of this.edge.looks.all()) options.push(looksMessage(connection, frame));
    this.connected = true;
    this.cells.relayConnected.value = 1;
    this.heardMs = options.now();
    this.given = this.tail.firstNumber - 1;
    this.pump();
  }

  onDisconnected(nowMs: number): void {
    this.connected = false;
    this.awaySinceMs = nowMs;
    this.cells.relayConnected.value = 0;
    this.cells.predecessorLink.value = 0;
  }

  /** False when the tail is full: nothing was taken. */
  open(connection: number, device: number, epoch: number, flags: number, heartbeatSeconds: number, position: Uint8Array): boolean {
    const message = openMessage(connection, device, epoch, flags, heartbeatSeconds, position);
    if (!this.tail.hasRoomFor(message.length + CLOSE_BYTES)) return false;
    this.number(message);
    return true;
  }

  close(connection: number, device: number, epoch: number): void {
    this.number(closeMessage(connection, device, epoch));
  }

  /** False when the tail is full: nothing was taken. */
  request(connection: number, frame: Uint8Array): boolean {
    if (!this.tail.hasRoomFor(frame.length + CLOSE_BYTES)) return false;
    this.number(requestMessage(connection, frame));
    return true;
  }

  /** What a device has or its user has read. Kept as requests are, up to half of the tail: a later one says the same. */
  mark(kind: number, connection: number, conversation: number, sequence: number): void {
    if (this.markCount === 0) this.options.later(() => this.flushMarks(), MARK_LINGER_MS);
    const at = 1 + this.markCount * MARK_BYTES;
    this.marks[at] = kind;
    writeU32(this.marks, at + 1, connection);
    writeF64(this.marks, at + 5, conversation);
    writeF64(this.marks, at + 13, sequence);
    if (++this.markCount === MARKS_TOGETHER) this.flushMarks();
  }

  /** Never again: what is not heard at once is of no use. */
  typing(connection: number, conversation: number): void {
    if (this.connected && this.options.queuedBytes() < AHEAD_BYTES) this.options.push(typingMessage(connection, conversation));
  }

  /** What was said before goes before what comes now. */
  flushMarks(): void {
    const { markCount } = this;
    this.markCount = 0;
    if (markCount === 0) return;
    const message = this.marks.slice(0, 1 + markCount * MARK_BYTES);
    if (this.tail.bytes + message.length > this.options.tailBytesLimit / 2) this.cells.marksDropped.value += markCount;
    else this.number(message);
  }

  /** The last message of a read: what it brought goes to the clients. */
  chunkEnded(): void {
    this.heardMs = this.options.now();
    this.readMs = undefined;
    this.outbox.flush();
  }

  received(message: Uint8Array): void {
    const { edge } = this;
    switch (message[0]) {
      case TO_EDGE.to: {
        const connection = readU32(message, 2);
        const slot = this.slot(connection);
        if (slot < 0) return;
        const settles = message[1]!;
        if (settles === OPENS_SESSION) return edge.welcome(slot, message.subarray(6));
        edge.sessions.pending[slot] = Math.max(0, edge.sessions.pending[slot]! - settles);
        if (message.length === 6) return;
        if (settles === 0) this.timeDelivery(message, 6, 1);
        else edge.acceptTimes.answered(connection, message, 6, this.nowOfRead());
        this.outbox.add(connection, message.subarray(6));
        return;
      }
      case TO_EDGE.many: {
        const count = message[1]! | (message[2]! << 8);
        const bytes = message.subarray(3 + count * 4);
        this.timeDelivery(bytes, 0, count);
        for (let index = 0; index < count; index++) {
          this.outbox.add(readU32(message, 3 + index * 4), bytes);
        }
        return;
      }
      case TO_EDGE.taken:
        this.tail.acknowledge(readF64(message, 1));
        this.cells.tailBytes.value = this.tail.bytes;
        return;
      case TO_EDGE.batch: {
        this.outbox.flush();
        const answer = message.slice();
        answer[0] = TO_RELAY.confirm;
        return this.options.push(answer);
      }
      case TO_EDGE.kick: {
        this.outbox.flush();
        const slot = this.slot(readU32(message, 1));
        if (slot >= 0) edge.kick(slot, KICK_REASONS[message[5]!] ?? 'relayAway');
        return;
      }
      case TO_EDGE.newer: {
        for (let at = 1; at + 4 <= message.length; at += 4) {
          const slot = this.slot(readU32(message, at));
          if (slot >= 0) edge.sessions.flags[slot] = edge.sessions.flags[slot]! | SESSION_FLAGS.newer;
        }
        return;
      }
      case TO_EDGE.hello:
        if (!isAccepted(message[1]!, this.versions)) this.options.log(`relay chose link version ${message[1]}`);
        else this.cells.predecessorLink.value = message[1]! < VERSIONS.link.newest ? 1 : 0;
        return;
      case TO_EDGE.refused:
        this.options.log(`relay refused the link: ${new TextDecoder().decode(message.subarray(1))}`);
    }
  }

  /** Here and not at the socket, which has them in this same turn: there they are put together, and would have to be told apart. */
  private timeDelivery(bytes: Uint8Array, at: number, devices: number): void {
    const loggedAtMs = loggedAtOfDeliver(bytes, at);
    const { delivered, timesInvalid } = this.cells;
    if (loggedAtMs !== undefined) observeBetween(delivered, timesInvalid, loggedAtMs, this.nowOfRead(), devices);
  }

  private nowOfRead(): number {
    this.readMs ??= this.options.now();
    return this.readMs;
  }

  private slot(connection: number): number {
    const slot = this.edge.sessions.slotOf(connection);
    if (slot < 0) this.cells.stale.value++;
    return slot;
  }

  private number(message: Uint8Array): void {
    if (this.tail.length === 0) this.heardMs = this.options.now();
    this.tail.push(message);
    this.cells.tailBytes.value = this.tail.bytes;
    this.cells.tailMaxBytes.value = Math.max(this.cells.tailMaxBytes.value, this.tail.bytes);
    if (this.connected && !this.pumping) this.pump();
  }

  /** Gives the stream what it lacks of the tail, as far as it may run ahead of the kernel. */
  private pump(): void {
    const { options, tail } = this;
    this.pumping = false;
    while (this.connected && this.given < tail.lastNumber) {
      if (options.queuedBytes() >= AHEAD_BYTES) {
        this.pumping = true;
        return options.later(() => this.pump(), PUMP_MS);
      }
      options.push(tail.at(++this.given));
    }
  }

  private *announcedPages(): Iterable<AnnouncedSession[]> {
    const { sessions } = this.edge;
    let page: AnnouncedSession[] = [];
    for (let slot = 0; slot < sessions.end; slot++) {
      const state = sessions.state[slot];
      if (state !== SESSION.opening && state !== SESSION.live) continue;
      page.push({
        connection: sessions.connectionOf(slot),
        device: sessions.device[slot]!,
        epoch: sessions.epoch[slot]!,
        opening: state === SESSION.opening,
      });
      if (page.length === ANNOUNCE_PAGE) {
        yield page;
        page = [];
      }
    }
    yield page;
  }
}
