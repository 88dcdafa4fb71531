/** The part of the transport contract on what ends a live socket, and what does not: expiry, revocation, keys, silence. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { encodeFrame } from '../../protocol/codec.ts';
import { eventually, type TestBox } from '../test-box.harness.ts';
import { TestClient } from '../test-client.harness.ts';
import { bearer, nextUser, refusalOf } from './transport-under-test.harness.ts';

export function describeLiveSockets(boxOf: () => TestBox): void {
  describe('a live socket', () => {
    let box: TestBox;
    beforeAll(() => {
      box = boxOf();
    });

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
}
