/** What an edge does at its limits, on real sockets: clients that do not read, that never finish a request, and a drain. */
import { describe, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { encodeFrame } from '../../protocol/codec.ts';
import { ERROR_CODES } from '../../protocol/error-codes.ts';
import { eventually, TestBox } from '../test-box.harness.ts';
import { HEARTBEAT, sendFrame, TestClient } from '../test-client.harness.ts';
import { clientFrame, OPCODE, upgradeText, WebSocketClient } from '../web-socket.harness.ts';
import type { TransportUnderTest } from './transport-under-test.harness.ts';

const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

export function transportLimitsContract(name: string, under: TransportUnderTest, drainedClients: number): void {
  describe(`an edge on ${name} at its limits`, () => {
    test('a client that does not read is cut when its buffer is full, counted, and costs its neighbours nothing', async () => {
      const box = await TestBox.start({ ...under, edge: { sendBufferBytes: 65_536 } });
      try {
        const [sender, slow, neighbour] = await Promise.all([box.live(1), box.live(2), box.live(3)]);
        const [flooded, calm] = [await sender.create(2), await sender.create(3)];
        const files = openFiles(box.edge.pid);
        slow.socket.pause();
        const body = randomBytes(60_000);
        const cut = () => box.edge.metric('parley_edge_disconnects_total', { reason: 'slowReader' });
        // The kernel swallows the first megabytes: its buffers stand before the edge's.
        let calmTexts = 0;
        for (let megabytes = 0; (await cut()) === 0 && megabytes < 60; megabytes += 0.6) {
          for (let count = 0; count < 10; count++) await sender.say(flooded, body);
          await sender.say(calm, `calm ${++calmTexts}`);
        }
        expect(await cut()).toBe(1);
        await neighbour.until(() => neighbour.delivered(calm).length === calmTexts + 1, 'what was meant for the neighbour');
        expect(neighbour.delivered(calm)).toEqual(Array.from({ length: calmTexts + 1 }, (_, index) => index + 1));
        await eventually(async () => (await box.devicesOf(2)).length === 0, 'the route to go');
        await eventually(() => openFiles(box.edge.pid) < files, 'the socket to go');
        slow.socket.resume();
        const back = await box.live(2);
        const last = back.of('changed')[0]!.changes.find((change) => change.conversation === flooded)!.sequence;
        const pulled = await back.ask('pulled', encodeFrame('pull', { conversation: flooded, fromSequence: last, toSequence: last }));
        expect(pulled.upToSequence).toBe(last);
      } finally {
        await box.stop();
      }
    }, 40_000);

    test('requests that never end hold no socket, and neither do clients that say nothing or hang after their close', async () => {
      const box = await TestBox.start(under);
      try {
        const files = openFiles(box.edge.pid);
        const [mute, half, trickling] = await Promise.all([1, 2, 3].map(() => WebSocketClient.connect(box.endpoint)));
        half!.write('GET /v1 HT');
        trickling!.write('GET /v1 HTTP/1.1\r\nx: ');
        const drip = setInterval(() => trickling!.ended ?? trickling!.write('a'), 500);
        const silent = await TestClient.connect(box.endpoint, box.token(1));
        const pinging = await TestClient.connect(box.endpoint, box.token(2));
        const pings = setInterval(() => pinging.socket.ended ?? pinging.socket.write(clientFrame(OPCODE.ping, new Uint8Array(0))), 1_000);
        const hanging = await box.live(3, 0, { heartbeatSeconds: 1 });
        hanging.socket.pause();
        expect(await silent.closed(14_000)).toBe('helloLate');
        expect(await pinging.closed(14_000)).toBe('helloLate');
        await Promise.all(
          [mute!, half!, trickling!].map((client) =>
            client.until(() => client.ended !== undefined, 'the end of a request that never ends', 14_000),
          ),
        );
        clearInterval(drip);
        clearInterval(pings);
        await eventually(() => openFiles(box.edge.pid) <= files, 'every socket to go', 14_000);
        expect(await box.edge.metric('parley_edge_connections')).toBe(0);
        expect(await box.devicesOf(3)).toEqual([]);
      } finally {
        await box.stop();
      }
    }, 40_000);

    test('G3 stop that never ends: at SIGTERM each client is told its own time to come back and closed at the rate; those that do not read are cut', async () => {
      const closesPerSecond = drainedClients / 2;
      const deadlineMs = 8_000;
      const box = await TestBox.start({ ...under, edge: { drain: { closesPerSecond, deadlineMs } } });
      try {
        const clients: TestClient[] = [];
        for (let first = 1; first <= drainedClients; first += 50) {
          clients.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => box.live(first + index)))));
        }
        const deaf = clients.splice(0, 10);
        const conversation = await clients[0]!.create(2);
        for (const client of deaf) client.socket.pause();
        const closedAt: number[] = [];
        for (const client of clients) {
          void client.closed(30_000).then(
            () => closedAt.push(performance.now()),
            () => undefined,
          );
        }
        // Clients that talk while they are sent away: unread bytes in a socket that is closed would reset it.
        const chatter = setInterval(() => {
          for (const client of clients) {
            if (client.socket.closeCode === undefined && client.socket.ended === undefined) client.send(HEARTBEAT);
          }
        }, 100);
        const started = performance.now();
        box.edge.kill('SIGTERM');
        clients.at(-1)!.send(sendFrame(conversation, 'by a stranger'));
        const refused = await eventuallyRefused(box);
        expect([refused.status, refused.headers.get('parley-error')]).toEqual([503, 'draining']);
        expect(Number(refused.headers.get('parley-retry-ms'))).toBeGreaterThan(0);
        // An edge that is not done a second after its deadline ends itself with 1.
        expect(await Promise.race([box.edge.exited, Bun.sleep(deadlineMs + 5_000).then(() => 'still there')])).toBe(0);
        const tookMs = performance.now() - started;
        clearInterval(chatter);
        await eventually(
          () => clients.every((client) => client.socket.ended !== undefined || client.socket.closeCode !== undefined),
          'every end',
        );
        const codes = new Map<number | undefined, number>();
        for (const { socket } of clients) codes.set(socket.closeCode, (codes.get(socket.closeCode) ?? 0) + 1);
        expect([...codes]).toEqual([[4_000 + ERROR_CODES.draining.code, clients.length]]);
        const delays = clients.map((client) => client.of('goAway')[0]!.reconnectAfterMs);
        expect(new Set(delays).size).toBeGreaterThan(clients.length / 2);
        // The spread is the time of the closes; a client or two may have come in before the signal.
        expect(Math.max(...delays)).toBeLessThanOrEqual(2_100);
        expect(Math.max(...closedAt) - Math.min(...closedAt)).toBeGreaterThan(1_500);
        expect(tookMs).toBeGreaterThan(1_500);
        expect(box.edge.log).not.toContain('overran');
      } finally {
        await box.stop();
      }
    }, 60_000);

    test('a drain that can’t end by its rate ends by its deadline', async () => {
      const box = await TestBox.start({ ...under, edge: { drain: { closesPerSecond: 1, deadlineMs: 1_000 } } });
      try {
        const clients = await Promise.all([1, 2, 3, 4, 5, 6].map((user) => box.live(user)));
        box.edge.kill('SIGTERM');
        expect(await Promise.race([box.edge.exited, Bun.sleep(6_000).then(() => 'still there')])).toBe(0);
        const ends = await Promise.all(clients.map((client) => client.closed()));
        expect(ends.filter((end) => end === 'draining').length).toBeGreaterThan(0);
        expect(ends.filter((end) => end === 'draining').length).toBeLessThan(6);
      } finally {
        await box.stop();
      }
    }, 30_000);

    test('an edge whose supervisor is gone drains by itself', async () => {
      const box = await TestBox.start(under);
      try {
        const client = await box.live(1);
        box.edge.disconnect();
        expect(await client.closed()).toBe('draining');
        expect(await Promise.race([box.edge.exited, Bun.sleep(11_500).then(() => 'still there')])).toBe(0);
      } finally {
        await box.stop();
      }
    }, 30_000);
  });
}

async function eventuallyRefused(box: TestBox) {
  for (;;) {
    const client = await WebSocketClient.connect(box.endpoint);
    client.write(upgradeText({ authorization: `Bearer ${box.token(999_999)}` }));
    await client.until(() => client.refusal !== undefined || client.upgraded, 'an answer');
    client.leave();
    if (client.refusal !== undefined) return client.refusal;
    await Bun.sleep(20);
  }
}
