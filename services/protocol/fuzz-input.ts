/**
 * Inputs of the fuzz run: mutated vectors, framed and plain random bytes. Input number `index` of a seed is a function
 * of both, so that any single one can be made again.
 */
import { varintBytes, writeVarint } from './varint.ts';

const MOST_MUTATIONS = 4;
const LONGEST_RANDOM_BYTES = 64;
const INTERESTING = [0x00, 0x01, 0x0f, 0x10, 0x7f, 0x80, 0xff];

export function fuzzInput(seed: number, index: number, vectors: readonly Uint8Array[]): Uint8Array {
  const random = randomFrom(seed, index);
  switch (random(8)) {
    case 0:
      return randomBytes(random);
    case 1:
      return framed(random(256), randomBytes(random));
    case 2:
      return concatenated(Array.from({ length: 1 + random(4) }, () => mutated(pick(random, vectors), vectors, random)));
    case 3: {
      const vector = mutated(pick(random, vectors), vectors, random);
      return vector.length < 3 ? vector : framed(vector[0]!, vector.subarray(2));
    }
    default:
      return mutated(pick(random, vectors), vectors, random);
  }
}

/** A whole number below `below`. */
type Random = (below: number) => number;

function mutated(vector: Uint8Array, vectors: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = vector;
  for (let left = random(MOST_MUTATIONS + 1); left > 0; left--) bytes = mutatedOnce(bytes, vectors, random);
  return bytes;
}

function mutatedOnce(bytes: Uint8Array, vectors: readonly Uint8Array[], random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const head = bytes.subarray(0, at);
  const tail = bytes.subarray(at);
  const rest = bytes.subarray(Math.min(bytes.length, at + 1));
  switch (random(7)) {
    case 0:
      return concatenated([head, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random(8))), rest]);
    case 1:
      return concatenated([head, Uint8Array.of(pick(random, INTERESTING)), rest]);
    case 2:
      return concatenated([head, randomBytes(random).subarray(0, 4), tail]);
    case 3:
      return concatenated([head, bytes.subarray(Math.min(bytes.length, at + 1 + random(8)))]);
    case 4:
      return head;
    case 5:
      return concatenated([head, varint(2 ** random(54)), tail]);
    default:
      return concatenated([head, pick(random, vectors)]);
  }
}

function randomBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: random(LONGEST_RANDOM_BYTES + 1) }, () => random(256));
}

function framed(type: number, payload: Uint8Array): Uint8Array {
  return concatenated([Uint8Array.of(type), varint(payload.length), payload]);
}

function varint(value: number): Uint8Array {
  const bytes = new Uint8Array(varintBytes(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random(items.length)]!;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** splitmix32: one addition and one mixing function a number; a new stream for each input. */
function randomFrom(seed: number, index: number): Random {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(index + 1, 0x85eb_ca77)) | 0;
  return (below) => {
    state = (state + 0x9e37_79b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0_aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a_2d97);
    mixed ^= mixed >>> 15;
    return Math.floor(((mixed >>> 0) / 2 ** 32) * below);
  };
}
