/** What must hold for any input of the codec, and the count of how inputs end. It takes the codec, so that a test can break it. */
import type { Decoded } from './codec.ts';
import type { Frame } from './frames.ts';

export interface Codec {
  decode(source: Uint8Array, start?: number): Decoded;
  encode(frame: Frame): Uint8Array;
}

export interface Tally {
  inputs: number;
  /** Every frame was known. */
  decoded: number;
  /** Every frame could be read or skipped, and some were skipped. */
  skipped: number;
  malformed: number;
  tooLarge: number;
  /** Frames by name, in inputs of every kind. */
  readonly frames: Record<string, number>;
}

export function emptyTally(): Tally {
  return { inputs: 0, decoded: 0, skipped: 0, malformed: 0, tooLarge: 0, frames: {} };
}

/** Decodes the input frame by frame and adds how it ended to the tally. Gives what was wrong with the codec, if anything. */
export function checkInput(codec: Codec, input: Uint8Array, tally: Tally): string | undefined {
  tally.inputs++;
  let skipped = false;
  let at = 0;
  do {
    let decoded: Decoded;
    try {
      decoded = codec.decode(input, at);
    } catch (error) {
      return `decode threw at ${at}: ${error}`;
    }
    if (!decoded.ok) {
      tally[decoded.code]++;
      if (decoded.reason === '') return 'a failure without a reason';
      return decoded.at < 0 || decoded.at > input.length ? `a failure outside the input, at ${decoded.at}` : undefined;
    }
    if (decoded.next <= at || decoded.next > input.length) return `the frame at ${at} ends at ${decoded.next} of ${input.length}`;
    if (decoded.frame === undefined) skipped = true;
    else {
      tally.frames[decoded.frame.name] = (tally.frames[decoded.frame.name] ?? 0) + 1;
      const problem = disagreement(codec, decoded.frame, input.subarray(at, decoded.next));
      if (problem !== undefined) return problem;
    }
    at = decoded.next;
  } while (at < input.length);
  tally[skipped ? 'skipped' : 'decoded']++;
  return undefined;
}

/** The wire has one form for each frame, so what was decoded must encode to the very bytes it came from. */
function disagreement(codec: Codec, frame: Frame, bytes: Uint8Array): string | undefined {
  let again: Uint8Array;
  try {
    again = codec.encode(frame);
  } catch (error) {
    return `encode refused a decoded ${frame.name}: ${error}`;
  }
  return Buffer.compare(again, bytes) === 0 ? undefined : `${frame.name} was ${bytes.toHex()} and encodes to ${again.toHex()}`;
}
