/** The part of the transport contract on what a bad client gets. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../protocol/codec.ts';
import { ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { eventually, type TestBox } from '../test-box.harness.ts';
import { HEARTBEAT, helloFrame, sendFrame, TestClient } from '../test-client.harness.ts';
import { clientFrame, OPCODE } from '../web-socket.harness.ts';
import { nextUser } from './transport-under-test.harness.ts';

export function describeBadInput(boxOf: () => TestBox): void {
  describe('bad input', () => {
    let box: TestBox;
    beforeAll(() => {
      box = boxOf();
    });

    const inputs: Array<readonly [string, ErrorName, Uint8Array]> = [
      ['garbage', 'malformed', Uint8Array.of(0x20, 0xff, 0xff)],
      ['an empty message', 'malformed', new Uint8Array(0)],
      ['a frame that is cut', 'malformed', encodeFrame('ack', { conversation: 5, sequence: 9 }).slice(0, 2)],
      ['type 0', 'malformed', Uint8Array.of(0)],
      ['a frame of the server', 'wrongDirection', encodeFrame('accepted', { conversation: 5, id: randomBytes(16) })],
      ['a second HELLO', 'outOfOrder', helloFrame()],
      ['a message over its limit', 'tooLarge', new Uint8Array(LIMITS.webSocketMessageBytes.value + 1)],
      ['more frames than a message may have', 'tooLarge', new Uint8Array(LIMITS.framesPerMessage.value + 1).fill(1)],
      [
        'a frame over its limit',
        'tooLarge',
        Buffer.concat([Uint8Array.of(0x20, 0x80, 0x80, 0x10), new Uint8Array(LIMITS.frameBytes.value * 2 - 4)]),
      ],
    ];
    test.each(inputs)('%s is answered %s and a closed socket; a neighbour notices nothing', async (_, error, message) => {
      const [bad, neighbour] = await Promise.all([box.live(nextUser()), box.live(nextUser())]);
      const conversation = await neighbour.create(nextUser());
      bad.send(message);
      expect(await neighbour.say(conversation, 'undisturbed')).toBe(2);
      expect(await bad.closed()).toBe(error);
      expect(bad.lastError).toBe(error);
      await bad.socket.until(() => bad.socket.ended !== undefined, 'the end of the socket');
    });

    test('frames before HELLO are out of order, a heartbeat too', async () => {
      for (const frame of [HEARTBEAT, sendFrame(1, 'early'), encodeFrame('resume', { position: new Uint8Array(0) })]) {
        const client = await TestClient.connect(box.endpoint, box.token(nextUser()));
        client.send(frame);
        expect(await client.closed()).toBe('outOfOrder');
      }
    });

    test('a text message is malformed', async () => {
      const client = await box.live(nextUser());
      client.socket.write(clientFrame(OPCODE.text, Buffer.from('{"type":"send"}')));
      expect(await client.closed()).toBe('malformed');
    });

    test('what breaks WebSocket’s own framing ends the connection and is counted', async () => {
      const before = await box.edge.metric('parley_edge_disconnects_total', { reason: 'malformed' });
      const unmasked = await box.live(nextUser());
      unmasked.socket.write(Uint8Array.of(0x82, 1, 1));
      const reserved = await box.live(nextUser());
      reserved.socket.write(clientFrame(3, Uint8Array.of(1)));
      for (const client of [unmasked, reserved]) {
        await client.closed();
        expect([undefined, 1002]).toContain(client.socket.closeCode);
      }
      const counted = () => box.edge.metric('parley_edge_disconnects_total', { reason: 'malformed' });
      await eventually(async () => (await counted()) === before + 2, 'both to be counted');
    });

    test('a message larger by far is not even buffered: the library closes with 1009', async () => {
      const before = await box.edge.metric('parley_edge_disconnects_total', { reason: 'tooLarge' });
      const client = await box.live(nextUser());
      client.send(new Uint8Array(LIMITS.webSocketMessageBytes.value * 4));
      await client.closed();
      expect([undefined, 1009]).toContain(client.socket.closeCode);
      const counted = () => box.edge.metric('parley_edge_disconnects_total', { reason: 'tooLarge' });
      await eventually(async () => (await counted()) === before + 1, 'it to be counted');
    });

    test('a half-sent frame and a vanished client leave nothing behind', async () => {
      const before = await box.edge.metric('parley_edge_connections');
      const user = nextUser();
      const client = await box.live(user);
      const conversation = await client.create(nextUser());
      const frame = clientFrame(OPCODE.binary, sendFrame(conversation, randomBytes(50_000)));
      client.socket.write(frame.subarray(0, 30_000));
      await Bun.sleep(20);
      client.socket.leave();
      await eventually(async () => (await box.edge.metric('parley_edge_connections')) === before, 'the place back');
      expect(await (await box.live(user)).say(conversation, 'the next')).toBe(2);
    });

    test('bodies over their sum are refused by code, the largest body passes whole, both ways', async () => {
      const bob = nextUser();
      const [sender, receiver] = await Promise.all([box.live(nextUser()), box.live(bob)]);
      const conversation = await sender.create(bob);
      const body = randomBytes(LIMITS.bodyBytes.value);
      const two = encodeFrame('send', {
        conversation,
        id: randomBytes(16),
        contentType: 0,
        bodies: [
          { device: 1, body: body.subarray(0, 40_000) },
          { device: 2, body: body.subarray(0, 40_000) },
        ],
      });
      expect(await sender.ask('error', two)).toMatchObject({ code: ERROR_CODES.bodyTooLarge.code });
      expect(await sender.say(conversation, body)).toBe(2);
      expect(await sender.say(conversation, body)).toBe(3);
      await receiver.until(() => receiver.delivered(conversation).length === 3, 'the bodies');
      expect(Buffer.from(receiver.of('deliver')[1]!.body)).toEqual(body);
      const pulled = await receiver.ask('pulled', encodeFrame('pull', { conversation, fromSequence: 1, toSequence: 3 }));
      expect(pulled.upToSequence).toBeGreaterThan(0);
    });

    test('more sends than may wait are refused with their id, and can be sent again', async () => {
      const client = await box.live(nextUser());
      const conversation = await client.create(nextUser());
      const count = LIMITS.pendingSendsPerConnection.value + 50;
      const ids = Array.from({ length: count }, () => randomBytes(16));
      const frames = ids.map((id) => sendFrame(conversation, 'x', id));
      client.socket.write(Buffer.concat(frames.map((frame) => clientFrame(OPCODE.binary, frame))));
      await client.until(() => client.of('sequenced').length - 1 + client.of('error').length === count, 'an answer each');
      const refused = client.of('error');
      for (const error of refused) {
        expect(error.code).toBe(ERROR_CODES.tooManyPending.code);
        expect(error.retryAfterMs).toBeGreaterThan(0);
      }
      for (const error of refused) client.send(sendFrame(conversation, 'x', Buffer.from(error.id)));
      await client.until(() => client.of('sequenced').length === count + 1, 'every answer');
      expect(client.of('sequenced').at(-1)!.sequence).toBe(count + 1);
    });
  });
}
