/**
 * Single fields of frames that this system itself has encoded, read without decoding the rest: for who only passes them on.
 * `peek.test.ts` holds the places against the codec.
 */
import { FRAMES } from './frame-table.ts';
import { readVarint } from './varint.ts';

const DELIVER = FRAMES.deliver.type;
const ACCEPTED = FRAMES.accepted.type;
const ERROR = FRAMES.error.type;
const ID_BYTES = 16;

/** Log time of the entry of the DELIVER that starts at `at`; undefined: another frame. */
export function loggedAtOfDeliver(source: Uint8Array, at: number): number | undefined {
  if (source[at] !== DELIVER) return undefined;
  // length, conversation, sequence, kind, sender, then the id
  return readVarint({ source, at: afterVarints(source, at + 1, 5) + ID_BYTES, end: source.length });
}

/** Where the id of the ACCEPTED that starts at `at` stands; -1: another frame. */
export function idOfAccepted(source: Uint8Array, at: number): number {
  return source[at] === ACCEPTED ? afterVarints(source, at + 1, 2) : -1;
}

/** Where the id of the ERROR that starts at `at` stands; -1: another frame. */
export function idOfError(source: Uint8Array, at: number): number {
  return source[at] === ERROR ? afterVarints(source, at + 1, 3) : -1;
}

function afterVarints(source: Uint8Array, from: number, count: number): number {
  let at = from;
  for (let left = count; left > 0; left--) while (source[at++]! >= 128);
  return at;
}
