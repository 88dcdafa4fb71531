/** Every vector of vectors.json: whole, cut at every byte, with every byte changed, and round trip. */
import { describe, expect, test } from 'bun:test';
import { decode, decodeAll, encode, varintBytes, writeVarint } from './codec.ts';
import { BARE_TYPE_MAX, FRAMES } from './frame-table.ts';
import type { FrameName } from './frames.ts';
import vectors from './vectors.json';
import { frameOf, type Vectors } from './vectors.ts';

const { frames, invalid, messages } = vectors as Vectors;
const NAMES = Object.keys(FRAMES) as FrameName[];

describe('a frame vector', () => {
  test.each(NAMES)('exists at least twice for %s, or once where there is one form only', (name) => {
    const own = frames.filter((vector) => vector.frame === name);
    expect(own.length).toBeGreaterThanOrEqual(FRAMES[name].type <= BARE_TYPE_MAX ? 1 : 2);
    expect(new Set(own.map((vector) => vector.hex)).size).toBe(own.length);
  });

  test('has a name of its own', () => {
    expect(new Set(frames.map((vector) => vector.name)).size).toBe(frames.length);
  });

  test.each(frames.map((vector) => [vector.name, vector] as const))('decodes to its fields and encodes to its bytes: %s', (_, vector) => {
    const bytes = Uint8Array.fromHex(vector.hex);
    expect(decode(bytes)).toEqual({ ok: true, frame: frameOf(vector), next: bytes.length });
    expect(encode(frameOf(vector)).toHex()).toBe(vector.hex);
  });

  test.each(NAMES)('gives a failure that names the frame at every cut: %s', (name) => {
    for (const vector of frames) {
      if (vector.frame !== name) continue;
      const bytes = Uint8Array.fromHex(vector.hex);
      for (let length = 1; length < bytes.length; length++) {
        const decoded = decode(bytes.subarray(0, length));
        expect(decoded).toMatchObject({ ok: false, code: 'malformed', at: length });
        expect(decoded.ok || decoded.reason).toStartWith(name);
      }
    }
  });

  test.each(NAMES)('gives a failure that names the field when its payload is cut and its length fits the cut: %s', (name) => {
    for (const vector of frames) {
      if (vector.frame !== name) continue;
      const bytes = Uint8Array.fromHex(vector.hex);
      const payloadStart = bytes.length - payloadBytesOf(bytes);
      for (let length = 0; length < bytes.length - payloadStart; length++) {
        const decoded = decode(framed(bytes[0]!, bytes.subarray(payloadStart, payloadStart + length)));
        expect(decoded).toMatchObject({ ok: false, code: 'malformed' });
        const path = /^(\w+)\.(\w+)(\[\d+\]\.\w+)?: (number cut|\d+ bytes missing|\d+ items in \d+ bytes)$/.exec(
          decoded.ok ? '' : decoded.reason,
        );
        expect(path?.[1]).toBe(name);
        expect(FRAMES[name].fields.map((field) => field.name as string)).toContain(path?.[2] ?? '');
      }
    }
  });

  test('never throws with any one byte changed, and what still decodes encodes to the same bytes', () => {
    for (const vector of frames) {
      const bytes = Uint8Array.fromHex(vector.hex);
      for (let place = 0; place < bytes.length; place++) {
        for (const change of [0x01, 0x80, 0xff, bytes[place]!]) {
          const changed = bytes.slice();
          changed[place] = changed[place]! ^ change;
          const decoded = decode(changed);
          if (!decoded.ok) expect(decoded.reason).not.toBe('');
          else if (decoded.frame !== undefined) expect(encode(decoded.frame)).toEqual(changed.subarray(0, decoded.next));
        }
      }
    }
  });

  test('decodes in the middle of other bytes', () => {
    for (const vector of frames) {
      const bytes = Uint8Array.fromHex(`ffff${vector.hex}00`);
      expect(decode(bytes, 2)).toEqual({ ok: true, frame: frameOf(vector), next: bytes.length - 1 });
    }
  });
});

describe('an invalid vector', () => {
  test.each(invalid.map((vector) => [vector.name, vector] as const))('gives its failure: %s', (_, vector) => {
    const { code, reason, at } = vector;
    expect(decode(Uint8Array.fromHex(vector.hex))).toEqual({ ok: false, code, reason, at });
  });
});

describe('a message vector', () => {
  test.each(messages.map((vector) => [vector.name, vector] as const))('gives its frames: %s', (_, vector) => {
    const decoded = decodeAll(Uint8Array.fromHex(vector.hex));
    expect(decoded.ok && decoded.frames.map((frame) => frame.name as string)).toEqual([...vector.frames]);
  });
});

function payloadBytesOf(bytes: Uint8Array): number {
  let lengthBytes = 1;
  if (bytes.length === 1) return 0;
  while (bytes[lengthBytes]! >= 128) lengthBytes++;
  return bytes.length - 1 - lengthBytes;
}

function framed(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + varintBytes(payload.length) + payload.length);
  bytes[0] = type;
  bytes.set(payload, writeVarint(bytes, 1, payload.length));
  return bytes;
}
