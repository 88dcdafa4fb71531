/** G6 cursor moved by the wrong frames: what a resume gives depends on what was sequenced, and on nothing else. */
import { describe, expect, test } from 'bun:test';
import { encodeFrame } from '../protocol/codec.ts';
import { HEARTBEAT, type HelloOptions, type TestClient } from './test-client.harness.ts';

const EMPTY = new Uint8Array(0);

/** What a device does with a CHANGED: pulls what it lacks. Gives the sequences it got. */
async function catchUp(client: TestClient, conversation: number, cursor: number): Promise<number[]> {
  const before = client.delivered(conversation).length;
  const page = client.of('changed').at(-1)!;
  expect(page.more).toBe(0);
  for (const change of page.changes) {
    if (change.sequence <= cursor) continue;
    await client.ask('pulled', encodeFrame('pull', { conversation, fromSequence: cursor + 1, toSequence: change.sequence }));
  }
  return client.delivered(conversation).slice(before);
}

/** A box of any kind. */
export interface CaseBox {
  live(user: number, device?: number, hello?: HelloOptions): Promise<TestClient>;
  stop(): Promise<void>;
}

export function describeCursorCase(name: string, start: () => Promise<CaseBox>): void {
  describe(`G6 on ${name}`, () => {
    test('10 messages, 5 typing and presence frames, drop, 5 more messages: the first resume gives exactly those 5, the second none', async () => {
      const box = await start();
      try {
        const sender = await box.live(1);
        const reader = await box.live(2);
        const conversation = await sender.create(2);
        for (let text = 2; text <= 10; text++) await sender.say(conversation, `text ${text}`);
        await reader.until(() => reader.delivered(conversation).length === 10, 'ten entries');
        const { position } = await reader.ask('changed', encodeFrame('resume', { position: reader.of('changed')[0]!.position }));

        for (let count = 0; count < 5; count++) {
          sender.send(encodeFrame('typing', { conversation, user: 1 }));
          reader.send(
            encodeFrame('typing', { conversation, user: 2 }),
            encodeFrame('presenceSubscribe', { users: [{ user: 1, conversation }] }),
            HEARTBEAT,
          );
          reader.send(encodeFrame('read', { conversation, sequence: 999 }), encodeFrame('ack', { conversation, sequence: 10 }));
        }
        await reader.until(() => reader.of('presence').length >= 5, 'an answer to each subscription');
        sender.send(encodeFrame('presenceSubscribe', { users: [{ user: 2, conversation }] }));
        await sender.next('presence', 0);
        sender.send(encodeFrame('typing', { conversation, user: 1 }));
        await sender.until(() => sender.of('receipt').some(({ kind, sequence }) => kind === 2 && sequence === 10), 'the receipt');
        reader.socket.leave();
        for (let text = 11; text <= 15; text++) await sender.say(conversation, `text ${text}`);

        const first = await box.live(2, 0, { position });
        expect(first.of('changed')[0]!.changes).toEqual([{ conversation, sequence: 15 }]);
        expect(await catchUp(first, conversation, 10)).toEqual([11, 12, 13, 14, 15]);
        first.socket.leave();

        const second = await box.live(2, 0, { position: first.of('changed')[0]!.position });
        expect(second.of('changed')[0]!.changes).toEqual([]);
        second.socket.leave();

        // One that was cut off before it could store the position asks from the former one: its cursor says that it has all.
        const third = await box.live(2, 0, { position });
        expect(await catchUp(third, conversation, 15)).toEqual([]);
      } finally {
        await box.stop();
      }
    });

    test('replayed and live entries count alike: nothing is given twice and nothing is left out between a resume and what follows', async () => {
      const box = await start();
      try {
        const sender = await box.live(1);
        const conversation = await sender.create(2);
        let sent = 1;
        let cursor = 0;
        let position: Uint8Array = EMPTY;
        for (let round = 0; round < 5; round++) {
          for (let count = 0; count < 3; count++, sent++) await sender.say(conversation, 'while away');
          const reader = await box.live(2, 0, { position });
          position = reader.of('changed')[0]!.position;
          const pulled = await catchUp(reader, conversation, cursor);
          expect(pulled).toEqual(Array.from({ length: sent - cursor }, (_, index) => cursor + 1 + index));
          cursor = sent;
          for (let count = 0; count < 2; count++, sent++) await sender.say(conversation, 'while there');
          await reader.until(() => reader.delivered(conversation).at(-1) === sent, 'what came live');
          cursor = sent;
          reader.socket.leave();
        }
      } finally {
        await box.stop();
      }
    });

    test('a position that is none, or of another log, is said to be bad, and one may resume without', async () => {
      const box = await start();
      try {
        const client = await box.live(1);
        const conversation = await client.create(2);
        for (const position of [Uint8Array.of(9, 9, 9), new Uint8Array(64).fill(255)]) {
          expect(await client.ask('error', encodeFrame('resume', { position }))).toMatchObject({ code: 39, aboutType: 0x12 });
        }
        expect((await client.ask('changed', encodeFrame('resume', { position: EMPTY }))).changes).toEqual([{ conversation, sequence: 1 }]);
      } finally {
        await box.stop();
      }
    });

    test('two devices of a user are delivered to, acknowledge and resume each on its own', async () => {
      const box = await start();
      try {
        const sender = await box.live(1);
        const conversation = await sender.create(2);
        const [phone, laptop] = [await box.live(2, 0), await box.live(2, 1)];
        const positions: Record<'phone' | 'laptop', Uint8Array> = { phone: EMPTY, laptop: EMPTY };
        for (let text = 2; text <= 6; text++) await sender.say(conversation, `text ${text}`);
        await phone.until(() => phone.delivered(conversation).at(-1) === 6, 'what came live');
        await laptop.until(() => laptop.delivered(conversation).at(-1) === 6, 'what came live');
        phone.send(encodeFrame('ack', { conversation, sequence: 6 }));
        positions.phone = (await phone.ask('changed', encodeFrame('resume', { position: EMPTY }))).position;
        laptop.socket.leave();
        for (let text = 7; text <= 9; text++) await sender.say(conversation, `text ${text}`);
        await phone.until(() => phone.delivered(conversation).at(-1) === 9, 'what came live');
        positions.phone = (await phone.ask('changed', encodeFrame('resume', { position: positions.phone }))).position;
        phone.socket.leave();
        await sender.say(conversation, 'text 10');

        // Each from its own position and cursor: the one has missed four, the other one.
        const back = await box.live(2, 1, { position: positions.laptop });
        expect(await catchUp(back, conversation, 6)).toEqual([7, 8, 9, 10]);
        const again = await box.live(2, 0, { position: positions.phone });
        expect(again.of('changed')[0]!.changes).toEqual([{ conversation, sequence: 10 }]);
        expect(await catchUp(again, conversation, 9)).toEqual([10]);
        again.socket.leave();
        await sender.say(conversation, 'text 11');
        await back.until(() => back.delivered(conversation).at(-1) === 11, 'what came live to the other');
        const third = await box.live(2, 0, { position: again.of('changed')[0]!.position });
        expect(await catchUp(third, conversation, 10)).toEqual([11]);
      } finally {
        await box.stop();
      }
    });
  });
}
