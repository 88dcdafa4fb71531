/**
 * What every edge transport does, on real sockets before a real relay: upgrade and its refusals, sessions, messages, bad
 * input, liveness, keys. Backpressure and drain are in `transport-limits.contract.ts`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../protocol/codec.ts';
import { closeCode, ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';
import { HELLO_FLAGS } from '../../protocol/frame-table.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { eventually, GENEROUS_ADMISSION, TestBox, type TestBoxOptions } from '../test-box.harness.ts';
import { HEARTBEAT, helloFrame, sendFrame, TestClient } from '../test-client.harness.ts';
import { clientFrame, OPCODE, type Refusal, upgradeText, WebSocketClient } from '../web-socket.harness.ts';

export type TransportUnderTest = Pick<TestBoxOptions, 'transport' | 'tls'>;

/** A user that no other test of the file has: tests share a box. */
let lastUser = 1_000;
const nextUser = () => ++lastUser;

async function refusalOf(box: TestBox, headers: Record<string, string>, path?: string): Promise<Refusal> {
  const client = await WebSocketClient.connect(box.endpoint);
  client.write(upgradeText(headers, path));
  await client.until(() => client.refusal !== undefined || client.upgraded, 'a refusal');
  client.leave();
  if (client.refusal === undefined) throw new Error('the upgrade was not refused');
  return client.refusal;
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

export function transportContract(name: string, under: TransportUnderTest): void {
  describe(`an edge on ${name}`, () => {
    let box: TestBox;
    beforeAll(async () => {
      box = await TestBox.start(under);
    });
    afterAll(() => box.stop());

    describe('upgrades', () => {
      test('a token counts in the header, in the subprotocol, and in a cookie of an allowed origin', async () => {
        const user = nextUser();
        const ways: Array<Record<string, string>> = [
          bearer(box.token(user, 0)),
          { authorization: `bearer ${box.userToken(user, 1)}` },
          { 'sec-websocket-protocol': `parley.v1, parley.token.${box.token(user, 2)}` },
          { cookie: `theme=dark; parley_token=${box.userToken(user, 3)}`, origin: 'https://chat.example' },
        ];
        const sockets = await Promise.all(ways.map((headers) => WebSocketClient.open(box.endpoint, headers)));
        expect(sockets.map((socket) => socket.subprotocol)).toEqual(ways.map(() => 'parley.v1'));
        for (const socket of sockets) socket.send(helloFrame());
        await eventually(async () => (await box.devicesOf(user)).join() === '0,1,2,3', 'four routes');
        for (const socket of sockets) socket.leave();
        await eventually(async () => (await box.devicesOf(user)).length === 0, 'no route');
      });

      const refused: Array<readonly [string, ErrorName, (user: number) => Record<string, string>]> = [
        ['no token', 'unauthenticated', () => ({})],
        ['a token that is none', 'unauthenticated', () => bearer('x.y.z')],
        ['a forged signature', 'unauthenticated', (user) => bearer(box.token(user, 0, { secret: randomBytes(32) }))],
        ['an unknown key', 'unauthenticated', (user) => bearer(box.token(user, 0, { kid: 'region-9' }))],
        ['an expired token', 'unauthenticated', (user) => bearer(box.token(user, 0, { lifeSeconds: -10 }))],
        ['a device out of range', 'unauthenticated', (user) => bearer(box.token(user, 256))],
        ['a token over its limit', 'unauthenticated', (user) => bearer(box.token(user) + 'x'.repeat(LIMITS.tokenBytes.value))],
        [
          'a cookie of another origin',
          'forbiddenOrigin',
          (user) => ({ cookie: `parley_token=${box.token(user)}`, origin: 'https://evil.example' }),
        ],
        ['a cookie without an origin', 'forbiddenOrigin', (user) => ({ cookie: `parley_token=${box.token(user)}` })],
        [
          'a version of the future',
          'unsupportedVersion',
          (user) => ({ ...bearer(box.token(user)), 'sec-websocket-protocol': 'parley.v9' }),
        ],
        ['no version at all', 'unsupportedVersion', (user) => ({ ...bearer(box.token(user)), 'sec-websocket-protocol': '' })],
      ];
      test.each(refused)('%s is refused as %s, with status and name', async (_, error, headers) => {
        const refusal = await refusalOf(box, headers(nextUser()));
        const entry: { readonly code: number; readonly httpStatus?: number } = ERROR_CODES[error];
        expect(refusal.status).toBe(entry.httpStatus!);
        expect(refusal.headers.get('parley-error')).toBe(error);
        expect(refusal.headers.get('parley-code')).toBe(String(entry.code));
      });

      test('only the path of the upgrade upgrades, whatever its query', async () => {
        const user = nextUser();
        expect((await refusalOf(box, bearer(box.token(user)), '/v1/other')).status).toBe(404);
        expect((await refusalOf(box, bearer(box.token(user)), '/elsewhere/v1')).status).toBe(404);
        const client = await WebSocketClient.connect(box.endpoint);
        client.write(upgradeText(bearer(box.token(user)), '/v1?from=app'));
        await client.until(() => client.upgraded, 'the upgrade');
        client.leave();
      });

      test('a plain request is answered, not served', async () => {
        const response = await fetch(`http${under.tls ? 's' : ''}://127.0.0.1:${box.endpoint.port}/v1`, {
          tls: { rejectUnauthorized: false },
        });
        expect(response.status).toBe(404);
      });

      test('an upgrade that is none by the rules of WebSocket gives its place back', async () => {
        const before = await box.edge.metric('parley_edge_connections');
        for (const broken of [{ 'sec-websocket-version': '7' }, { 'sec-websocket-key': 'short' }, { 'sec-websocket-key': '' }]) {
          const client = await WebSocketClient.connect(box.endpoint);
          client.write(upgradeText({ ...bearer(box.token(nextUser())), ...broken }));
          await client.until(() => client.refusal !== undefined || client.ended !== undefined, 'a refusal');
          expect(client.upgraded).toBe(false);
          client.leave();
        }
        await eventually(async () => (await box.edge.metric('parley_edge_connections')) === before, 'the places back');
      });

      test('clients that reset during or after their refusal hurt nobody', async () => {
        const neighbour = await box.live(nextUser());
        for (let round = 0; round < 30; round++) {
          const client = await WebSocketClient.connect(box.endpoint);
          client.write(upgradeText(round % 2 === 0 ? {} : bearer(box.token(nextUser()))));
          client.leave();
        }
        await neighbour.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
        neighbour.socket.leave();
      });
    });

    describe('a session', () => {
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
        const [asking, silent] = await Promise.all([
          box.live(nextUser(), 0, { flags: HELLO_FLAGS.answerHeartbeats }),
          box.live(nextUser()),
        ]);
        for (const client of [asking, silent]) client.send(HEARTBEAT, HEARTBEAT);
        await asking.until(() => asking.of('heartbeatReply').length === 2, 'two replies');
        await silent.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
        expect(silent.of('heartbeatReply')).toEqual([]);
      });
    });

    describe('WebSocket', () => {
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

    describe('bad input', () => {
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

    describe('a live socket', () => {
      test('is closed when its token expires', async () => {
        const client = await TestClient.live(box.endpoint, box.token(nextUser(), 0, { lifeSeconds: 1 }));
        expect(await client.closed()).toBe('expired');
      });

      test('is closed when its token is revoked, and no other is', async () => {
        const [user, other] = [nextUser(), nextUser()];
        const [revoked, spared] = await Promise.all([box.live(user), box.live(other)]);
        const issuedBefore = Math.floor(Date.now() / 1_000) + 1;
        box.edge.configure({ revocations: [{ user, issuedBefore }] });
        expect(await revoked.closed()).toBe('revoked');
        const refusal = await refusalOf(box, bearer(box.token(user)));
        expect([refusal.status, refusal.headers.get('parley-error')]).toEqual([401, 'revoked']);
        await spared.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
        box.edge.configure({ revocations: [] });
      });

      test('outlives the rotation of keys, after which only new keys count', async () => {
        const client = await box.live(nextUser());
        const secret = randomBytes(32);
        const rotated = [{ kid: 'region-2', algorithm: 'HS256', key: secret.toString('base64url') }];
        box.edge.configure({ keys: rotated });
        const user = nextUser();
        await eventually(async () => (await refusalOf(box, {})).status === 401, 'the edge');
        expect((await refusalOf(box, bearer(box.token(user)))).headers.get('parley-error')).toBe('unauthenticated');
        const fresh = await TestClient.live(box.endpoint, box.token(user, 0, { kid: 'region-2', secret }));
        await client.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
        box.edge.configure({ keys: box.keys() });
        fresh.socket.leave();
      });

      test('keys that can’t be read change nothing: the edge goes on with those it has', async () => {
        const client = await box.live(nextUser());
        box.edge.configure({ keys: [{ kid: 'bad', algorithm: 'EdDSA', key: 'not a key' }] });
        await client.ask('changed', encodeFrame('resume', { position: new Uint8Array(0) }));
        await box.live(nextUser());
      });

      test('G2 push-only reader: closed two periods after its last byte; its route goes and its messages are there to resume', async () => {
        const [alice, bob] = [nextUser(), nextUser()];
        const sender = await box.live(alice);
        const reader = await box.live(bob, 0, { heartbeatSeconds: 1 });
        const conversation = await sender.create(bob);
        const started = performance.now();
        for (let text = 0; reader.socket.closeCode === undefined && text < 60; text++) {
          await sender.say(conversation, `text ${text}`);
          await Bun.sleep(100);
        }
        expect(await reader.closed()).toBe('silent');
        expect(performance.now() - started).toBeGreaterThan(1_900);
        await eventually(async () => (await box.devicesOf(bob)).length === 0, 'the route to go');
        const sent = await sender.say(conversation, 'while away');
        const back = await box.live(bob, 0, { position: reader.of('changed')[0]!.position });
        expect(back.of('changed')[0]!.changes).toEqual([{ conversation, sequence: sent }]);
      });
    });
  });

  describe(`admission of an edge on ${name}`, () => {
    const small = { maxSessions: 3, admission: { ...GENEROUS_ADMISSION, admissionsPerSecond: 2, admissionBurst: 5 } };

    test('a full edge and a busy one refuse before the upgrade, with the time to come back; leaving gives the place back', async () => {
      const box = await TestBox.start({ ...under, edge: small });
      try {
        const clients = [await box.live(1), await box.live(2), await box.live(3)];
        const full = await refusalOf(box, bearer(box.token(4)));
        expect([full.status, full.headers.get('parley-error')]).toEqual([503, 'boxFull']);
        expect(Number(full.headers.get('parley-retry-ms'))).toBeGreaterThanOrEqual(30_000);
        expect(Number(full.headers.get('retry-after'))).toBe(Math.ceil(Number(full.headers.get('parley-retry-ms')) / 1_000));
        await refusalOf(box, bearer(box.token(5)));
        const busy = await refusalOf(box, bearer(box.token(6)));
        expect([busy.status, busy.headers.get('parley-error')]).toEqual([503, 'admission']);
        expect(Number(busy.headers.get('parley-retry-ms'))).toBeGreaterThan(0);
        for (const client of clients) client.socket.leave();
        await eventually(async () => (await box.edge.metric('parley_edge_connections')) === 0, 'places back');
        expect(await box.edge.metric('parley_edge_refused_total', { reason: 'boxFull' })).toBe(2);
        expect(await box.edge.metric('parley_edge_refused_total', { reason: 'admission' })).toBe(1);
        await Bun.sleep(600);
        await box.live(7);
      } finally {
        await box.stop();
      }
    });

    test('attempts of one address are limited before any signature is looked at', async () => {
      const admission = { ...GENEROUS_ADMISSION, attemptsPerAddressPerSecond: 1, attemptsPerAddressBurst: 4 };
      const box = await TestBox.start({ ...under, edge: { admission } });
      try {
        const answers: Refusal[] = [];
        for (let attempt = 0; attempt < 6; attempt++) answers.push(await refusalOf(box, bearer('x.y.z')));
        expect(answers.slice(0, 4).map(({ status }) => status)).toEqual([401, 401, 401, 401]);
        expect(answers[5]!.status).toBe(429);
        expect(answers[5]!.headers.get('parley-error')).toBe('addressRate');
        expect(Number(answers[5]!.headers.get('parley-retry-ms'))).toBeGreaterThan(0);
      } finally {
        await box.stop();
      }
    });

    test('while the relay is away for long, clients stay, new ones are told to come back; then all is delivered', async () => {
      const box = await TestBox.start(under);
      try {
        const [sender, receiver] = await Promise.all([box.live(1), box.live(2)]);
        const conversation = await sender.create(2);
        await box.killRelay();
        const meanwhile = sendFrame(conversation, 'meanwhile');
        sender.send(meanwhile);
        await eventually(async () => {
          const client = await WebSocketClient.connect(box.endpoint);
          client.write(upgradeText(bearer(box.token(3))));
          await client.until(() => client.refusal !== undefined || client.upgraded, 'an answer');
          client.leave();
          return client.refusal?.headers.get('parley-error') === 'relayAway';
        }, 'a refusal');
        await box.startRelay();
        // What was not confirmed before the relay died comes again: a client drops it below its cursor.
        await sender.until(() => sender.of('sequenced').some(({ sequence }) => sequence === 2), 'the sequence');
        await receiver.until(() => receiver.delivered(conversation).includes(2), 'the entry');
        expect([sender.socket.closeCode, receiver.socket.closeCode]).toEqual([undefined, undefined]);
        expect(closeCode('relayAway')).toBe(4_019);
      } finally {
        await box.stop();
      }
    });
  });
}
