/** The part of the transport contract on what a session may do. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../protocol/codec.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import { HELLO_FLAGS } from '../../protocol/frame-table.ts';
import { eventually, type TestBox } from '../test-box.harness.ts';
import { HEARTBEAT, helloFrame, sendFrame, TestClient } from '../test-client.harness.ts';
import { nextUser } from './transport-under-test.harness.ts';

export function describeSessions(boxOf: () => TestBox): void {
  describe('a session', () => {
    let box: TestBox;
    beforeAll(() => {
      box = boxOf();
    });

    test('begins with WELCOME and CHANGED, has the period it asked for, and a resume token that counts if it wants one', async () => {
      const user = nextUser();
      const client = await TestClient.connect(box.endpoint, box.userToken(user));
      client.send(helloFrame({ heartbeatSeconds: 17, flags: HELLO_FLAGS.wantsResumeToken }));
      const welcome = await client.next('welcome', 0);
      expect(welcome.heartbeatSeconds).toBe(17);
      expect(Math.abs(welcome.serverTimeMs - Date.now())).toBeLessThan(60_000);
      const again = await TestClient.live(box.endpoint, Buffer.from(welcome.resumeToken).toString());
      expect(again.frames.map((frame) => frame.name)).toEqual(['welcome', 'changed']);
      expect(again.of('welcome')[0]!.resumeToken.length).toBe(0);
    });

    test('sends: ACCEPTED, then SEQUENCED to the sender; DELIVER to members and to the sender’s other device', async () => {
      const [alice, bob] = [nextUser(), nextUser()];
      const [phone, laptop, other] = await Promise.all([box.live(alice, 0), box.live(alice, 1), box.live(bob)]);
      const conversation = await phone.create(bob);
      const id = randomBytes(16);
      phone.send(sendFrame(conversation, 'hello', id));
      const sequenced = await phone.next('sequenced', 1);
      expect(sequenced.sequence).toBe(2);
      expect(Buffer.from(sequenced.id)).toEqual(id);
      const names = phone.frames.map((frame) => frame.name);
      expect(names.indexOf('accepted', names.indexOf('sequenced'))).toBeLessThan(names.lastIndexOf('sequenced'));
      for (const device of [laptop, other]) {
        await device.until(() => device.delivered(conversation).length === 2, 'both entries');
        expect(device.delivered(conversation)).toEqual([1, 2]);
        expect(Buffer.from(device.of('deliver')[1]!.body).toString()).toBe('hello');
      }
      expect(phone.of('deliver')).toEqual([]);
      other.send(encodeFrame('ack', { conversation, sequence: 2 }));
      await eventually(
        () => phone.of('receipt').some(({ user, kind, sequence }) => user === bob && kind === 1 && sequence === 2),
        'the receipt of the ack',
      );
    });

    test('a send repeated under its id counts once and is answered again', async () => {
      const bob = nextUser();
      const [sender, receiver] = await Promise.all([box.live(nextUser()), box.live(bob)]);
      const conversation = await sender.create(bob);
      const frame = sendFrame(conversation, 'once');
      sender.send(frame, frame);
      sender.send(frame);
      await sender.until(() => sender.of('sequenced').length === 4, 'an answer each');
      expect(sender.of('sequenced').map(({ sequence }) => sequence)).toEqual([1, 2, 2, 2]);
      expect(await sender.say(conversation, 'next')).toBe(3);
      await receiver.until(() => receiver.delivered(conversation).length === 3, 'what was sent');
      expect(receiver.delivered(conversation)).toEqual([1, 2, 3]);
    });

    test('reads: a gap by PULL, history newest first, the list; each page ends and says so', async () => {
      const [alice, bob] = [nextUser(), nextUser()];
      const sender = await box.live(alice);
      const conversation = await sender.create(bob);
      for (let text = 2; text <= 6; text++) await sender.say(conversation, `text ${text}`);
      const late = await box.live(bob);
      expect(late.of('changed')[0]!.changes).toEqual([{ conversation, sequence: 6 }]);
      const pulled = await late.ask('pulled', encodeFrame('pull', { conversation, fromSequence: 2, toSequence: 5 }));
      expect(pulled).toMatchObject({ upToSequence: 5, more: 0 });
      expect(late.delivered(conversation)).toEqual([2, 3, 4, 5]);
      const page = await late.ask('historyPage', encodeFrame('history', { conversation, beforeSequence: 0, count: 3 }));
      expect(page.entries.map(({ sequence }) => sequence)).toEqual([6, 5, 4]);
      expect(page.more).toBe(1);
      const list = await late.ask('listPage', encodeFrame('list', { position: new Uint8Array(0), count: 10 }));
      expect(list.rows).toEqual([expect.objectContaining({ conversation, sequence: 6, members: 2 })]);
    });

    test('members come and go by entries of the same log, and strangers are refused by code', async () => {
      const [alice, bob, carol] = [nextUser(), nextUser(), nextUser()];
      const [owner, member, guest] = await Promise.all([box.live(alice), box.live(bob), box.live(carol)]);
      const conversation = await owner.create(bob);
      const change = (frame: Uint8Array) => owner.ask('sequenced', frame);
      expect((await change(encodeFrame('addMember', { conversation, id: randomBytes(16), user: carol }))).sequence).toBe(2);
      expect((await change(encodeFrame('removeMember', { conversation, id: randomBytes(16), user: bob }))).sequence).toBe(3);
      await member.until(() => member.delivered(conversation).length === 3, 'what concerned him');
      expect(await guest.ask('sequenced', encodeFrame('leave', { conversation, id: randomBytes(16) }))).toMatchObject({ sequence: 4 });
      const rejected = await member.ask('rejected', sendFrame(conversation, 'still there?'));
      expect(rejected.code).toBe(ERROR_CODES.notMember.code);
      const unknown = await member.ask('rejected', sendFrame(123_456_789, 'anybody?'));
      expect(unknown.code).toBe(ERROR_CODES.noConversation.code);
      expect(await owner.say(conversation, 'alone')).toBe(5);
    });

    test('the same device anew: the earlier connection is told that it was replaced', async () => {
      const user = nextUser();
      const first = await box.live(user);
      const second = await box.live(user);
      expect(await first.closed()).toBe('replaced');
      expect(first.lastError).toBe('replaced');
      const conversation = await second.create(nextUser());
      expect(await second.say(conversation, 'mine')).toBe(2);
      expect(await box.devicesOf(user)).toEqual([0]);
    });

    test('a user has as many connections as allowed; a device that comes back is not one more', async () => {
      const user = nextUser();
      const devices = await Promise.all(Array.from({ length: 8 }, (_, device) => box.live(user, device)));
      const ninth = await TestClient.connect(box.endpoint, box.token(user, 8));
      ninth.send(helloFrame());
      expect(await ninth.closed()).toBe('userConnections');
      const back = await box.live(user, 3);
      expect(await devices[3]!.closed()).toBe('replaced');
      await back.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
      expect(back.socket.closeCode).toBeUndefined();
      for (const device of [...devices, back]) device.socket.leave();
    });

    test('a heartbeat is answered where that was asked for, and only there', async () => {
      const [asking, silent] = await Promise.all([box.live(nextUser(), 0, { flags: HELLO_FLAGS.answerHeartbeats }), box.live(nextUser())]);
      for (const client of [asking, silent]) client.send(HEARTBEAT, HEARTBEAT);
      await asking.until(() => asking.of('heartbeatReply').length === 2, 'two replies');
      await silent.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
      expect(silent.of('heartbeatReply')).toEqual([]);
    });
  });
}
