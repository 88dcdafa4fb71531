/** The raw sockets against real ones: a fake box, and TCP servers that answer in pieces or not at all. */
import { afterEach, expect, test } from 'bun:test';
import { encode } from '../../services/protocol/codec.ts';
import { closeCode } from '../../services/protocol/error-codes.ts';
import { FakeBox } from '../fake-box/fake-box.ts';
import { SocketPool } from './socket-pool.ts';
import { Upgrade } from './upgrade.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const HELLO = encode({ name: 'hello', capabilities: 0, heartbeatSeconds: 30, flags: 0, position: new Uint8Array(0) });
const TOKEN = `x.${Buffer.from('{"sub":"5","dev":1}').toString('base64url')}.x`;

const cleanUps: Array<() => void> = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

function poolAt(port: number, connections = 4, outboxLimitBytes = 1_000_000, tls = false) {
  const seen: string[] = [];
  let changed: () => void = () => {};
  const note = (text: string) => {
    seen.push(text);
    changed();
  };
  const upgrade = new Upgrade(`127.0.0.1:${port}`, '/v1', KEY);
  const received = { bytes: 0, messages: 0 };
  const pool = new SocketPool(
    {
      connections,
      port,
      addressOf: (connection) => `127.0.0.${connection + 1}`,
      requestOf: () => upgrade.request(TOKEN),
      upgrade,
      tls,
      outboxLimitBytes,
    },
    {
      upgraded: (connection) => note(`upgraded ${connection}`),
      refused: (connection, error, retryMs) => note(`refused ${connection} ${error} ${retryMs}`),
      message: (_connection, message) => {
        received.bytes += message.length;
        received.messages++;
        changed();
        return message[0] === 0xff ? 'not liked' : undefined;
      },
      closed: (connection, code, reason) => note(`closed ${connection} ${code} ${reason}`),
    },
  );
  const until = async (what: string | (() => boolean)): Promise<void> => {
    const isThere = () => (typeof what === 'string' ? seen.some((text) => text.startsWith(what)) : what());
    const giveUp = Date.now() + 5_000;
    while (!isThere() && Date.now() < giveUp)
      await Promise.race([
        new Promise<void>((resolve) => {
          changed = resolve;
        }),
        Bun.sleep(50),
      ]);
    if (!isThere()) throw new Error(`never came: ${what}; seen: ${seen}`);
  };
  cleanUps.push(() => {
    for (let connection = 0; connection < connections; connection++) pool.hangUp(connection);
  });
  return { pool, seen, received, until };
}

function tcp(answer: (socket: Bun.Socket, request: string) => void): number {
  const server = Bun.listen({
    hostname: '0.0.0.0',
    port: 0,
    socket: { data: (socket, chunk) => answer(socket, chunk.toString('latin1')) },
  });
  cleanUps.push(() => server.stop(true));
  return server.port;
}

const HEAD =
  'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n';

test('upgrades, exchanges frames, and a close code is seen', async () => {
  const box = new FakeBox();
  cleanUps.push(() => box.stop());
  const { pool, seen, received, until } = poolAt(box.port);
  pool.dial(2);
  await until('upgraded 2');
  pool.transmit(2, [HELLO]);
  await until(() => received.messages === 1);
  expect([pool.open, box.open, pool.congested]).toEqual([1, 1, 0]);
  box.closeClients(closeCode('draining'));
  await until('closed 2');
  expect(seen.at(-1)).toBe('closed 2 4011 closed without a close frame');
  expect(pool.open).toBe(0);
});

test('a refusal before the upgrade gives its name and its time', async () => {
  const box = new FakeBox();
  cleanUps.push(() => box.stop());
  box.misbehaviour.refuse = { error: 'admission', retryMs: 1_234 };
  const { pool, seen, until } = poolAt(box.port);
  pool.dial(0);
  await until('refused 0');
  expect(seen).toEqual(['refused 0 admission 1234']);
});

test('a port where nobody listens is a failed attempt', async () => {
  const { pool, seen, until } = poolAt(1);
  pool.dial(0);
  await until('closed 0');
  expect(seen).toEqual(['closed 0 0 ECONNREFUSED']);
});

test('a connection that is reset in its TLS handshake is a failed attempt, and the next one is not its end', async () => {
  const server = Bun.listen({
    hostname: '0.0.0.0',
    port: 0,
    socket: { data: (socket) => socket.terminate() },
  });
  cleanUps.push(() => server.stop(true));
  const { pool, until, seen } = poolAt(server.port, 4, 1_000_000, true);
  pool.dial(1);
  await until('closed 1 0 reset');
  pool.dial(1);
  await until(() => seen.filter((text) => text === 'closed 1 0 reset').length === 2);
  expect(seen).toEqual(['closed 1 0 reset', 'closed 1 0 reset']);
  expect(pool.open).toBe(0);
});

test('an answer that comes byte by byte, with frames behind it, is read whole', async () => {
  const frames = [0x82, 3, 7, 8, 9, 0x02, 1, 1, 0x80, 1, 2];
  const bytes = Buffer.concat([Buffer.from(HEAD, 'latin1'), Uint8Array.from(frames)]);
  const port = tcp((socket, request) => {
    if (!request.startsWith('GET')) return;
    let at = 0;
    const timer = setInterval(() => {
      socket.write(bytes.subarray(at, at + 1));
      if (++at === bytes.length) clearInterval(timer);
    }, 1);
    cleanUps.push(() => clearInterval(timer));
  });
  const { pool, received, until } = poolAt(port);
  pool.dial(1);
  await until('upgraded 1');
  await until(() => received.messages === 2);
  expect(received.bytes).toBe(5);
});

test('a frame in the same chunk as the head is not lost', async () => {
  const port = tcp((socket, request) => {
    if (request.startsWith('GET')) socket.write(Buffer.concat([Buffer.from(HEAD, 'latin1'), Uint8Array.of(0x82, 1, 7)]));
  });
  const { pool, received, until } = poolAt(port);
  pool.dial(0);
  await until(() => received.messages === 1);
});

test('a server that breaks the protocol is hung up on, and so is one whose message is not liked', async () => {
  for (const [frame, reason] of [
    [[0x82, 0x81, 0, 0, 0, 0, 1], 'masked frame from a server'],
    [[0x82, 1, 0xff], 'not liked'],
  ] as const) {
    const port = tcp((socket, request) => {
      if (request.startsWith('GET')) socket.write(Buffer.concat([Buffer.from(HEAD, 'latin1'), Uint8Array.from(frame)]));
    });
    const { pool, seen, until } = poolAt(port);
    pool.dial(0);
    await until('closed 0');
    expect(seen).toEqual(['upgraded 0', `closed 0 0 ${reason}`]);
  }
});

test('what the kernel does not take goes out on drain, whole and in order', async () => {
  let bytes = 0;
  let sum = 0;
  let reading = false;
  const server = Bun.listen({
    hostname: '0.0.0.0',
    port: 0,
    socket: {
      data: (socket, chunk) => {
        if (!reading && chunk.toString('latin1', 0, 3) === 'GET') {
          socket.write(HEAD);
          socket.pause();
          setTimeout(() => {
            reading = true;
            socket.resume();
          }, 300);
          return;
        }
        bytes += chunk.length;
        for (const byte of chunk) sum = (sum * 31 + byte) >>> 0;
      },
    },
  });
  cleanUps.push(() => server.stop(true));
  const { pool, until } = poolAt(server.port, 1, 64 * 2 ** 20);
  pool.dial(0);
  await until('upgraded 0');
  let expected = 0;
  const frame = Uint8Array.from({ length: 65_536 }, (_, index) => (index * 7) & 255);
  const frames = 300;
  for (let turn = 0; turn < frames; turn++) {
    pool.write(0, frame);
    for (const byte of frame) expected = (expected * 31 + byte) >>> 0;
  }
  expect(pool.congested).toBe(1);
  await until(() => bytes === frames * frame.length);
  expect(sum).toBe(expected);
  expect(pool.congested).toBe(0);
});

test('at the limit of what is kept the connection is given up, and only that one', async () => {
  const port = tcp((socket, request) => {
    if (!request.startsWith('GET')) return;
    socket.write(HEAD);
    socket.pause();
  });
  const { pool, seen, until } = poolAt(port, 2, 100_000);
  pool.dial(0);
  pool.dial(1);
  await until('upgraded 0');
  await until('upgraded 1');
  const frame = new Uint8Array(65_536);
  for (let turn = 0; turn < 1_000 && !seen.includes('closed 0 0 own send buffer full'); turn++) pool.write(0, frame);
  expect(seen).toContain('closed 0 0 own send buffer full');
  expect(pool.open).toBe(1);
});

test('a socket that is hung up and dialled again is another: the old one’s end is not the new one’s', async () => {
  const box = new FakeBox();
  cleanUps.push(() => box.stop());
  const { pool, seen, received, until } = poolAt(box.port);
  pool.dial(0);
  await until('upgraded 0');
  pool.hangUp(0);
  pool.dial(0);
  await until(() => seen.filter((text) => text === 'upgraded 0').length === 2);
  pool.transmit(0, [HELLO]);
  await until(() => received.messages === 1);
  await Bun.sleep(50);
  expect(seen).toEqual(['upgraded 0', 'upgraded 0']);
});

test('a ping is answered', async () => {
  let pong = '';
  const port = tcp((socket, request) => {
    if (request.startsWith('GET')) socket.write(Buffer.concat([Buffer.from(HEAD, 'latin1'), Uint8Array.of(0x89, 2, 65, 66)]));
    else pong += request;
  });
  const { pool, until } = poolAt(port);
  pool.dial(0);
  await until(() => pong.length >= 8);
  expect([...Buffer.from(pong, 'latin1')]).toEqual([0x8a, 0x82, 0, 0, 0, 0, 65, 66]);
});
