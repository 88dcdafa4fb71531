/** The codec by bytes that were worked out by hand from the grammar, and at the limits of the table. */
import { describe, expect, test } from 'bun:test';
import { decode, decodeAll, encode, encodeFrame, varintBytes, writeVarint } from './codec.ts';
import type { Frame } from './frames.ts';
import { LIMITS } from './limits.ts';

const ID = Uint8Array.from({ length: 16 }, (_, index) => index);

describe('encode', () => {
  test('writes a heartbeat as one byte', () => {
    expect(encode({ name: 'heartbeat' })).toEqual(Uint8Array.of(0x01));
  });

  test('writes type, length and fields in the order of the table', () => {
    // conversation 300 is 0b10_0101100: ac 02.
    expect(encodeFrame('ack', { conversation: 300, sequence: 1 }).toHex()).toBe('2503ac0201');
    expect(encodeFrame('accepted', { conversation: 5, id: ID }).toHex()).toBe('211105000102030405060708090a0b0c0d0e0f');
    const bodies = [{ device: 0, body: Uint8Array.of(0xaa, 0xbb) }];
    expect(encodeFrame('send', { conversation: 5, id: ID, contentType: 2, bodies }).toHex()).toBe(
      '201705000102030405060708090a0b0c0d0e0f020100 02aabb'.replace(' ', ''),
    );
  });

  test('gives bytes that a later encode does not touch', () => {
    const first = encodeFrame('ack', { conversation: 1, sequence: 2 });
    encodeFrame('ack', { conversation: 100, sequence: 100 });
    expect(first.toHex()).toBe('25020102');
  });

  test.each([
    ['a number below zero', { name: 'ack', conversation: -1, sequence: 0 }, 'conversation: -1'],
    ['a fraction', { name: 'ack', conversation: 0.5, sequence: 0 }, 'conversation: 0.5'],
    ['a number above 2^53 - 1', { name: 'ack', conversation: 2 ** 53, sequence: 0 }, 'conversation: 9007199254740992'],
    ['a number above its maximum', { name: 'receiptPrivacy', withhold: 2 }, 'withhold: 2, at most 1'],
    ['a field that is not there', { name: 'ack', conversation: 1 }, 'sequence: undefined'],
    ['a short id', { name: 'accepted', conversation: 1, id: new Uint8Array(15) }, 'id: an id has 16 bytes'],
    ['long bytes', { name: 'resume', position: new Uint8Array(1_025) }, 'position: 1025 bytes, at most 1024'],
    [
      'a long list',
      { name: 'presenceSubscribe', users: Array(1_025).fill({ user: 1, conversation: 2 }) },
      'users: 1025 items, at most 1024',
    ],
  ])('throws on %s and names it', (_, frame, message) => {
    expect(() => encode(frame as unknown as Frame)).toThrow(message);
  });

  test('throws on a page whose entries are within their limits but whose frame is not', () => {
    const entry = { sequence: 1, kind: 0, sender: 1, id: ID, loggedAtMs: 0, contentType: 0, body: new Uint8Array(LIMITS.bodyBytes.value) };
    for (const entries of [Array(2).fill(entry), Array(256).fill(entry)]) {
      expect(() => encodeFrame('historyPage', { conversation: 1, more: 0, entries })).toThrow('historyPage: frame of');
    }
  });
});

describe('the limits', () => {
  const emptyListed = (bodyBytes: number) =>
    ({ name: 'send', conversation: 1, id: ID, contentType: 0, bodies: [{ device: 0, body: new Uint8Array(bodyBytes) }] }) as const;

  test('let the largest body through, and one byte more is refused on both sides', () => {
    const bytes = encode(emptyListed(LIMITS.bodyBytes.value));
    expect(decode(bytes)).toMatchObject({ ok: true, next: bytes.length });
    expect(() => encode(emptyListed(LIMITS.bodyBytes.value + 1))).toThrow('body: 65537 bytes, at most 65536');
  });

  test('let a send to the most recipient devices through with the largest sum of bodies', () => {
    const each = LIMITS.bodyBytes.value / LIMITS.bodiesPerSend.value;
    const bodies = Array.from({ length: LIMITS.bodiesPerSend.value }, () => ({ device: 2 ** 53 - 1, body: new Uint8Array(each) }));
    const bytes = encodeFrame('send', { conversation: 2 ** 53 - 1, id: ID, contentType: 65_535, bodies });
    expect(decode(bytes)).toMatchObject({ ok: true, next: bytes.length });
  });

  test('let the largest frame through, and one byte more is refused', () => {
    const largest = new Uint8Array(LIMITS.frameBytes.value);
    largest[0] = 0x7f;
    writeVarint(largest, 1, largest.length - 4);
    expect(decode(largest)).toEqual({ ok: true, frame: undefined, type: 0x7f, next: largest.length });
    writeVarint(largest, 1, largest.length - 3);
    expect(decode(largest)).toMatchObject({ ok: false, code: 'tooLarge' });
  });

  test('leave room for the largest frame in a WebSocket message', () => {
    expect(LIMITS.webSocketMessageBytes.value).toBeGreaterThanOrEqual(LIMITS.frameBytes.value);
  });
});

describe('decode', () => {
  test('gives bytes that are views of the input', () => {
    const input = encodeFrame('resume', { position: Uint8Array.of(1, 2, 3) });
    const decoded = decode(input);
    input[5] = 99;
    expect(decoded).toMatchObject({ frame: { position: Uint8Array.of(1, 2, 99) } });
  });

  test('keeps a byte order mark at the start of a text', () => {
    const frame = { name: 'error', code: 1, aboutType: 0, id: ID, retryAfterMs: 0, detail: '\ufeffmark' } as const;
    expect(decode(encode(frame))).toMatchObject({ frame });
  });

  test('names the item of a list', () => {
    const bytes = Uint8Array.fromHex('3a0703800101020280');
    expect(decode(bytes)).toMatchObject({ ok: false, reason: 'presenceSubscribe.users[2].user: number cut' });
  });

  test('refuses a count that the frame can’t hold before it makes an item', () => {
    // A count of 256 changes of at least two bytes each, and nothing after it.
    const bytes = Uint8Array.fromHex('130400008002');
    expect(decode(bytes)).toMatchObject({ ok: false, reason: 'changed.changes: 256 items in 0 bytes' });
  });
});

describe('decodeAll', () => {
  test('gives every frame of a message', () => {
    const bytes = Uint8Array.fromHex('0125020102ff0001');
    expect(decodeAll(bytes)).toEqual({
      ok: true,
      frames: [{ name: 'heartbeat' }, { name: 'ack', conversation: 1, sequence: 2 }, { name: 'heartbeat' }],
    });
  });

  test('gives the first failure, and its place in the message', () => {
    expect(decodeAll(Uint8Array.fromHex('012503010200'))).toMatchObject({ ok: false, reason: 'ack: 1 bytes too many', at: 5 });
  });

  test('refuses an empty message', () => {
    expect(decodeAll(new Uint8Array(0))).toMatchObject({ ok: false, code: 'malformed' });
  });
});

describe('a varint', () => {
  test.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_383, 'ff7f'],
    [16_384, '808001'],
    [2 ** 28 - 1, 'ffffff7f'],
    [2 ** 28, '8080808001'],
    [2 ** 31, '8080808008'],
    [2 ** 32 - 1, 'ffffffff0f'],
    [2 ** 32, '8080808010'],
    [2 ** 35 - 1, 'ffffffff7f'],
    [2 ** 49, '8080808080808001'],
    [2 ** 53 - 1, 'ffffffffffffff0f'],
  ])('of %d is %s', (value, hex) => {
    const bytes = new Uint8Array(varintBytes(value));
    expect(writeVarint(bytes, 0, value)).toBe(bytes.length);
    expect(bytes.toHex()).toBe(hex);
  });
});
