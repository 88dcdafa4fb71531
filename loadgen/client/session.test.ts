import { beforeEach, describe, expect, test } from 'bun:test';
import { decodeAll, encode } from '../../services/protocol/codec.ts';
import { closeCode, ERROR_CODES } from '../../services/protocol/error-codes.ts';
import { ENTRY_KINDS, FRAMES } from '../../services/protocol/frame-table.ts';
import type { Frame, FrameOf } from '../../services/protocol/frames.ts';
import { ID_KINDS, writeBody, writeId } from '../plan/message-id.ts';
import { Population } from '../plan/population.ts';
import { PHASES } from './lifecycle.ts';
import { Memberships } from './memberships.ts';
import { DEFAULT_RECONNECT } from './reconnect.ts';
import { creationKey } from './sends.ts';
import { Session } from './session.ts';

const NONCE = 42;
const SERVER_ID = 9_000;
const OTHER_DEVICE = 7;
const OWN_DEVICE = 1_000;
const EMPTY = new Uint8Array(0);
/** Two users, one conversation: connection 0 creates it, connection 1 is told. */
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
const C = 1;

/** A session whose effects and news are written down, on a clock that the test moves. */
class Stage {
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

const WELCOME: Frame = { name: 'welcome', capabilities: 0, heartbeatSeconds: 30, serverTimeMs: 0, resumeToken: EMPTY };
const messageId = (number: number) => writeId(NONCE, ID_KINDS.message, 0, number);
const deliver = (sequence: number, sender = OTHER_DEVICE): Frame => ({
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
const changed = (sequence: number, position: number, more = 0): Frame => ({
  name: 'changed',
  position: Uint8Array.of(position),
  more,
  changes: [{ conversation: SERVER_ID, sequence }],
});
const pulled = (upToSequence: number, more = 0): Frame => ({ name: 'pulled', conversation: SERVER_ID, upToSequence, more });
const error = (code: number, aboutType: number, id: Uint8Array, retryAfterMs = 0): Frame => ({
  name: 'error',
  code,
  aboutType,
  id,
  retryAfterMs,
  detail: '',
});

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe('opening a session', () => {
  test('HELLO goes out at once after the upgrade, without a position, and WELCOME opens it', () => {
    stage.session.lifecycle.start(C, 0, 0);
    expect(stage.dialled).toEqual([C]);
    stage.session.lifecycle.upgraded(C);
    expect(stage.takeFrames('hello')).toEqual([{ name: 'hello', capabilities: 0, heartbeatSeconds: 30, flags: 0, position: EMPTY }]);
    expect(stage.session.isOpen(C)).toBe(false);
    stage.receive(WELCOME);
    expect(stage.session.isOpen(C)).toBe(true);
    expect(stage.session.lifecycle.open).toBe(1);
  });

  test('an attempt that begins late has its whole time, and its handshake counts from when it was due', () => {
    stage.session.lifecycle.start(C, 0, 60_000);
    stage.session.tick(64_999);
    stage.session.lifecycle.upgraded(C);
    stage.now = 64_999;
    stage.receive(WELCOME);
    expect(stage.news).toEqual(['welcomed after 64999 ms']);
  });

  test('the period that the server grants counts', () => {
    stage.session.lifecycle.start(C, 0, 0);
    stage.session.lifecycle.upgraded(C);
    stage.receive({ ...WELCOME, heartbeatSeconds: 10 } as Frame);
    expect(stage.session.heartbeatSeconds).toBe(10);
  });

  test('an attempt that takes too long ends and comes back', () => {
    stage.session.lifecycle.start(C, 0, 0);
    stage.session.tick(4_999);
    expect(stage.news).toEqual([]);
    stage.session.tick(5_000);
    expect(stage.take().news).toEqual(['failed attempt timed out', 'hangUp 1']);
    stage.session.tick(5_500);
    expect(stage.dialled).toEqual([C, C]);
  });

  test('a message that can’t be decoded gives its reason', () => {
    stage.open();
    expect(stage.session.message(C, Uint8Array.of(0), 0)).toContain('type 0x00');
  });
});

describe('coming back', () => {
  test('a code that says not to come back ends the connection for good', () => {
    stage.open();
    stage.session.closed(C, closeCode('replaced'), '', 0);
    expect(stage.news).toContain('dropped replaced');
    expect(stage.session.lifecycle.phaseOf(C)).toBe(PHASES.ended);
    stage.session.tick(1e9);
    expect(stage.dialled).toEqual([C]);
  });

  test('GO_AWAY’s delay is waited out before the policy’s own', () => {
    stage.open();
    stage.receive({ name: 'goAway', code: ERROR_CODES.draining.code, reconnectAfterMs: 7_000 });
    stage.session.closed(C, closeCode('draining'), '', 0);
    stage.session.tick(7_499);
    expect(stage.dialled).toEqual([C]);
    stage.session.tick(7_500);
    expect(stage.dialled).toEqual([C, C]);
  });

  test('what is told to end by us is no drop', () => {
    stage.open();
    stage.take();
    stage.session.lifecycle.end(C);
    expect(stage.take().news).toEqual(['hangUp 1']);
    stage.session.closed(C, 0, 'closed', 0);
    expect(stage.news).toEqual([]);
    expect(stage.session.lifecycle.open).toBe(0);
  });
});

describe('cursors', () => {
  test('entries in order are handed over, and acknowledged once for all of them', () => {
    stage.open();
    stage.take();
    stage.receive(deliver(1), deliver(2), deliver(3));
    stage.session.cursors.flushAcknowledgements(stage.session.isOpen);
    expect(stage.take()).toEqual({
      news: ['delivered 1', 'delivered 2', 'delivered 3'],
      frames: [{ name: 'ack', conversation: SERVER_ID, sequence: 3 }],
    });
    stage.session.cursors.flushAcknowledgements(stage.session.isOpen);
    expect(stage.frames).toEqual([]);
  });

  test('an entry at or below the cursor is dropped and counted', () => {
    stage.open();
    stage.receive(deliver(1), deliver(2));
    stage.take();
    stage.receive(deliver(1), deliver(2));
    expect(stage.news).toEqual(['redelivered 1', 'redelivered 2']);
  });

  test('a gap is pulled, what came behind it is held, and all is handed over in order', () => {
    stage.open();
    stage.receive(deliver(1));
    stage.take();
    stage.receive(deliver(4), deliver(6));
    expect(stage.take()).toEqual({
      news: ['gap 2-4'],
      frames: [{ name: 'pull', conversation: SERVER_ID, fromSequence: 2, toSequence: 3 }],
    });
    stage.receive(deliver(2), deliver(3), pulled(3));
    expect(stage.take()).toEqual({
      news: ['delivered 2', 'delivered 3', 'delivered 4'],
      frames: [{ name: 'pull', conversation: SERVER_ID, fromSequence: 5, toSequence: 5 }],
    });
    stage.receive(deliver(5), pulled(5));
    expect(stage.take().news).toEqual(['delivered 5', 'delivered 6']);
    expect(stage.session.cursors.openGaps).toBe(0);
  });

  test('a pull that is not answered is asked for again, one that brought nothing only after a while', () => {
    stage.open();
    stage.receive(deliver(1), deliver(3));
    stage.take();
    stage.receive(pulled(2));
    expect(stage.frames).toEqual([]);
    stage.session.slowTick(1_999);
    expect(stage.frames).toEqual([]);
    stage.session.slowTick(2_000);
    stage.session.slowTick(4_000);
    expect(stage.takeFrames('pull')).toHaveLength(2);
  });

  test('more than can be held is dropped and pulled again', () => {
    stage.open();
    stage.receive(deliver(1));
    for (let sequence = 3; sequence <= 102; sequence++) stage.receive(deliver(sequence));
    stage.take();
    stage.receive(deliver(2), pulled(2));
    expect(stage.take().frames).toEqual([{ name: 'pull', conversation: SERVER_ID, fromSequence: 67, toSequence: 102 }]);
  });

  test('the answer to one’s own send moves the cursor as a DELIVER would, and is no delivery', () => {
    stage.open();
    stage.receive(deliver(1));
    stage.session.sends.add(50, C, 0, 0, encode({ name: 'heartbeat' }), true, 0);
    stage.take();
    stage.receive({ name: 'sequenced', conversation: SERVER_ID, id: messageId(50), sequence: 2, loggedAtMs: 0 }, deliver(3));
    expect(stage.news).toEqual(['sequenced 50 2', 'delivered 3']);
  });

  test('one’s own entry that is pulled is the answer to the send', () => {
    stage.open();
    stage.receive(deliver(1));
    stage.session.sends.add(2, C, 0, 0, encode({ name: 'heartbeat' }), true, 0);
    stage.take();
    stage.receive(deliver(2, OWN_DEVICE + C), deliver(3));
    expect(stage.news).toEqual(['sequenced 2 2', 'delivered 3']);
  });

  test('an entry of a conversation that is not of this run is foreign', () => {
    stage.open();
    stage.receive({ ...(deliver(1) as FrameOf<'deliver'>), id: writeId(NONCE + 1, ID_KINDS.creation, 0, 0) });
    expect(stage.news).toContain('foreign');
  });

  test('the position is stored only when the gaps that the page showed are closed, and then the next page is asked for', () => {
    stage.open();
    stage.receive(deliver(1));
    stage.take();
    stage.receive(changed(3, 77, 1));
    expect(stage.session.cursors.position(C)).toBeUndefined();
    expect(stage.takeFrames('pull')).toEqual([{ name: 'pull', conversation: SERVER_ID, fromSequence: 2, toSequence: 3 }]);
    stage.receive(deliver(2));
    expect(stage.session.cursors.position(C)).toBeUndefined();
    stage.receive(deliver(3), pulled(3));
    expect(stage.session.cursors.position(C)).toEqual(Uint8Array.of(77));
    expect(stage.takeFrames('resume')).toEqual([{ name: 'resume', position: Uint8Array.of(77) }]);
    stage.receive(changed(3, 78));
    expect(stage.session.cursors.position(C)).toEqual(Uint8Array.of(78));
  });

  test('a conversation that was made while the device was away is learnt from its entries', () => {
    stage.open();
    stage.take();
    stage.receive(changed(3, 5));
    expect(stage.takeFrames('pull')).toEqual([{ name: 'pull', conversation: SERVER_ID, fromSequence: 1, toSequence: 3 }]);
    stage.receive(deliver(1), deliver(2), pulled(2, 1));
    expect(stage.take().news).toEqual(['delivered 1', 'delivered 2', 'gap 3-3']);
    stage.receive(deliver(3), pulled(3));
    expect(stage.session.cursors.position(C)).toEqual(Uint8Array.of(5));
  });

  test('a conversation of nobody here is let go of when its page ends', () => {
    stage.open();
    stage.receive({ ...(changed(2, 6) as FrameOf<'changed'>), changes: [{ conversation: 1, sequence: 2 }] });
    expect(stage.session.cursors.position(C)).toBeUndefined();
    stage.receive({ name: 'pulled', conversation: 1, upToSequence: 2, more: 0 });
    expect(stage.session.cursors.position(C)).toEqual(Uint8Array.of(6));
  });

  test('what the server no longer keeps is passed over', () => {
    stage.open();
    stage.receive(deliver(1), deliver(4));
    stage.take();
    stage.receive(error(ERROR_CODES.gone.code, FRAMES.pull.type, new Uint8Array(16)));
    expect(stage.news).toEqual(['delivered 4']);
    expect(stage.session.cursors.openGaps).toBe(0);
  });

  test('a heartbeat that is answered by "newer" resumes from the position', () => {
    stage.open();
    stage.receive(deliver(1), changed(1, 9));
    stage.take();
    stage.receive({ name: 'heartbeatNewer' });
    expect(stage.takeFrames('resume')).toEqual([{ name: 'resume', position: Uint8Array.of(9) }]);
  });

  test('a position that the server does not know is forgotten, and a busy server is asked again later', () => {
    stage.open();
    stage.receive(deliver(1), changed(1, 9));
    stage.take();
    stage.receive(error(ERROR_CODES.badPosition.code, FRAMES.resume.type, new Uint8Array(16), 500));
    stage.session.tick(499);
    expect(stage.frames).toEqual([]);
    stage.session.tick(500);
    expect(stage.takeFrames('resume')).toEqual([{ name: 'resume', position: EMPTY }]);
  });

  /** G6: a side channel must not move the cursor, and replayed entries must. */
  test('10 messages, 5 side-channel frames, drop, 5 more, resume, drop at once, resume: the first brings 5, the second 0', () => {
    stage.open();
    for (let sequence = 1; sequence <= 10; sequence++) stage.receive(deliver(sequence));
    stage.receive(changed(10, 10));
    for (let turn = 0; turn < 5; turn++)
      stage.receive(
        { name: 'typing', conversation: SERVER_ID, user: 3 },
        { name: 'presence', user: 3, state: 1, lastSeenMs: 99 },
        { name: 'receipt', conversation: SERVER_ID, user: 3, kind: 2, sequence: 99 },
      );
    stage.drop();
    stage.take();

    stage.comeBack();
    const [hello] = stage.takeFrames('hello');
    expect(hello!.position).toEqual(Uint8Array.of(10));
    stage.receive(changed(15, 15));
    expect(stage.takeFrames('pull')).toEqual([{ name: 'pull', conversation: SERVER_ID, fromSequence: 11, toSequence: 15 }]);
    for (let sequence = 11; sequence <= 15; sequence++) stage.receive(deliver(sequence));
    stage.receive(pulled(15));
    expect(stage.take().news.filter((text) => text.startsWith('delivered'))).toHaveLength(5);
    stage.drop();

    stage.comeBack();
    expect(stage.takeFrames('hello')[0]!.position).toEqual(Uint8Array.of(15));
    stage.receive(changed(15, 15));
    expect(stage.takeFrames('pull')).toEqual([]);
    expect(stage.take().news.filter((text) => /delivered/.test(text))).toEqual([]);
  });

  test('a drop in the middle of a replay loses nothing: the next session pulls the rest', () => {
    stage.open();
    stage.receive(deliver(1), changed(1, 1));
    stage.drop();
    stage.comeBack();
    stage.receive(changed(4, 4), deliver(2));
    stage.drop();
    stage.take();
    stage.comeBack();
    expect(stage.takeFrames('hello')[0]!.position).toEqual(Uint8Array.of(1));
    stage.receive(changed(4, 4));
    expect(stage.takeFrames('pull')).toEqual([{ name: 'pull', conversation: SERVER_ID, fromSequence: 3, toSequence: 4 }]);
  });
});

describe('sends', () => {
  const FRAME = encode({ name: 'heartbeat' });
  const add = (key: number, open = true) => stage.session.sends.add(key, C, 0, stage.now, FRAME, open, stage.now);

  test('are repeated under the same id until they are sequenced', () => {
    stage.open();
    add(5);
    stage.receive({ name: 'accepted', conversation: SERVER_ID, id: messageId(5) });
    stage.session.tick(2_999);
    expect(stage.news).not.toContain('resent 5');
    stage.session.tick(3_000);
    expect(stage.news).toContain('resent 5');
    stage.receive({ name: 'sequenced', conversation: SERVER_ID, id: messageId(5), sequence: 2, loggedAtMs: 0 });
    stage.take();
    stage.session.tick(60_000);
    expect(stage.news).toEqual([]);
    expect(stage.session.sends.size).toBe(0);
  });

  test('an answer that comes twice counts once', () => {
    stage.open();
    add(5);
    stage.take();
    const answers: Frame[] = [
      { name: 'accepted', conversation: SERVER_ID, id: messageId(5) },
      { name: 'sequenced', conversation: SERVER_ID, id: messageId(5), sequence: 2, loggedAtMs: 0 },
    ];
    stage.receive(...answers, ...answers);
    expect(stage.news).toEqual(['accepted 5', 'sequenced 5 2']);
  });

  test('go out at once after a reconnect, oldest first, those that fell due while away among them', () => {
    stage.open();
    add(5);
    stage.drop();
    add(6, false);
    stage.take();
    stage.comeBack();
    expect(stage.take().news.slice(1)).toEqual(['resent 5', 'sent 6']);
  });

  test('a server that is busy is asked again after its own time, under the same id', () => {
    stage.open();
    add(5);
    stage.take();
    stage.receive(error(ERROR_CODES.busy.code, FRAMES.send.type, messageId(5), 400));
    stage.session.tick(399);
    expect(stage.news).toEqual([]);
    stage.session.tick(400);
    expect(stage.news).toEqual(['resent 5']);
  });

  test('a refusal for good ends the send', () => {
    stage.open();
    add(5);
    add(6);
    stage.take();
    stage.receive(error(ERROR_CODES.notMember.code, FRAMES.send.type, messageId(5)));
    stage.receive({ name: 'rejected', conversation: SERVER_ID, id: messageId(6), code: 34, retryAfterMs: 0 });
    expect(stage.news).toEqual(['rejected 5 32', 'rejected 6 34']);
  });

  test('are bounded in number', () => {
    stage = new Stage(2);
    stage.open();
    expect(add(1)).toBeDefined();
    expect(add(2)).toBeDefined();
    expect(add(3)).toBeUndefined();
  });

  test('CREATED answers a creation and names the conversation', () => {
    stage.open();
    stage.session.sends.add(creationKey(0), C, 0, 0, FRAME, true, 0);
    stage.take();
    stage.receive({ name: 'created', id: writeId(NONCE, ID_KINDS.creation, 0, 0), conversation: SERVER_ID }, deliver(2));
    expect(stage.news).toEqual([`sequenced ${creationKey(0)} 1`, 'delivered 2']);
  });
});
