import { afterEach, expect, test } from 'bun:test';
import { connect } from 'node:http2';
import { pushContract } from './push.contract.ts';
import type { PushNotice } from './push.ts';
import { PushGate } from './push-gate.ts';
import { HttpPush, type HttpPushOptions } from './push-http.ts';
import { PushStandIn, type PushStandInOptions } from './push-stand-in.ts';

const ends: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function start(standInOptions: PushStandInOptions = {}, options: Partial<HttpPushOptions> = {}) {
  const standIn = await PushStandIn.start(standInOptions);
  const push = new HttpPush({ url: standIn.url, log: () => undefined, deadlineMs: 300, ...options });
  ends.push(
    () => standIn.close(),
    () => push.close(),
  );
  return { standIn, push };
}

for (const gate of [false, true]) {
  pushContract(gate ? 'HTTP/2 behind a gate' : 'HTTP/2', async (answer) => {
    const standIn = await PushStandIn.start({ answer });
    const http = new HttpPush({ url: standIn.url, log: () => undefined, deadlineMs: 300 });
    const push = gate ? new PushGate({ push: http }) : http;
    return {
      push,
      told: (key) => standIn.told.get(key) ?? 0,
      close: async () => {
        await push.close();
        await standIn.close();
        expect(standIn.wrong).toEqual([]);
      },
    };
  });
}

const notices = (count: number): PushNotice[] => Array.from({ length: count }, (_, device) => ({ device, conversation: 1, sequence: 1 }));

test('no more notices are in flight than are allowed, and all are told', async () => {
  const { standIn, push } = await start({}, { inFlight: 8 });
  const results = await push.send(notices(500));
  expect(results.every(({ kind }) => kind === 'taken')).toBe(true);
  expect(standIn.told.size).toBe(500);
  expect(standIn.mostAtOnce).toBeLessThanOrEqual(8);
});

test('a connection that is cut leaves its notices for later; another is made', async () => {
  const { standIn, push } = await start();
  await push.send(notices(1));
  standIn.cut();
  await Bun.sleep(20);
  let results = await push.send(notices(3));
  for (let times = 0; results.some(({ kind }) => kind !== 'taken') && times < 20; times++) results = await push.send(notices(3));
  expect(results).toEqual([{ kind: 'taken' }, { kind: 'taken' }, { kind: 'taken' }]);
});

test('a service that is not there makes all later', async () => {
  const { standIn, push } = await start();
  await standIn.close();
  ends.shift();
  expect(await push.send(notices(2))).toMatchObject([{ kind: 'later' }, { kind: 'later' }]);
  expect(push.counts.unknown).toBe(2);
});

test('the gate tells a notice once, however often and at once it is asked to', async () => {
  const { standIn, push } = await start();
  const gate = new PushGate({ push });
  await Promise.all([gate.send(notices(10)), gate.send(notices(10))]);
  await gate.send([...notices(10), ...notices(10)]);
  expect([standIn.told.size, standIn.duplicates, gate.repeated]).toEqual([10, 0, 30]);
});

test('the gate tells a device that is gone no more, and forgets at its limit', async () => {
  const { standIn, push } = await start({ answer: ({ device }) => ({ status: device === 0 ? 410 : 200 }) });
  const gate = new PushGate({ push, mostRemembered: 2 });
  await gate.send(notices(1));
  expect(await gate.send([{ device: 0, conversation: 2, sequence: 9 }])).toEqual([{ kind: 'unregistered' }]);
  expect(standIn.told.size).toBe(1);
  for (const round of [1, 2])
    for (const one of notices(4).slice(1)) expect([round, await gate.send([one])]).toEqual([round, [{ kind: 'taken' }]]);
  expect(standIn.duplicates).toBe(3);
});

test('the stand-in refuses what is no notice', async () => {
  const { standIn } = await start();
  const session = connect(standIn.url);
  const ask = (headers: Record<string, string>, body: string) =>
    new Promise<number>((resolve, reject) => {
      const stream = session.request({ ':method': 'POST', ':path': '/v1/notices', 'content-type': 'application/json', ...headers });
      stream.on('response', (answer) => resolve(Number(answer[':status'])));
      stream.on('error', reject);
      stream.end(body);
    });
  const body = JSON.stringify({ device: 1, conversation: 2, sequence: 3 });
  expect(await ask({ 'idempotency-key': '1.2.3' }, body)).toBe(200);
  expect(await ask({ 'idempotency-key': '1.2.4' }, body)).toBe(400);
  expect(await ask({ 'idempotency-key': '1.2.3' }, body.replace('}', ',"text":"hello"}'))).toBe(400);
  expect(await ask({ 'idempotency-key': '1.2.3', ':path': '/' }, body)).toBe(400);
  session.destroy();
  expect(standIn.wrong).toHaveLength(3);
});
