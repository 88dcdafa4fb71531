import { beforeEach, describe, expect, test } from 'bun:test';
import { encode } from '../../services/protocol/codec.ts';
import { closeCode, ERROR_CODES } from '../../services/protocol/error-codes.ts';
import { FRAMES } from '../../services/protocol/frame-table.ts';
import type { Frame } from '../../services/protocol/frames.ts';
import { ID_KINDS, writeId } from '../plan/message-id.ts';
import { PHASES } from './lifecycle.ts';
import { creationKey } from './sends.ts';
import { C, deliver, EMPTY, error, messageId, NONCE, SERVER_ID, Stage, WELCOME } from './session-stage.ts';

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

describe('sends', () => {
  const FRAME = encode({ name: 'heartbeat' });
  const add = (key: number, open = true) => stage.session.sends.add(key, C, 0, stage.now, FRAME, open, stage.now);

  test('are repeated under the same id until they are sequenced', () => {
    stage.open();
    add(5);
    stage.session.tick(2_999);
    expect(stage.news).not.toContain('resent 5');
    stage.session.tick(3_000);
    expect(stage.news).toContain('resent 5');
    stage.receive({ name: 'accepted', conversation: SERVER_ID, id: messageId(5) });
    stage.take();
    stage.session.tick(26_999);
    expect(stage.news).toEqual([]);
    stage.session.tick(27_000);
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
