/** G5 refused after open: every refusal comes before the upgrade, says when to come back, and leaves nothing behind. */
import { expect, test } from 'bun:test';
import { eventually, GENEROUS_ADMISSION, TestBox } from './test-box.harness.ts';
import { helloFrame, TestClient } from './test-client.harness.ts';
import { upgradeText, WebSocketClient } from './web-socket.harness.ts';

const CLIENTS = 400;
const ADMITTED_PER_SECOND = 200;
const OUTAGE_MS = 6_000;

interface Attempts {
  readonly errors: string[];
  readonly waitsMs: number[];
  client: TestClient | undefined;
}

/** A client that does what it is told: it comes back after the time of its refusal, neither sooner nor later. */
async function comeIn(box: TestBox, user: number, untilMs: number): Promise<Attempts> {
  const attempts: Attempts = { errors: [], waitsMs: [], client: undefined };
  while (Date.now() < untilMs) {
    const socket = await WebSocketClient.connect(box.endpoint);
    const client = new TestClient(socket);
    socket.write(upgradeText({ authorization: `Bearer ${box.token(user)}` }));
    await socket.until(() => socket.upgraded || socket.refusal !== undefined || socket.ended !== undefined, 'an answer', 20_000);
    if (socket.upgraded) {
      client.send(helloFrame());
      await client.next('changed', 0, 20_000);
      attempts.client = client;
      return attempts;
    }
    socket.leave();
    if (socket.refusal === undefined) throw new Error('cut off without a refusal');
    expect(socket.refusal.status).toBe(503);
    attempts.errors.push(socket.refusal.headers.get('parley-error')!);
    attempts.waitsMs.push(Number(socket.refusal.headers.get('parley-retry-ms')));
    await Bun.sleep(attempts.waitsMs.at(-1)!);
  }
  return attempts;
}

test('G5: refused for seconds, clients that obey come in as fast as the rate allows, after a handful of attempts each', async () => {
  const admission = { ...GENEROUS_ADMISSION, admissionsPerSecond: ADMITTED_PER_SECOND, admissionBurst: 20 };
  const box = await TestBox.start({ edge: { admission } });
  try {
    await box.killRelay();
    await eventually(async () => {
      const socket = await WebSocketClient.connect(box.endpoint);
      socket.write(upgradeText({ authorization: `Bearer ${box.token(1)}` }));
      await socket.until(() => socket.upgraded || socket.refusal !== undefined, 'an answer');
      socket.leave();
      return socket.refusal?.headers.get('parley-error') === 'relayAway';
    }, 'the edge to refuse');
    const started = Date.now();
    const coming = Array.from({ length: CLIENTS }, (_, index) => comeIn(box, index + 10, started + 60_000));
    await Bun.sleep(OUTAGE_MS);
    expect(await box.edge.metric('parley_edge_connections')).toBe(0);
    await box.startRelay();
    const all = await Promise.all(coming);
    expect(all.every(({ client }) => client !== undefined)).toBe(true);
    for (const { errors, waitsMs } of all) {
      for (const error of errors) expect(['relayAway', 'admission']).toContain(error);
      for (const waitMs of waitsMs) expect(waitMs).toBeGreaterThan(0);
      // Two to four seconds each while the relay is away, then a place in the queue of admissions.
      expect(errors.length).toBeLessThanOrEqual(8);
    }
    expect(await box.edge.metric('parley_edge_connections')).toBe(CLIENTS);
    expect(await box.edge.metric('parley_edge_refused_total')).toBeGreaterThanOrEqual(CLIENTS);
    for (const { client } of all) client!.socket.leave();
    await eventually(async () => (await box.edge.metric('parley_edge_connections')) === 0, 'every place back');
    await eventually(() => box.routes.size === 0, 'every route gone');
  } finally {
    await box.stop();
  }
}, 90_000);

for (const transport of ['bun', 'ws'] as const) {
  test(`G5: clients that leave during the upgrade give their places back (${transport})`, async () => {
    const box = await TestBox.start({ transport, edge: { maxSessions: 50 } });
    try {
      const text = () => upgradeText({ authorization: `Bearer ${box.token(7)}` });
      for (let round = 0; round < 200; round++) {
        const socket = await WebSocketClient.connect(box.endpoint);
        const request = text();
        // Cut at any place of the request, or gone right behind it.
        socket.write(round % 3 === 0 ? request : request.slice(0, (round * 37) % request.length));
        if (round % 5 === 0) await Bun.sleep(1);
        socket.leave();
      }
      await eventually(async () => (await box.edge.metric('parley_edge_connections')) === 0, 'every place back');
      const clients = await Promise.all(Array.from({ length: 50 }, (_, index) => box.live(index + 10)));
      expect(clients.length).toBe(50);
    } finally {
      await box.stop();
    }
  }, 60_000);
}
