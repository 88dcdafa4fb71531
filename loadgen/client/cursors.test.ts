import { beforeEach, describe, expect, test } from 'bun:test';
import { encode } from '../../services/protocol/codec.ts';
import { ERROR_CODES } from '../../services/protocol/error-codes.ts';
import { FRAMES } from '../../services/protocol/frame-table.ts';
import type { FrameOf } from '../../services/protocol/frames.ts';
import { ID_KINDS, writeId } from '../plan/message-id.ts';
import { C, changed, deliver, EMPTY, error, messageId, NONCE, OWN_DEVICE, pulled, SERVER_ID, Stage } from './session-stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});

describe('cursors', () => {
  test('entries in order are handed over, and acknowledged once for all of them', () => {
    stage.open();
    stage.take();
    stage.receive(deliver(1), deliver(2), deliver(3));
    stage.session.cursors.flushAcknowledgements(stage.session.isOpen, 0);
    expect(stage.take()).toEqual({
      news: ['delivered 1', 'delivered 2', 'delivered 3'],
      frames: [{ name: 'ack', conversation: SERVER_ID, sequence: 3 }],
    });
    stage.session.cursors.flushAcknowledgements(stage.session.isOpen, 0);
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
