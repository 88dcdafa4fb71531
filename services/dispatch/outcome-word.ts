/**
 * What a record came to in 32 bits, for the memory of ids: its sequence, or the code of its rejection, above the last bit, which
 * tells them apart. What does not fit (a sequence of 2^31 - 1 and more) is unknown, and read from the store.
 */
import type { RecordedOutcome } from '../store/store.ts';

export const UNKNOWN_WORD = 0xffff_ffff;
const MOST = 0x7fff_ffff;

export function wordOf(outcome: RecordedOutcome): number {
  const isCode = 'code' in outcome;
  const value = isCode ? outcome.code : outcome.sequence;
  return value < MOST ? value * 2 + (isCode ? 1 : 0) : UNKNOWN_WORD;
}

export function fromWord(word: number): RecordedOutcome | undefined {
  if (word === UNKNOWN_WORD) return undefined;
  const value = word >>> 1;
  return word % 2 === 1 ? { code: value } : { sequence: value };
}
