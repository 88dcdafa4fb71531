/**
 * Whether each conversation's sequences are what an ordered log gives: every number belongs to one message, and from 2 on
 * (1 is the creation) there is no hole. A conversation with a message of unknown outcome may have holes: that one's number.
 */
const SEQUENCE_SPAN = 2 ** 32;
const FIRST_MESSAGE_SEQUENCE = 2;

/** `undecided`: whether a message without a known sequence may all the same have one. */
export function sequenceFaults(conversationOf: Uint32Array, sequences: Uint32Array, undecided: (number: number) => boolean): string[] {
  const faults: string[] = [];
  const holesAllowed = new Set<number>();
  const numbered: number[] = [];
  for (let number = 0; number < sequences.length; number++) {
    if (sequences[number]! > 0) numbered.push(conversationOf[number]! * SEQUENCE_SPAN + sequences[number]!);
    else if (undecided(number)) holesAllowed.add(conversationOf[number]!);
  }
  let conversation = -1;
  let expected = FIRST_MESSAGE_SEQUENCE;
  for (const key of new Float64Array(numbered).sort()) {
    const own = Math.floor(key / SEQUENCE_SPAN);
    const sequence = key % SEQUENCE_SPAN;
    if (own !== conversation) {
      conversation = own;
      expected = FIRST_MESSAGE_SEQUENCE;
    }
    if (sequence < expected) faults.push(`sequence ${sequence} of conversation ${own} belongs to two messages, or to none`);
    else if (sequence > expected && !holesAllowed.has(own)) faults.push(`conversation ${own} goes from ${expected - 1} to ${sequence}`);
    expected = sequence + 1;
  }
  return faults;
}
