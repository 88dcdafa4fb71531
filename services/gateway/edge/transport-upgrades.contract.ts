/** The part of the transport contract before the upgrade: tokens, refusals, requests that are none. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../protocol/codec.ts';
import { ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { eventually, type TestBox } from '../test-box.harness.ts';
import { helloFrame } from '../test-client.harness.ts';
import { upgradeText, WebSocketClient } from '../web-socket.harness.ts';
import { bearer, nextUser, refusalOf, type TransportUnderTest } from './transport-under-test.harness.ts';

export function describeUpgrades(boxOf: () => TestBox, under: TransportUnderTest): void {
  describe('upgrades', () => {
    let box: TestBox;
    beforeAll(() => {
      box = boxOf();
    });

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
      ['a version of the future', 'unsupportedVersion', (user) => ({ ...bearer(box.token(user)), 'sec-websocket-protocol': 'parley.v9' })],
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
}
