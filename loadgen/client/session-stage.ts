/**
 * A session under test: two users, one conversation, a clock that the test moves, and everything that the session asks
 * for or tells written down. Connection 0 creates the conversation; the tests look at connection 1.
 */
import { decodeAll, encode } from '../../services/protocol/codec.ts';
import { ENTRY_KINDS } from '../../services/protocol/frame-table.ts';
import type { Frame, FrameOf } from '../../services/protocol/frames.ts';
import { ID_KINDS, writeBody, writeId } from '../plan/message-id.ts';
import { Population } from '../plan/population.ts';
import { Memberships } from './memberships.ts';
import { DEFAULT_RECONNECT } from './reconnect.ts';
import { Session } from './session.ts';

export const NONCE = 42;
export const SERVER_ID = 9_000;
const OTHER_DEVICE = 7;
export const OWN_DEVICE = 1_000;
export const EMPTY = new Uint8Array(0);
const population = new Population({
  seed: 1,
  connections: 2,
  devicesPerUser: 1,
  workers: 1,
  conversations: 1,
  groupShare: 0,
  groupMembersMin: 2,
  groupMembersMax: 2,
  userBlock: 0,
});
export const C = 1;

/** A session whose effects and news are written down, on a clock that the test moves. */
export class Stage {
  now = 0;
  readonly frames: Frame[] = [];
  readonly news: string[] = [];
  readonly dialled: number[] = [];
  readonly session: Session;

  constructor(pendingLimit = 100) {
    const note = (text: string) => this.news.push(text);
    this.session = new Session(
      {
        connections: 2,
        nonce: NONCE,
        heartbeatSeconds: 30,
        answerHeartbeats: false,
        policy: DEFAULT_RECONNECT,
        attemptLimitMs: 5_000,
        resendAfterMs: 3_000,
        pendingLimit,
        trustsAccepted: false,
        readEvery: 0,
        random: () => 1,
        deviceOf: (connection) => OWN_DEVICE + connection,
      },
      new Memberships(population, 0, 2),
      {
        connect: (connection) => this.dialled.push(connection),
        transmit: (_connection, ...frames) => {
          for (const bytes of frames) {
            const decoded = decodeAll(bytes);
            if (!decoded.ok) throw new Error(decoded.reason);
            this.frames.push(...decoded.frames);
          }
        },
        hangUp: (connection) => note(`hangUp ${connection}`),
      },
      {
        welcomed: (_connection, sinceMs, nowMs) => note(nowMs === sinceMs ? 'welcomed' : `welcomed after ${nowMs - sinceMs} ms`),
        refused: (_connection, error) => note(`refused ${error}`),
        failed: (_connection, reason) => note(`failed ${reason}`),
        dropped: (_connection, reason) => note(`dropped ${reason}`),
        sent: (send) => note(`sent ${send.key}`),
        accepted: (send) => note(`accepted ${send.key}`),
        sequenced: (send, sequence) => note(`sequenced ${send.key} ${sequence}`),
        rejected: (send, code) => note(`rejected ${send.key} ${code}`),
        resent: (send) => note(`resent ${send.key}`),
        delivered: (_connection, _conversation, entry) => note(`delivered ${entry.sequence}`),
        redelivered: (_connection, _conversation, sequence) => note(`redelivered ${sequence}`),
        gap: (_connection, _conversation, from, to) => note(`gap ${from}-${to}`),
        foreign: () => note('foreign'),
        heartbeatAnswered: (_connection, newer) => note(`heartbeat ${newer}`),
      },
    );
  }

  receive(...frames: readonly Frame[]): string | undefined {
    return this.session.message(C, Buffer.concat(frames.map(encode)), this.now);
  }

  open(): void {
    this.session.lifecycle.start(C, this.now, this.now);
    this.session.lifecycle.upgraded(C);
    this.receive(WELCOME);
  }

  /** The dropped session comes back at once, by its due time. */
  comeBack(): void {
    this.now += 200_000;
    this.session.tick(this.now);
    this.session.lifecycle.upgraded(C);
    this.receive(WELCOME);
  }

  drop(): void {
    this.session.closed(C, 0, 'reset', this.now);
  }

  take(): { frames: Frame[]; news: string[] } {
    return { frames: this.frames.splice(0), news: this.news.splice(0) };
  }

  takeFrames<N extends Frame['name']>(name: N): FrameOf<N>[] {
    return this.frames.splice(0).filter((frame): frame is FrameOf<N> & Frame => frame.name === name) as FrameOf<N>[];
  }
}

export const WELCOME: Frame = { name: 'welcome', capabilities: 0, heartbeatSeconds: 30, serverTimeMs: 0, resumeToken: EMPTY };
export const messageId = (number: number) => writeId(NONCE, ID_KINDS.message, 0, number);
export const deliver = (sequence: number, sender = OTHER_DEVICE): Frame => ({
  name: 'deliver',
  conversation: SERVER_ID,
  sequence,
  kind: sequence === 1 ? ENTRY_KINDS.created : ENTRY_KINDS.message,
  sender,
  id: sequence === 1 ? writeId(NONCE, ID_KINDS.creation, 0, 0) : messageId(sequence),
  loggedAtMs: 0,
  contentType: 1,
  body: sequence === 1 ? EMPTY : writeBody(20, 0, 0, sequence),
});
export const changed = (sequence: number, position: number, more = 0): Frame => ({
  name: 'changed',
  position: Uint8Array.of(position),
  more,
  changes: [{ conversation: SERVER_ID, sequence }],
});
export const pulled = (upToSequence: number, more = 0): Frame => ({ name: 'pulled', conversation: SERVER_ID, upToSequence, more });
export const error = (code: number, aboutType: number, id: Uint8Array, retryAfterMs = 0): Frame => ({
  name: 'error',
  code,
  aboutType,
  id,
  retryAfterMs,
  detail: '',
});
