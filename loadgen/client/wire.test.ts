import { describe, expect, test } from 'bun:test';
import { createHash, createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { binaryFrame, clientFrame, closeFrame, OPCODES } from './client-frame.ts';
import { destinations, isLoopback, loopbackAddress } from './destinations.ts';
import { Outbox } from './outbox.ts';
import { ServerStream } from './server-stream.ts';
import { tokenMinter } from './token.ts';
import { Upgrade } from './upgrade.ts';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** The example of RFC 6455 §1.3. */
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

describe('the upgrade', () => {
  const upgrade = new Upgrade('127.0.0.1:1', '/v1', KEY);
  const answer = (text: string) => upgrade.answer(Buffer.from(text, 'latin1'));
  const open = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${ACCEPT}\r\nSec-WebSocket-Protocol: parley.v1\r\n\r\n`;

  test('asks for the subprotocol and carries the token in the header', () => {
    expect(createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')).toBe(ACCEPT);
    const request = upgrade.request('a.b.c');
    expect(request).toStartWith('GET /v1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n');
    expect(request).toContain('Sec-WebSocket-Protocol: parley.v1\r\n');
    expect(request).toEndWith('Authorization: Bearer a.b.c\r\n\r\n');
  });

  test('is open when the accept and the subprotocol are right, and says where the first frame starts', () => {
    expect(answer(`${open}\x82\x00`)).toEqual({ kind: 'open', next: open.length });
  });

  test('is incomplete at every cut of the head', () => {
    for (let cut = 0; cut < open.length; cut++) expect(answer(open.slice(0, cut)).kind).toBe('incomplete');
  });

  test('is found wherever accept and subprotocol stand, also when the next head is another', () => {
    const longer = open.replace('Upgrade: websocket\r\n', 'Upgrade: websocket\r\nDate: Wed, 25 Nov 2026 02:36:21 GMT\r\n');
    for (const head of [open, longer, open, longer]) expect(answer(head)).toEqual({ kind: 'open', next: head.length });
  });

  test('is broken with another accept, without the subprotocol, and when it is no HTTP', () => {
    expect(answer(open.replace(ACCEPT, 'AAAA'))).toEqual({ kind: 'broken', reason: 'wrong Sec-WebSocket-Accept' });
    expect(answer(open.replace('parley.v1', 'chat'))).toEqual({ kind: 'broken', reason: 'subprotocol not agreed' });
    expect(answer('SSH-2.0-x\r\n\r\n').kind).toBe('broken');
    expect(answer('x'.repeat(20_000)).kind).toBe('broken');
  });

  test('a refusal gives its status, its error and when to come back', () => {
    const head = 'HTTP/1.1 503 Service Unavailable\r\nParley-Error: admission\r\nRetry-After: 2\r\nparley-retry-ms: 1500\r\n\r\n';
    expect(answer(head)).toEqual({ kind: 'refused', status: 503, error: 'admission', retryMs: 1_500 });
    expect(answer('HTTP/1.1 429 Too Many\r\nretry-after: 3\r\n\r\n')).toEqual({
      kind: 'refused',
      status: 429,
      error: 'http 429',
      retryMs: 3_000,
    });
  });
});

describe('client frames', () => {
  test('are masked with zeros, with each of the three forms of length', () => {
    expect([...binaryFrame(Uint8Array.of(1))]).toEqual([0x82, 0x81, 0, 0, 0, 0, 1]);
    expect([...binaryFrame(new Uint8Array(200)).subarray(0, 8)]).toEqual([0x82, 0xfe, 0, 200, 0, 0, 0, 0]);
    expect([...binaryFrame(new Uint8Array(70_000)).subarray(0, 10)]).toEqual([0x82, 0xff, 0, 0, 0, 0, 0, 1, 0x11, 0x70]);
    expect([...closeFrame(4_011)]).toEqual([0x88, 0x82, 0, 0, 0, 0, 0x0f, 0xab]);
  });

  test('hold several parts in order', () => {
    expect([...clientFrame(OPCODES.binary, Uint8Array.of(1, 2), Uint8Array.of(3))].slice(6)).toEqual([1, 2, 3]);
  });
});

describe('the stream of a server', () => {
  const frame = (first: number, payload: readonly number[]) =>
    payload.length < 126
      ? [first, payload.length, ...payload]
      : payload.length < 65_536
        ? [first, 126, payload.length >> 8, payload.length & 255, ...payload]
        : [first, 127, 0, 0, 0, 0, 0, payload.length >> 16, (payload.length >> 8) & 255, payload.length & 255, ...payload];
  const long = Array.from({ length: 300 }, (_, index) => index & 255);
  const BYTES = Uint8Array.from([
    ...frame(0x82, [1, 2, 3]),
    ...frame(0x02, [4]),
    ...frame(0x89, [9]),
    ...frame(0x00, [5]),
    ...frame(0x80, [6]),
    ...frame(0x82, long),
    ...frame(0x8a, []),
    ...frame(0x82, []),
    ...frame(0x88, [0x0f, 0xab]),
  ]);
  const SEEN = ['message 1,2,3', 'ping 9', 'message 4,5,6', `message ${long}`, 'message ', 'closing 4011'];

  function collect(chunks: readonly Uint8Array[], connection = 3) {
    const stream = new ServerStream();
    const seen: string[] = [];
    const visitor = {
      message: (_: number, message: Uint8Array) => seen.push(`message ${[...message]}`),
      ping: (_: number, payload: Uint8Array) => seen.push(`ping ${[...payload]}`),
      closing: (_: number, code: number) => seen.push(`closing ${code}`),
    };
    let failure: string | undefined;
    for (const chunk of chunks) failure ??= stream.push(connection, chunk, visitor);
    return { seen, failure, held: stream.held };
  }

  test('is read alike whole, cut in two at every byte, and byte by byte', () => {
    expect(collect([BYTES])).toEqual({ seen: SEEN, failure: undefined, held: 0 });
    for (let cut = 1; cut < BYTES.length; cut++) expect(collect([BYTES.subarray(0, cut), BYTES.subarray(cut)]).seen).toEqual(SEEN);
    expect(collect([...BYTES].map((byte) => Uint8Array.of(byte)))).toEqual({ seen: SEEN, failure: undefined, held: 0 });
  });

  test('keeps nothing for a connection between whole messages', () => {
    expect(collect([BYTES.subarray(0, 5)]).held).toBe(0);
    expect(collect([BYTES.subarray(0, 4)]).held).toBe(1);
  });

  test('reads a message with a 64-bit length', () => {
    const big = new Array(70_000).fill(7);
    expect(collect([Uint8Array.from(frame(0x82, big))]).seen[0]).toHaveLength('message '.length + 2 * 70_000 - 1);
  });

  test('names what a server did wrong', () => {
    expect(collect([Uint8Array.of(0x82, 0x81, 0, 0, 0, 0, 1)]).failure).toBe('masked frame from a server');
    expect(collect([Uint8Array.of(0xc2, 0)]).failure).toBe('reserved bits set');
    expect(collect([Uint8Array.of(0x81, 0)]).failure).toBe('opcode 1');
    expect(collect([Uint8Array.of(0x80, 0)]).failure).toBe('continuation of nothing');
    expect(collect([Uint8Array.of(0x02, 0, 0x82, 0)]).failure).toBe('message within a message');
    expect(collect([Uint8Array.of(0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0)]).failure).toContain('frame of');
  });

  test('connections do not mix', () => {
    const stream = new ServerStream();
    const seen: string[] = [];
    const visitor = {
      message: (connection: number, message: Uint8Array) => seen.push(`${connection}: ${[...message]}`),
      ping() {},
      closing() {},
    };
    stream.push(1, Uint8Array.of(0x82, 2, 1), visitor);
    stream.push(2, Uint8Array.of(0x82, 2, 8), visitor);
    stream.push(1, Uint8Array.of(1), visitor);
    stream.forget(2);
    stream.push(2, Uint8Array.of(0x82, 1, 5), visitor);
    expect(seen).toEqual(['1: 1,1', '2: 5']);
  });
});

describe('what a socket did not take', () => {
  /** A socket that takes so many bytes in all, then nothing. */
  const socket = (room: number) => {
    const taken: number[] = [];
    return {
      taken,
      give(bytes: number) {
        room += bytes;
      },
      write(data: Uint8Array) {
        const now = Math.min(room, data.length);
        room -= now;
        taken.push(...data.subarray(0, now));
        return now;
      },
    };
  };

  test('is kept in order and goes out on drain, whatever the steps', () => {
    for (let step = 1; step < 8; step++) {
      const outbox = new Outbox(1_000);
      const small = socket(2);
      expect(outbox.write(1, small, Uint8Array.of(1, 2, 3))).toBe('kept');
      expect(outbox.write(1, small, Uint8Array.of(4, 5))).toBe('kept');
      expect(outbox.bytesOf(1)).toBe(3);
      for (let turn = 0; turn < 8; turn++) {
        small.give(step);
        outbox.drain(1, small);
      }
      expect(small.taken).toEqual([1, 2, 3, 4, 5]);
      expect(outbox.connections).toBe(0);
      expect(outbox.write(1, small, Uint8Array.of(6))).toBe('written');
    }
  });

  test('is bounded per connection', () => {
    const outbox = new Outbox(4);
    const full = socket(0);
    expect(outbox.write(1, full, new Uint8Array(5))).toBe('full');
    expect(outbox.write(1, full, new Uint8Array(3))).toBe('kept');
    expect(outbox.write(1, full, new Uint8Array(2))).toBe('full');
    expect(outbox.write(2, full, new Uint8Array(3))).toBe('kept');
    outbox.forget(1);
    expect(outbox.connections).toBe(1);
  });

  test('a socket that is gone is said to be gone', () => {
    expect(new Outbox(4).write(1, { write: () => -1 }, Uint8Array.of(1))).toBe('gone');
  });
});

describe('tokens', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const secret = Buffer.alloc(32, 7);
  const keys = {
    region: { kid: 'region-1', secretBase64Url: secret.toString('base64url') },
    user: { kid: 'user-1', privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() },
  };
  const parts = (token: string) => token.split('.') as [string, string, string];
  const json = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());

  test('by HS256 carry user, device and times under the region’s key', () => {
    const [header, claims, seal] = parts(tokenMinter(keys, 'HS256', 60)(2 ** 40 + 5, 3, 1_000));
    expect(json(header)).toEqual({ alg: 'HS256', typ: 'JWT', kid: 'region-1' });
    expect(json(claims)).toEqual({ sub: String(2 ** 40 + 5), dev: 3, iat: 1_000, exp: 1_060 });
    expect(seal).toBe(createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url'));
  });

  test('by EdDSA are signed with the users’ key', () => {
    const [header, claims, seal] = parts(tokenMinter(keys, 'EdDSA', 60)(1, 1, 1_000));
    expect(json(header).kid).toBe('user-1');
    const key = createPublicKey(publicKey.export({ format: 'pem', type: 'spki' }).toString());
    expect(verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(seal, 'base64url'))).toBe(true);
  });
});

test('connections are spread over loopback addresses, and a foreign host is left as it is', () => {
  expect(destinations('127.0.0.1', 3)).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3']);
  expect(loopbackAddress(253)).toBe('127.0.0.254');
  expect(loopbackAddress(254)).toBe('127.0.1.1');
  expect(destinations('example.org', 3)).toEqual(['example.org']);
  expect([isLoopback('localhost'), isLoopback('127.8.9.1'), isLoopback('127.0.0.1.evil.org'), isLoopback('10.0.0.1')]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
