import { afterEach, expect, test } from 'bun:test';
import { RpcClient, RpcServer } from './rpc.ts';
import type { Listening } from './tcp.ts';

const secret = new Uint8Array(32).fill(9);
const closers: Array<() => void> = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

function serve(port: number, handler: (payload: Uint8Array) => Uint8Array | Promise<Uint8Array>): Listening {
  const server = new RpcServer({ secret, log: () => undefined });
  server.handle(1, handler);
  const listening = server.listen('127.0.0.1', port);
  closers.push(() => listening.close());
  return listening;
}

function connect(port: () => number | undefined, overrides: { secret?: Uint8Array; pendingBytesLimit?: number } = {}): RpcClient {
  const client = new RpcClient({ host: '127.0.0.1', port, secret, pendingBytesLimit: 1_000_000, log: () => undefined, ...overrides });
  closers.push(() => client.close());
  return client;
}

test('a call gets its own answer, also when answers come in another order', async () => {
  const listening = serve(0, async (payload) => {
    const value = payload[0]!;
    await Bun.sleep(value % 5);
    return Uint8Array.of(value, value);
  });
  const client = connect(() => listening.port);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, value) => client.call(1, Uint8Array.of(value))));
  expect(answers.map((answer) => answer[0])).toEqual(Array.from({ length: 100 }, (_, value) => value));
  expect(client.pendingBytes).toBe(0);
});

test('calls that were not answered are sent again after the server came back', async () => {
  const first = serve(0, () => new Promise<Uint8Array>(() => undefined));
  let port: number | undefined = first.port;
  const client = connect(() => port);
  const incarnations: string[] = [];
  client.onConnected((incarnation) => incarnations.push(incarnation));
  const answers = Array.from({ length: 10 }, (_, value) => client.call(1, Uint8Array.of(value)));
  while (incarnations.length === 0) await Bun.sleep(5);
  port = undefined;
  first.close();
  port = serve(0, (payload) => payload.slice()).port;
  expect((await Promise.all(answers)).map((answer) => answer[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(new Set(incarnations).size).toBe(2);
});

test('over the limit of pending bytes a call is refused at once and nothing else is lost', async () => {
  const client = connect(() => undefined, { pendingBytesLimit: 1_000 });
  const kept = client.call(1, new Uint8Array(600)).catch((error: Error) => error.message);
  expect(client.call(1, new Uint8Array(600))).rejects.toThrow('bytes wait for the backend');
  client.close();
  expect(await kept).toBe('the client is closed');
});

test('a peer that does not know the secret gets no answer and the server stays up', async () => {
  const listening = serve(0, (payload) => payload.slice());
  const stranger = connect(() => listening.port, { secret: new Uint8Array(32).fill(1) });
  let answered = false;
  void stranger
    .call(1, Uint8Array.of(1))
    .then(() => (answered = true))
    .catch(() => undefined);
  const friend = connect(() => listening.port);
  expect((await friend.call(1, Uint8Array.of(7)))[0]).toBe(7);
  expect(answered).toBe(false);
  expect(stranger.isConnected).toBe(false);
});

test('a handler that throws fails its own call only', async () => {
  const listening = serve(0, (payload) => {
    if (payload[0] === 1) throw new Error('broken');
    return payload.slice();
  });
  const client = connect(() => listening.port);
  expect(client.call(1, Uint8Array.of(1))).rejects.toThrow('broken');
  expect((await client.call(1, Uint8Array.of(2)))[0]).toBe(2);
});

test('an answer is a copy: what comes after it on the link changes nothing of it', async () => {
  const listening = serve(0, (payload) => new Uint8Array(20_000).fill(payload[0]!));
  const client = connect(() => listening.port);
  const answers: Uint8Array[] = [];
  for (let value = 0; value < 50; value++) answers.push(await client.call(1, Uint8Array.of(value)));
  for (const [value, answer] of answers.entries()) expect(answer.every((byte) => byte === value)).toBe(true);
  expect(answers.every((answer) => answer.buffer.byteLength === answer.length)).toBe(true);
});
