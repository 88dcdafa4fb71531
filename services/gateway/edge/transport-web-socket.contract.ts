/** The part of the transport contract on messages, fragments, pings and closes of WebSocket. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { eventually, type TestBox } from '../test-box.harness.ts';
import { sendFrame } from '../test-client.harness.ts';
import { clientFrame, OPCODE } from '../web-socket.harness.ts';
import { nextUser } from './transport-under-test.harness.ts';

export function describeWebSocket(boxOf: () => TestBox): void {
  describe('WebSocket', () => {
    let box: TestBox;
    beforeAll(() => {
      box = boxOf();
    });

    test('a message may come in fragments, cut anywhere and with pings between', async () => {
      const client = await box.live(nextUser());
      const conversation = await client.create(nextUser());
      const frame = sendFrame(conversation, randomBytes(3_000));
      client.socket.write(clientFrame(OPCODE.binary, frame.subarray(0, 1), false));
      client.socket.write(clientFrame(OPCODE.ping, Buffer.from('are you there')));
      client.socket.write(clientFrame(OPCODE.continuation, frame.subarray(1, 1_700), false));
      client.socket.write(clientFrame(OPCODE.continuation, frame.subarray(1_700)));
      expect(await client.next('sequenced', 1)).toMatchObject({ sequence: 2 });
      await client.socket.until(() => client.socket.pongs === 1, 'the pong');
    });

    test('several frames in a message are taken in order, and a message may come byte by byte', async () => {
      const client = await box.live(nextUser());
      const conversation = await client.create(nextUser());
      client.send(...Array.from({ length: 20 }, (_, index) => sendFrame(conversation, `text ${index}`)));
      await client.until(() => client.of('sequenced').length === 21, 'an answer each');
      expect(client.of('sequenced').map(({ sequence }) => sequence)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
      for (const byte of clientFrame(OPCODE.binary, sendFrame(conversation, 'slowly'))) {
        client.socket.write(Uint8Array.of(byte));
        await Bun.sleep(1);
      }
      await client.until(() => client.of('sequenced').length === 22, 'the last answer');
    });

    test('a client that closes politely is answered, and its route goes', async () => {
      const user = nextUser();
      const client = await box.live(user);
      client.socket.close(1000);
      await client.socket.until(() => client.socket.closeCode !== undefined, 'the close');
      expect(client.socket.closeCode).toBe(1000);
      await eventually(async () => (await box.devicesOf(user)).length === 0, 'the route to go');
    });
  });
}
