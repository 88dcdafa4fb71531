/**
 * The logic of an edge: admits, holds sessions, checks what clients send, forwards it to the relay and hands over what
 * comes back. No sockets, clocks or drivers: each event comes with its time, and effects go to the sockets and the link
 * that are handed in. Knows nothing of the bus, the store or the routes.
 */
import { decode, encodeFrame } from '../../protocol/codec.ts';
import { closeCode, ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';
import { FRAMES, HELLO_FLAGS } from '../../protocol/frame-table.ts';
import type { Frame, FrameOf } from '../../protocol/frames.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { type KickReason, READ_WEIGHT, WRITE_WEIGHT } from '../link/link-frames.ts';
import { AcceptTimes } from './accept-times.ts';
import type { Admission } from './admission.ts';
import { Looks } from './looks.ts';
import type { EdgeCells } from './metrics.ts';
import { SESSION, SESSION_FLAGS, SessionTable } from './session-table.ts';
import { SideFrames } from './side-frames.ts';
import type { Revocation } from './tokens.ts';
import { agreeSubprotocol, type Tokens, type UpgradeHeaders } from './tokens.ts';

export interface EdgeSocket {
  /** Bytes taken or queued; 0: dropped, the connection is over its buffer limit. */
  send(bytes: Uint8Array): number;
  close(code: number, reason: string): void;
  /** Ends it without a closing handshake, for a peer that does not read. */
  terminate(): void;
}

/** What the edge asks of its link to the relay. */
export interface EdgeLink {
  awayForMs(nowMs: number): number;
  /** False when no more can be kept: nothing was taken. */
  open(connection: number, device: number, epoch: number, flags: number, heartbeatSeconds: number, position: Uint8Array): boolean;
  close(connection: number, device: number, epoch: number): void;
  /** False when no more can be kept: nothing was taken. */
  request(connection: number, frame: Uint8Array): boolean;
  /** `kind`: of RECEIPT_KINDS. */
  mark(kind: number, connection: number, conversation: number, sequence: number): void;
  typing(connection: number, conversation: number): void;
  /** Marks that wait for others go at once. */
  flushMarks(): void;
}

export type UpgradeAnswer =
  | { readonly ok: true; readonly slot: number; readonly subprotocol: string }
  | { readonly ok: false; readonly error: ErrorName; readonly retryAfterMs: number };

export interface EdgeOptions {
  readonly maxSessions: number;
  readonly heartbeatSeconds: number;
  readonly tokens: Tokens;
  readonly admission: Admission;
  readonly cells: EdgeCells;
  readonly random: () => number;
}

const HEARTBEAT = FRAMES.heartbeat.type;
const HEARTBEAT_REPLY = Uint8Array.of(FRAMES.heartbeatReply.type);
const HEARTBEAT_NEWER = Uint8Array.of(FRAMES.heartbeatNewer.type);
const NO_ID = new Uint8Array(16);
const BUSY_RETRY_MS = 1_000;
const RELAY_AWAY_RETRY_MS = 2_000;
const CLOSE_SECONDS = 10;
const LOOKS_BYTES = 16 * 1_048_576;
/** Between two parts of a sweep lies an eighth of a second; so much more means that this process did not run. */
const STALL_MS = 3_000;
/** How long new connections still come in after the relay went away: shorter than a restart is not worth a refusal. */
const RELAY_AWAY_TOLERATED_MS = 2_000;

export class Edge {
  readonly sessions: SessionTable<EdgeSocket>;
  readonly looks = new Looks(LOOKS_BYTES);
  readonly acceptTimes: AcceptTimes;
  private readonly options: EdgeOptions;
  private readonly cells: EdgeCells;
  private readonly sideFrames: SideFrames;
  private link!: EdgeLink;
  private sweepAt = 0;
  /** Time that does not count as anybody's silence: the process stood still, or its clock was set. */
  private stalledMs = 0;
  private sweptMs: number | undefined;

  constructor(options: EdgeOptions) {
    this.options = options;
    this.cells = options.cells;
    this.sideFrames = new SideFrames(options.cells);
    this.sessions = new SessionTable(options.maxSessions);
    this.acceptTimes = new AcceptTimes(options.cells, (connection) => this.sessions.slotOf(connection) >= 0);
  }

  useLink(link: EdgeLink): void {
    this.link = link;
  }

  /** Decides about an upgrade. An admitted one holds a slot until `opened`, `closed` or `abandoned`. */
  admit(address: string, headers: UpgradeHeaders, nowMs: number): UpgradeAnswer {
    const answer = this.decide(address, headers, nowMs);
    if (!answer.ok) this.cells.refused(answer.error).value++;
    return answer;
  }

  private decide(address: string, headers: UpgradeHeaders, nowMs: number): UpgradeAnswer {
    const admitted = this.options.admission.admit(address, nowMs);
    if (!admitted.ok) return admitted;
    if (this.link.awayForMs(nowMs) > RELAY_AWAY_TOLERATED_MS) return { ok: false, error: 'relayAway', retryAfterMs: this.relayRetryMs() };
    const subprotocol = agreeSubprotocol(headers('sec-websocket-protocol'));
    if (subprotocol === undefined) return { ok: false, error: 'unsupportedVersion', retryAfterMs: 0 };
    const identity = this.options.tokens.identify(headers, nowMs);
    if (!identity.ok) return { ok: false, error: identity.error, retryAfterMs: 0 };
    const slot = this.sessions.take();
    if (slot === undefined) return { ok: false, error: 'boxFull', retryAfterMs: Math.ceil(30_000 * (1 + this.options.random())) };
    const sessions = this.sessions;
    sessions.device[slot] = identity.device;
    sessions.issuedAt[slot] = identity.issuedAt;
    sessions.expiresAt[slot] = identity.expiresAt;
    sessions.epoch[slot] = nowMs;
    sessions.lastInbound[slot] = this.awakeSeconds(nowMs);
    return { ok: true, slot, subprotocol };
  }

  /** The upgrade of an admitted client failed: it had gone. */
  abandoned(slot: number): void {
    this.sessions.release(slot);
  }

  opened(slot: number, socket: EdgeSocket): void {
    this.sessions.sockets[slot] = socket;
    this.cells.connections.value = this.sessions.size;
    this.cells.upgrades.value++;
  }

  /** One WebSocket message: whole frames, nothing else. */
  received(slot: number, message: Uint8Array, nowMs: number): void {
    const sessions = this.sessions;
    if (sessions.state[slot] === SESSION.closing) return;
    sessions.lastInbound[slot] = this.awakeSeconds(nowMs);
    this.cells.bytesIn.value += message.length;
    if (message.length === 1 && message[0] === HEARTBEAT) return this.heartbeat(slot);
    if (message.length > LIMITS.webSocketMessageBytes.value) return this.cut(slot, 'tooLarge');
    let at = 0;
    let frames = 0;
    do {
      if (++frames > LIMITS.framesPerMessage.value)
        return this.cut(slot, 'tooLarge', 0, `more than ${LIMITS.framesPerMessage.value} frames in a message`);
      const decoded = decode(message, at);
      if (!decoded.ok) return this.cut(slot, decoded.code, 0, decoded.reason);
      if (decoded.frame !== undefined) this.frame(slot, decoded.frame, message.subarray(at, decoded.next), nowMs);
      at = decoded.next;
    } while (at < message.length && sessions.state[slot] !== SESSION.closing);
  }

  /** A text message, which the protocol does not have. */
  receivedText(slot: number): void {
    this.cut(slot, 'malformed', 0, 'a text message; frames are binary');
  }

  /** Anything else that came in: it proves that the client lives, but is no HELLO and no answer to a close. */
  touched(slot: number, nowMs: number): void {
    const state = this.sessions.state[slot];
    if (state === SESSION.opening || state === SESSION.live) this.sessions.lastInbound[slot] = this.awakeSeconds(nowMs);
  }

  /** The socket is gone. `reason` counts where the edge did not close it itself. */
  closed(slot: number, reason: ErrorName | 'client' = 'client'): void {
    const sessions = this.sessions;
    const state = sessions.state[slot];
    if (state === SESSION.free) return;
    if (state !== SESSION.closing) this.cells.disconnects(reason).value++;
    this.endSession(slot);
    sessions.release(slot);
    this.cells.connections.value = sessions.size;
  }

  /** The relay forgets the session and its route: at the decision, not when a peer that hangs has at last gone. */
  private endSession(slot: number): void {
    const { sessions } = this;
    if (sessions.state[slot] === SESSION.connected || sessions.heartbeatSeconds[slot] === 0) return;
    sessions.heartbeatSeconds[slot] = 0;
    this.looks.forget(sessions.connectionOf(slot));
    this.cells.looksBytes.value = this.looks.bytes;
    this.link.close(sessions.connectionOf(slot), sessions.device[slot]!, sessions.epoch[slot]!);
  }

  /**
   * Looks at every session once in `parts` calls: late hellos, silent clients, expired and revoked tokens. A pass over
   * columns costs nanoseconds a session, so that no connection needs a timer. Only inbound bytes prove life.
   */
  sweep(nowMs: number, parts: number): void {
    const { sessions } = this;
    const sinceMs = nowMs - (this.sweptMs ?? nowMs);
    // Clients that were not heard because nobody listened are not silent: cut, they would all come back at once.
    if (sinceMs > STALL_MS || sinceMs < 0) this.stalledMs += sinceMs;
    if (sinceMs > STALL_MS) this.doubtAll();
    this.sweptMs = nowMs;
    this.acceptTimes.giveUp(nowMs);
    const awake = Math.floor(this.awakeSeconds(nowMs));
    const now = Math.floor(nowMs / 1_000);
    const step = Math.ceil(sessions.end / parts);
    if (this.sweepAt >= sessions.end) this.sweepAt = 0;
    const end = Math.min(sessions.end, this.sweepAt + step);
    for (let slot = this.sweepAt; slot < end; slot++) {
      const state = sessions.state[slot]!;
      if (state === SESSION.free) continue;
      const silentSeconds = awake - sessions.lastInbound[slot]!;
      if (state === SESSION.closing) {
        // A peer that never answers the close must not keep its socket.
        if (silentSeconds >= CLOSE_SECONDS) sessions.sockets[slot]?.terminate();
      } else if (state === SESSION.connected) {
        if (silentSeconds >= LIMITS.helloSeconds.value) this.cut(slot, 'helloLate');
      } else if (silentSeconds > sessions.heartbeatSeconds[slot]! * LIMITS.silentPeriods.value) {
        this.cut(slot, 'silent');
      } else if (now >= sessions.expiresAt[slot]!) {
        this.cut(slot, 'expired');
      }
    }
    this.sweepAt = end;
  }

  private relayRetryMs(): number {
    return Math.ceil(RELAY_AWAY_RETRY_MS * (1 + this.options.random()));
  }

  /** Seconds that this process has run, by a clock that may be set: until the next sweep sees it, time does not go back. */
  private awakeSeconds(nowMs: number): number {
    return (Math.max(nowMs, this.sweptMs ?? 0) - this.stalledMs) / 1_000;
  }

  /** While this process stood still its relay may have given it up, and died with that knowledge: each client is to ask. */
  private doubtAll(): void {
    const { sessions } = this;
    for (let slot = 0; slot < sessions.end; slot++) sessions.flags[slot] = sessions.flags[slot]! | SESSION_FLAGS.newer;
  }

  /** Closes the live sessions that a revocation concerns. */
  revoke(revocations: readonly Revocation[]): void {
    this.options.tokens.revoke(revocations);
    for (let slot = 0; slot < this.sessions.end; slot++) {
      const state = this.sessions.state[slot];
      if (state === SESSION.free || state === SESSION.closing) continue;
      if (this.options.tokens.isRevoked(this.sessions.device[slot]!, this.sessions.issuedAt[slot]!)) this.cut(slot, 'revoked');
    }
  }

  /** Tells one client to come back later and closes it. False when the slot holds nobody. */
  sendAway(slot: number, reconnectAfterMs: number): boolean {
    const state = this.sessions.state[slot];
    if (state === SESSION.free || state === SESSION.closing || this.sessions.sockets[slot] === undefined) return false;
    this.cut(slot, 'draining', Math.ceil(reconnectAfterMs));
    return true;
  }

  /** The relay gives a session up; when it could not serve it, the client is told when to try again. */
  kick(slot: number, reason: KickReason): void {
    this.cut(slot, reason, reason === 'relayAway' ? this.relayRetryMs() : 0);
  }

  /** Closes with an error: told first where the client reads, cut at once where it does not. */
  cut(slot: number, name: ErrorName, afterMs = 0, detail = ''): void {
    const { sessions } = this;
    const socket = sessions.sockets[slot];
    if (sessions.state[slot] === SESSION.closing || sessions.state[slot] === SESSION.free) return;
    this.endSession(slot);
    sessions.state[slot] = SESSION.closing;
    // From here on the time that its peer has to answer the close.
    sessions.lastInbound[slot] = Math.max(this.awakeSeconds(0), sessions.lastInbound[slot]!);
    this.cells.disconnects(name).value++;
    if (socket === undefined) return;
    if (name === 'slowReader') return socket.terminate();
    const code = ERROR_CODES[name].code;
    socket.send(
      name === 'draining' || name === 'replaced'
        ? encodeFrame('goAway', { code, reconnectAfterMs: afterMs })
        : encodeFrame('error', { code, aboutType: 0, id: NO_ID, retryAfterMs: afterMs, detail: detail.slice(0, 200) }),
    );
    socket.close(closeCode(name), name);
  }

  /** Sends to a client; one that does not read is cut and costs nobody else. */
  deliver(slot: number, bytes: Uint8Array): void {
    const socket = this.sessions.sockets[slot];
    if (socket === undefined || this.sessions.state[slot] === SESSION.closing) return;
    this.cells.messagesOut.value++;
    this.cells.bytesOut.value += bytes.length;
    if (socket.send(bytes) === 0) this.cut(slot, 'slowReader');
  }

  /** The relay made the session live with these frames. */
  welcome(slot: number, bytes: Uint8Array): void {
    if (this.sessions.state[slot] !== SESSION.opening) return;
    this.sessions.state[slot] = SESSION.live;
    this.cells.sessions.value++;
    this.deliver(slot, bytes);
  }

  private heartbeat(slot: number): void {
    const { sessions } = this;
    this.cells.heartbeats.value++;
    if (sessions.state[slot] === SESSION.connected) return this.cut(slot, 'outOfOrder', 0, 'a heartbeat before HELLO');
    const flags = sessions.flags[slot]!;
    if ((flags & SESSION_FLAGS.newer) !== 0) {
      sessions.flags[slot] = flags & ~SESSION_FLAGS.newer;
      this.deliver(slot, HEARTBEAT_NEWER);
    } else if ((flags & SESSION_FLAGS.answerHeartbeats) !== 0) {
      this.deliver(slot, HEARTBEAT_REPLY);
    }
  }

  private frame(slot: number, frame: Frame, bytes: Uint8Array, nowMs: number): void {
    this.cells.framesIn.value++;
    const spec = FRAMES[frame.name];
    if (spec.from === 'server') return this.cut(slot, 'wrongDirection', 0, frame.name);
    if (frame.name === 'hello') return this.hello(slot, frame);
    if (this.sessions.state[slot] === SESSION.connected) return this.cut(slot, 'outOfOrder', 0, `${frame.name} before HELLO`);
    switch (frame.name) {
      case 'heartbeat':
        return this.heartbeat(slot);
      case 'send':
        return this.send(slot, frame, bytes, nowMs);
      case 'create':
      case 'addMember':
      case 'removeMember':
      case 'leave':
        return void this.request(slot, spec.type, frame.id, WRITE_WEIGHT, bytes);
      case 'resume':
      case 'pull':
      case 'history':
      case 'list':
      case 'receipts':
      case 'receiptPrivacy':
        // Of a user's own wish what he read before it stands before it.
        if (frame.name === 'receiptPrivacy') this.link.flushMarks();
        return void this.request(slot, spec.type, NO_ID, READ_WEIGHT, bytes);
      case 'presenceSubscribe':
        return this.look(slot, frame, bytes);
      case 'ack':
      case 'read':
        return this.sideFrames.mark(this.link, this.sessions.connectionOf(slot), frame, nowMs);
      case 'typing':
        return this.sideFrames.typing(this.link, this.sessions.connectionOf(slot), frame.conversation, nowMs);
      default:
        return void this.fail(slot, 'notAvailable', spec.type, NO_ID, 0);
    }
  }

  private look(slot: number, { users }: FrameOf<'presenceSubscribe'>, bytes: Uint8Array): void {
    const connection = this.sessions.connectionOf(slot);
    const { looks } = this;
    looks.forget(connection);
    const kept = users.length === 0 || looks.keep(connection, bytes);
    this.cells.looksBytes.value = looks.bytes;
    if (!kept) return void this.fail(slot, 'busy', FRAMES.presenceSubscribe.type, NO_ID, BUSY_RETRY_MS);
    this.request(slot, FRAMES.presenceSubscribe.type, NO_ID, READ_WEIGHT, bytes);
  }

  private hello(slot: number, hello: FrameOf<'hello'>): void {
    const { sessions } = this;
    if (sessions.state[slot] !== SESSION.connected) return this.cut(slot, 'outOfOrder', 0, 'a second HELLO');
    const asked = hello.heartbeatSeconds === 0 ? this.options.heartbeatSeconds : hello.heartbeatSeconds;
    const heartbeatSeconds = Math.min(LIMITS.heartbeatMaxSeconds.value, Math.max(LIMITS.heartbeatMinSeconds.value, asked));
    const taken = this.link.open(
      sessions.connectionOf(slot),
      sessions.device[slot]!,
      sessions.epoch[slot]!,
      hello.flags,
      heartbeatSeconds,
      hello.position,
    );
    if (!taken) return this.cut(slot, 'relayAway', this.relayRetryMs());
    sessions.state[slot] = SESSION.opening;
    sessions.heartbeatSeconds[slot] = heartbeatSeconds;
    sessions.flags[slot] = (hello.flags & HELLO_FLAGS.answerHeartbeats) !== 0 ? SESSION_FLAGS.answerHeartbeats : 0;
  }

  private send(slot: number, send: FrameOf<'send'>, bytes: Uint8Array, nowMs: number): void {
    let bodyBytes = 0;
    for (const { body } of send.bodies) bodyBytes += body.length;
    if (bodyBytes > LIMITS.bodyBytes.value || send.bodies.length === 0)
      return void this.fail(slot, 'bodyTooLarge', FRAMES.send.type, send.id, 0);
    if (this.request(slot, FRAMES.send.type, send.id, WRITE_WEIGHT, bytes))
      this.acceptTimes.begin(this.sessions.connectionOf(slot), send.id, nowMs);
  }

  /** Whether it was taken. */
  private request(slot: number, type: number, id: Uint8Array, weight: number, bytes: Uint8Array): boolean {
    const pending = this.sessions.pending[slot]!;
    if (pending + weight > LIMITS.pendingSendsPerConnection.value) return this.fail(slot, 'tooManyPending', type, id, BUSY_RETRY_MS);
    if (!this.link.request(this.sessions.connectionOf(slot), bytes))
      return this.fail(slot, 'busy', type, id, Math.ceil(BUSY_RETRY_MS * (1 + this.options.random())));
    this.sessions.pending[slot] = pending + weight;
    return true;
  }

  private fail(slot: number, name: ErrorName, aboutType: number, id: Uint8Array, retryAfterMs: number): false {
    this.cells.errors(name).value++;
    this.deliver(slot, encodeFrame('error', { code: ERROR_CODES[name].code, aboutType, id, retryAfterMs, detail: '' }));
    return false;
  }
}
