/**
 * The gateway's cases and the services of a box once more, on real Kafka, Cassandra and Valkey: what a client sees must not
 * depend on what stands behind the relay.
 */
import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import { PRESENCE_STATES } from '../protocol/frame-table.ts';
import { LEASE_MS } from '../routes/routes.ts';
import { requires } from '../runtime/requires.ts';
import { BoxProcess } from './box-process.harness.ts';
import { describeBoxServices } from './box-services.contract.ts';
import { describeShortWriteCase } from './case-g1-short-write.contract.ts';
import { describeCursorCase } from './case-g6-cursor.contract.ts';
import { eventually } from './test-box.harness.ts';
import { TestClient } from './test-client.harness.ts';
import { upgradeText, WebSocketClient } from './web-socket.harness.ts';

setDefaultTimeout(90_000);

const NAME = 'real systems';

const own = new OwnBackends();

async function start(...settings: string[]): Promise<BoxProcess> {
  return await BoxProcess.startOn(await own.make(), ...settings);
}

async function withBox(settings: readonly string[], run: (box: BoxProcess) => Promise<void>): Promise<void> {
  const box = await start(...settings);
  try {
    await run(box);
  } finally {
    await box.end();
  }
}

async function refusalOf(box: BoxProcess, user: number): Promise<string | undefined> {
  const socket = await WebSocketClient.connect(box.endpoint);
  socket.write(upgradeText({ authorization: `Bearer ${box.token(user)}` }));
  await socket.until(() => socket.upgraded || socket.refusal !== undefined || socket.ended !== undefined, 'an answer');
  socket.leave();
  return socket.refusal?.headers.get('parley-error');
}

requires('kafka', 'cassandra', 'valkey').describe('on real Kafka, Cassandra and Valkey', () => {
  afterAll(() => own.giveBack());

  describeBoxServices(NAME, start);
  describeCursorCase(NAME, () => start('--edges', '1'));
  describeShortWriteCase(NAME, start);

  test('G2: who only reads is closed two periods after his last byte, and what he missed is there to resume', async () => {
    await withBox(['--edges', '1'], async (box) => {
      const sender = await box.live(1);
      const reader = await box.live(2, 0, { heartbeatSeconds: 1 });
      const conversation = await sender.create(2);
      for (let text = 0; reader.socket.closeCode === undefined && text < 60; text++) {
        await sender.say(conversation, `text ${text}`);
        await Bun.sleep(100);
      }
      expect(await reader.closed()).toBe('silent');
      await eventually(async () => (await box.metric('parley_relay_sessions')) === 1, 'his session to go');
      const sent = await sender.say(conversation, 'while away');
      const back = await box.live(2, 0, { position: reader.of('changed')[0]!.position });
      expect(back.of('changed')[0]!.changes).toEqual([{ conversation, sequence: sent }]);
    });
  }, 60_000);

  test('G3, G4: at SIGTERM clients are told times of their own to come back and closed at a pace, those that never read are cut, and the box ends', async () => {
    await withBox(['--edges', '2', '--drain-seconds', '6', '--drain-closes-per-second', '100'], async (box) => {
      const clients = await Promise.all(Array.from({ length: 200 }, (_, index) => box.live(index + 1)));
      const deaf = clients.splice(0, 5);
      for (const client of deaf) client.socket.pause();
      const closedAt: number[] = [];
      for (const client of clients) void client.closed(30_000).then(() => closedAt.push(performance.now()));
      box.kill('SIGTERM');
      expect(await box.exited).toBe(0);
      await eventually(() => closedAt.length === clients.length, 'every close');
      expect(clients.map(({ socket }) => socket.closeCode)).toEqual(clients.map(() => 4_000 + ERROR_CODES.draining.code));
      expect(new Set(clients.map((client) => client.of('goAway')[0]!.reconnectAfterMs)).size).toBeGreaterThan(clients.length / 2);
      expect(Math.max(...closedAt) - Math.min(...closedAt)).toBeGreaterThan(1_000);
    });
  }, 60_000);

  test('G5: while the relay answers nothing every refusal comes before the upgrade; then clients come in, and places are given back', async () => {
    await withBox(['--edges', '1'], async (box) => {
      const { relay } = box.description.pids;
      const there = await box.live(1);
      const conversation = await there.create(2);
      process.kill(relay, 'SIGSTOP');
      there.send(...Array.from({ length: 3 }, () => new Uint8Array([0x01])));
      await eventually(
        async () => {
          const hello = new TestClient(await WebSocketClient.connect(box.endpoint));
          hello.socket.leave();
          void there.say(conversation, 'waits').catch(() => undefined);
          return (await refusalOf(box, 5)) === 'relayAway';
        },
        'a refusal',
        20_000,
      );
      expect(await refusalOf(box, 6)).toBe('relayAway');
      process.kill(relay, 'SIGCONT');
      await eventually(async () => (await refusalOf(box, 7)) === undefined, 'to be let in', 20_000);
      await eventually(async () => (await box.metric('parley_edge_connections')) === 1, 'the places to be given back', 20_000);
      expect(there.socket.ended).toBeUndefined();
    });
  }, 60_000);

  test('two gateways: messages, receipts, typing and presence go from one to the other, and users of one that died are offline in time', async () => {
    const backends = await own.make();
    const here = await BoxProcess.startOn(backends, '--edges', '1', '--gateway', '1');
    const there = await BoxProcess.startOn(backends, '--edges', '1', '--gateway', '2', '--dispatchers', '0');
    try {
      const [alice, laptop, bob] = [await here.user(1), await here.user(2, 1), await there.user(2)];
      const conversation = await alice.create(2);
      alice.look(conversation, 2);
      bob.look(conversation, 1);
      alice.say(conversation, 'over there?');
      await eventually(() => bob.cursor(conversation) === 2 && laptop.cursor(conversation) === 2, 'the message');
      bob.say(conversation, 'yes');
      await eventually(() => alice.cursor(conversation) === 3, 'the answer');
      await eventually(() => [alice, bob].every((one) => one.presence.size > 0), 'both to look');
      bob.type(conversation);
      await eventually(() => alice.typing.length === 1, 'the typing');
      bob.read(conversation);
      await eventually(() => alice.receiptOf(conversation, 2).read === 3, 'the receipt');
      await eventually(() => laptop.receiptOf(conversation, 2).read === 3, 'his other device to follow');
      laptop.leave();
      expect([alice.presence.get(2)?.state, bob.presence.get(1)?.state]).toEqual([PRESENCE_STATES.online, PRESENCE_STATES.online]);
      bob.leave();
      const carol = await there.user(2);
      await eventually(() => alice.presence.get(2)?.state === PRESENCE_STATES.online, 'that he is back');
      await there.end();
      await eventually(() => alice.presence.get(2)?.state === PRESENCE_STATES.offline, 'that he has gone', LEASE_MS + 20_000);
      carol.leave();
      alice.leave();
    } finally {
      await there.end();
      await here.end();
    }
  });
});
