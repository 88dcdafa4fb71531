/**
 * What devices see of each other through a whole box, over real sockets: receipts, their privacy, presence, typing. For any
 * backends: `start` gives a box with these settings.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { encodeFrame } from '../protocol/codec.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { PRESENCE_STATES, RECEIPT_KINDS } from '../protocol/frame-table.ts';
import type { Frame } from '../protocol/frames.ts';
import { deviceKey } from '../protocol/ids.ts';
import type { BoxProcess } from './box-process.harness.ts';
import type { ChatUser } from './chat-user.harness.ts';
import { eventually } from './test-box.harness.ts';
import { sendFrame, type TestClient } from './test-client.harness.ts';

const EMPTY = new Uint8Array(0);
const { offline, online, unknown } = PRESENCE_STATES;
export type StartBox = (...settings: string[]) => Promise<BoxProcess>;

export function describeBoxServices(name: string, start: StartBox): void {
  describe(`services of a box on ${name}`, () => {
    let box: BoxProcess;
    let users = 0;
    const leaving: Array<() => void> = [];

    beforeAll(async () => {
      box = await start('--edges', '2', '--edge-grace-seconds', '1');
    }, 60_000);
    afterAll(async () => {
      for (const leave of leaving) leave();
      await box.end();
    });

    function someone(): number {
      return ++users * 3;
    }

    async function chat(user: number, device = 0): Promise<ChatUser> {
      const one = await box.user(user, device);
      leaving.push(() => one.leave());
      return one;
    }

    async function live(user: number, device = 0, position = EMPTY): Promise<TestClient> {
      const client = await box.live(user, device, { position });
      leaving.push(() => client.socket.leave());
      return client;
    }

    async function receiptsPage(client: TestClient, conversation: number): Promise<Array<[user: number, kind: number, sequence: number]>> {
      const page = await client.ask('receiptsPage', encodeFrame('receipts', { conversation, position: EMPTY }));
      return page.receipts
        .map(({ user, kind, sequence }): [number, number, number] => [user, kind, sequence])
        .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    }

    async function listRow(client: TestClient, conversation: number) {
      const page = await client.ask('listPage', encodeFrame('list', { position: EMPTY, count: 50 }));
      return page.rows.find((row) => row.conversation === conversation);
    }

    test('one to one: the sender learns apart that his message was stored, received and read', async () => {
      const [alice, bob] = [someone(), someone()];
      const [from, to] = [await chat(alice), await chat(bob)];
      const conversation = await from.create(bob);
      from.say(conversation, 'hello');
      await eventually(() => from.cursor(conversation) === 2, 'the sequence');
      await eventually(() => from.receiptOf(conversation, bob).delivered === 2, 'that it was received');
      expect(from.receiptOf(conversation, bob).read).toBe(0);
      to.read(conversation);
      await eventually(() => from.receiptOf(conversation, bob).read === 2, 'that it was read');
      expect(await receiptsPage(from.connection, conversation)).toEqual([[bob, RECEIPT_KINDS.read, 2]]);
    });

    test('in a group each member counts once, whatever his devices: seen by', async () => {
      const sender = someone();
      const members = Array.from({ length: 5 }, someone);
      const from = await chat(sender);
      const devices = await Promise.all(members.flatMap((member) => [chat(member, 0), chat(member, 1)]));
      const conversation = await from.create(...members);
      from.say(conversation, 'who is there?');
      await eventually(() => devices.every((device) => device.cursor(conversation) === 2), 'all devices');
      for (const device of devices.slice(0, 7)) device.read(conversation);
      const seenBy = () => members.filter((member) => from.receiptOf(conversation, member).read >= 2).length;
      await eventually(() => seenBy() === 4, 'four to have seen it');
      await eventually(() => members.every((member) => from.receiptOf(conversation, member).delivered === 2), 'all to have received it');
      const page = await receiptsPage(from.connection, conversation);
      expect(page).toEqual(members.map((member, index) => [member, index < 4 ? RECEIPT_KINDS.read : RECEIPT_KINDS.delivered, 2]));
    });

    test('the other devices of a reader follow how far he has read, and his list says it', async () => {
      const [alice, bob] = [someone(), someone()];
      const [from, phone, laptop] = [await chat(alice), await chat(bob, 0), await chat(bob, 1)];
      const conversation = await from.create(bob);
      for (const text of ['one', 'two', 'three']) from.say(conversation, text);
      await eventually(() => phone.cursor(conversation) === 4 && laptop.cursor(conversation) === 4, 'all of it');
      expect(await listRow(laptop.connection, conversation)).toMatchObject({ sequence: 4, readSequence: 0, sender: deviceKey(alice, 0) });
      phone.read(conversation);
      await eventually(() => laptop.receiptOf(conversation, bob).read === 4, 'the other device to follow');
      const row = await listRow(laptop.connection, conversation);
      expect(row).toMatchObject({ sequence: 4, readSequence: 4, members: 2, contentType: 0 });
      expect(Buffer.from(row!.snippet).toString()).toBe('three');
      expect(await listRow(from.connection, conversation)).toMatchObject({ readSequence: 4 });
    });

    test('a receipt that its owner disabled is stored and seen by no other member, by any path', async () => {
      const [alice, bob, carol] = [someone(), someone(), someone()];
      const [from, phone, laptop, third] = [await chat(alice), await chat(bob, 0), await chat(bob, 1), await chat(carol)];
      const conversation = await from.create(bob, carol);
      expect(await phone.connection.ask('receiptPrivacy', encodeFrame('receiptPrivacy', { withhold: 1 }))).toMatchObject({ withhold: 1 });
      const before = (await from.connection.ask('changed', encodeFrame('resume', { position: EMPTY }))).position;
      from.say(conversation, 'secret?');
      await eventually(() => phone.cursor(conversation) === 2 && laptop.cursor(conversation) === 2, 'the message');
      phone.read(conversation);
      // It is stored and his own devices follow it: so whatever others do not see now is withheld and not late.
      await eventually(() => laptop.receiptOf(conversation, bob).read === 2, 'his own device');
      expect(await listRow(laptop.connection, conversation)).toMatchObject({ readSequence: 2 });
      await eventually(() => from.receiptOf(conversation, bob).delivered === 2, 'that it was received');
      third.read(conversation);
      await eventually(() => from.receiptOf(conversation, carol).read === 2, 'the receipt of who withholds nothing');

      // Every path that a member has, from a device that was there and from one that comes now.
      const late = await live(alice, 7);
      for (const client of [from.connection, third.connection, late]) {
        expect((await receiptsPage(client, conversation)).filter(([user, kind]) => user === bob && kind === RECEIPT_KINDS.read)).toEqual(
          [],
        );
        await listRow(client, conversation);
        await client.ask('changed', encodeFrame('resume', { position: before }));
        await client.ask('pulled', encodeFrame('pull', { conversation, fromSequence: 1, toSequence: 9 }));
        await client.ask('historyPage', encodeFrame('history', { conversation, beforeSequence: 0, count: 50 }));
        client.send(encodeFrame('presenceSubscribe', { users: [{ user: bob, conversation }] }));
        await client.next('presence', 0);
      }
      expect(await listRow(late, conversation)).toMatchObject({ readSequence: 2 });
      expect(await listRow(third.connection, conversation)).toMatchObject({ readSequence: 2 });
      from.say(conversation, 'and this?');
      await eventually(() => phone.cursor(conversation) === 3 && third.cursor(conversation) === 3, 'another message');
      expect(await listRow(third.connection, conversation)).toMatchObject({ readSequence: 2 });
      phone.read(conversation);
      await eventually(() => laptop.receiptOf(conversation, bob).read === 3, 'his own device again');
      await Bun.sleep(400);
      for (const client of [from.connection, third.connection, late]) expect(readsOf(bob, client.frames)).toEqual([]);

      // What was withheld stays so, up to what was read the moment before; what is read from then on is shown.
      from.say(conversation, 'just before');
      await eventually(() => phone.cursor(conversation) === 4, 'a third message');
      phone.read(conversation);
      await phone.connection.ask('receiptPrivacy', encodeFrame('receiptPrivacy', { withhold: 0 }));
      await eventually(() => laptop.receiptOf(conversation, bob).read === 4, 'his own device once more');
      await Bun.sleep(400);
      expect((await receiptsPage(late, conversation)).filter(([user, kind]) => user === bob && kind === RECEIPT_KINDS.read)).toEqual([]);
      for (const client of [from.connection, third.connection, late]) expect(readsOf(bob, client.frames)).toEqual([]);
      from.say(conversation, 'now?');
      await eventually(() => phone.cursor(conversation) === 5, 'a fourth message');
      phone.read(conversation);
      await eventually(() => from.receiptOf(conversation, bob).read === 5, 'the receipt that is shown again');
    }, 20_000);

    test('receipts of a conversation are for its members', async () => {
      const [alice, bob, stranger] = [someone(), someone(), someone()];
      const from = await live(alice);
      const conversation = await from.create(bob);
      const outside = await live(stranger);
      const refused = await outside.ask('error', encodeFrame('receipts', { conversation, position: EMPTY }));
      expect(refused).toMatchObject({ code: ERROR_CODES.notMember.code, aboutType: 0x2e });
      outside.send(encodeFrame('read', { conversation, sequence: 1 }), encodeFrame('ack', { conversation, sequence: 1 }));
      await Bun.sleep(400);
      expect(await receiptsPage(from, conversation)).toEqual([]);
    });

    test('presence: on when the first device comes, off when the last has gone, with the time; of strangers nothing is known', async () => {
      const [alice, bob, stranger] = [someone(), someone(), someone()];
      const watcher = await chat(alice);
      const conversation = await watcher.create(bob);
      watcher.look(conversation, bob, stranger);
      await eventually(() => watcher.presence.get(bob)?.state === offline, 'that nobody is there yet');
      expect(watcher.presence.get(stranger)?.state).toBe(unknown);
      const [phone, laptop] = [await live(bob, 0), await live(bob, 1)];
      const other = await live(stranger);
      await eventually(() => watcher.presence.get(bob)?.state === online, 'that he is there');
      phone.socket.leave();
      await Bun.sleep(500);
      expect(watcher.presence.get(bob)?.state).toBe(online);
      laptop.socket.leave();
      await eventually(() => watcher.presence.get(bob)?.state === offline, 'that he has gone');
      expect(Math.abs(watcher.presence.get(bob)!.lastSeenMs - Date.now())).toBeLessThan(20_000);
      expect(watcher.presence.get(stranger)?.state).toBe(unknown);
      other.send(encodeFrame('presenceSubscribe', { users: [{ user: alice, conversation }] }));
      expect(await other.next('presence', 0)).toMatchObject({ user: alice, state: unknown });
    });

    test('typing: shown to those who look at the conversation, once in three seconds, and never from outside', async () => {
      const [alice, bob, carol, stranger] = [someone(), someone(), someone(), someone()];
      const [typist, looker, away, outside] = [await chat(alice), await chat(bob), await chat(carol), await chat(stranger)];
      const conversation = await typist.create(bob, carol);
      typist.look(conversation, alice);
      looker.look(conversation, alice);
      outside.look(conversation, alice);
      await eventually(() => [typist, looker, outside].every((one) => one.presence.has(alice)), 'all to look');
      outside.type(conversation);
      for (let count = 0; count < 5; count++) typist.type(conversation);
      await eventually(() => looker.typing.length > 0, 'the typing');
      await Bun.sleep(300);
      expect(looker.typing).toEqual([{ name: 'typing', conversation, user: alice }]);
      expect([typist.typing, away.typing, outside.typing]).toEqual([[], [], []]);
      expect(await box.metric('parley_edge_typing_dropped_total')).toBeGreaterThanOrEqual(4);
      await Bun.sleep(3_000);
      typist.type(conversation);
      await eventually(() => looker.typing.length === 2, 'the typing after a while');
    });

    test('a send to a conversation that is none is rejected by the log, and the next one at once', async () => {
      const client = await live(someone());
      expect(await client.ask('rejected', sendFrame(123_456_789, 'anybody?'))).toMatchObject({ code: ERROR_CODES.noConversation.code });
      expect(await client.ask('error', sendFrame(123_456_789, 'anybody?'))).toMatchObject({ code: ERROR_CODES.noConversation.code });
    });

    test('a killed relay loses no mark, no subscription and no presence', async () => {
      const [alice, bob] = [someone(), someone()];
      const [from, to] = [await chat(alice), await chat(bob)];
      const conversation = await from.create(bob);
      from.look(conversation, bob);
      await eventually(() => from.presence.get(bob)?.state === online, 'that he is there');
      from.say(conversation, 'before');
      await eventually(() => to.cursor(conversation) === 2, 'the message');
      const { relay } = (await box.now()).pids;
      to.read(conversation);
      process.kill(relay, 'SIGKILL');
      await eventually(async () => (await box.now()).pids.relay !== relay && (await box.isReady()), 'the relay to be back');
      await eventually(() => from.receiptOf(conversation, bob).read === 2, 'the read that was on its way');
      to.leave();
      await eventually(() => from.presence.get(bob)?.state === offline, 'that he has gone');
      expect([from.endings, to.endings]).toEqual([[], []]);
    }, 30_000);

    test('users of an edge that was killed go offline for those who watch them', async () => {
      const [alice, bob] = [someone(), someone()];
      const watcher = await chat(alice);
      const conversation = await watcher.create(bob);
      watcher.look(conversation, bob);
      await live(bob);
      await eventually(() => watcher.presence.get(bob)?.state === online, 'that he is there');
      for (const edge of (await box.now()).pids.edges) process.kill(edge, 'SIGKILL');
      await eventually(() => watcher.presence.get(bob)?.state === offline, 'that he has gone', 15_000);
    }, 30_000);
  });
}

/** Whatever says that this user has read something: RECEIPT frames and rows of pages. */
function readsOf(user: number, frames: readonly Frame[]): Frame[] {
  return frames.filter(
    (frame) =>
      (frame.name === 'receipt' && frame.user === user && frame.kind === RECEIPT_KINDS.read) ||
      (frame.name === 'receiptsPage' && frame.receipts.some((receipt) => receipt.user === user && receipt.kind === RECEIPT_KINDS.read)),
  );
}
