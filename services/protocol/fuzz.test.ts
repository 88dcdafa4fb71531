/** A short fuzz run with a fixed seed, and proof that the check sees a broken codec. */
import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { type DecodeFailure, decode, encode } from './codec.ts';
import { FRAMES } from './frame-table.ts';
import { type Codec, checkInput, emptyTally } from './fuzz-check.ts';
import { fuzzInput } from './fuzz-input.ts';
import vectors from './vectors.json';

const INPUTS = 30_000;
const VECTORS = vectors.frames.map((vector) => Uint8Array.fromHex(vector.hex));
const CODEC: Codec = { decode, encode };

describe('the codec under random and mutated input', () => {
  test('never throws, and decodes only what it would encode', () => {
    const tally = emptyTally();
    for (let index = 0; index < INPUTS; index++) {
      const input = fuzzInput(1, index, VECTORS);
      expect([index, checkInput(CODEC, input, tally)]).toEqual([index, undefined]);
    }
    expect(tally.decoded + tally.skipped + tally.malformed + tally.tooLarge).toBe(INPUTS);
    for (const count of [tally.decoded, tally.skipped, tally.malformed, tally.tooLarge]) expect(count).toBeGreaterThan(0);
    expect(Object.keys(tally.frames).sort()).toEqual(Object.keys(FRAMES).sort());
  });
});

describe('an input', () => {
  test('is a function of seed and index', () => {
    for (let index = 0; index < 50; index++) expect(fuzzInput(7, index, VECTORS)).toEqual(fuzzInput(7, index, VECTORS));
    expect(fuzzInput(7, 3, VECTORS)).not.toEqual(fuzzInput(8, 3, VECTORS));
  });
});

describe('the check', () => {
  const ack = Uint8Array.fromHex('25020102');
  const fail = (at: number, reason: string): DecodeFailure => ({ ok: false, code: 'malformed', reason, at });

  test.each<[string, Partial<Codec>, string]>([
    [
      'a decode that throws',
      {
        decode: () => {
          throw new TypeError('broken');
        },
      },
      'decode threw at 0',
    ],
    ['a decode that stands still', { decode: () => ({ ok: true, frame: undefined, type: 0x25, next: 0 }) }, 'ends at 0 of 4'],
    ['a decode that reads past the end', { decode: () => ({ ok: true, frame: undefined, type: 0x25, next: 5 }) }, 'ends at 5 of 4'],
    ['a failure without a reason', { decode: () => fail(0, '') }, 'without a reason'],
    ['a failure outside the input', { decode: () => fail(5, 'x') }, 'outside the input'],
    ['an encode that disagrees', { encode: () => Uint8Array.of(1) }, 'was 25020102 and encodes to 01'],
    [
      'an encode that refuses',
      {
        encode: () => {
          throw new RangeError('no');
        },
      },
      'encode refused a decoded ack',
    ],
  ])('sees %s', (_, broken, problem) => {
    expect(checkInput({ ...CODEC, ...broken }, ack, emptyTally())).toContain(problem);
  });
});

describe('the script', () => {
  test('reports what it tried and ends with 0', () => {
    const { exitCode, stdout } = Bun.spawnSync([process.execPath, join(import.meta.dir, 'fuzz.ts'), '--seconds', '0.2', '--seed', '5']);
    expect(stdout.toString()).toMatch(/^seed 5: [\d,]+ inputs in [\d.]+ s\n[\s\S]*no throw, no hang, no disagreement/);
    expect(exitCode).toBe(0);
  });

  test('makes one input again', () => {
    const { exitCode, stdout } = Bun.spawnSync([process.execPath, join(import.meta.dir, 'fuzz.ts'), '--seed', '5', '--index', '12']);
    expect(stdout.toString()).toContain(`${fuzzInput(5, 12, ALL_VECTORS).toHex()}\n`);
    expect(exitCode).toBe(0);
  });

  const ALL_VECTORS = [...vectors.frames, ...vectors.invalid, ...vectors.messages].map((vector) => Uint8Array.fromHex(vector.hex));
});
