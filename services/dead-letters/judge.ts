/**
 * What would become of each dead letter now. A message may be put into the log again only where that can't make a second one, so its
 * id is looked for in the log: the sender's own repetition or an earlier replay left it there. Two replays at the same time are told
 * apart by dispatch, for which an id counts once in 600 s. Where the log of that time is gone nobody can tell, and the letter stays.
 * For its first 600 s a letter waits: a dispatcher that reads the log back to learn ids may read the record that was poison to the
 * one before, and would answer the replay as a repetition of it. A receipt is a height, so it may come as often as it likes.
 */
import type { BusRecord, SharedBus } from '../bus/bus.ts';
import { partitionOf } from '../bus/partition.ts';
import { decodeMessage, decodeReceipt } from '../bus/record-codec.ts';
import type { MessageRecord } from '../bus/records.ts';
import { type KeptLetter, placeOf } from './letter.ts';

/** As long as dispatch remembers an id. What came before that would have counted as another message without the poison too. */
export const ID_MS = 600_000;

export type LetterState = 'replayable' | 'unreadable' | 'cut' | 'in the log' | 'too fresh' | 'cannot tell';

export interface JudgedLetter {
  readonly letter: KeptLetter;
  readonly state: LetterState;
  readonly why: string;
}

/** Reads a partition of `messages` from an offset to its end now. False: it was not read to its end. */
export type ReadPartition = (partition: number, from: number, each: (record: BusRecord) => void) => Promise<boolean>;

interface Waiting {
  readonly letter: KeptLetter;
  readonly key: string;
}

/** In the order of the letters. */
export async function judgeLetters(
  letters: readonly KeptLetter[],
  bus: Pick<SharedBus, 'partitions' | 'offsetAt' | 'end'>,
  read: ReadPartition,
  nowMs: number,
): Promise<readonly JudgedLetter[]> {
  const judged = new Map<KeptLetter, JudgedLetter>();
  const say = (letter: KeptLetter, state: LetterState, why: string) => void judged.set(letter, { letter, state, why });
  const waiting = new Map<number, Waiting[]>();
  for (const letter of letters) {
    const { topic, partition, bytes, value } = letter;
    if (value.length < bytes) {
      say(letter, 'cut', `only ${value.length} of ${bytes} bytes were kept`);
      continue;
    }
    const decoded = topic === 'messages' ? decodeMessage(value) : decodeReceipt(value);
    if (!decoded.ok) {
      say(letter, 'unreadable', decoded.reason);
      continue;
    }
    const home = partitionOf(decoded.record.conversation, bus.partitions(topic));
    if (home !== partition) say(letter, 'unreadable', `its conversation belongs to partition ${home}`);
    else if (topic === 'receipts') say(letter, 'replayable', 'a mark, which may come twice');
    else if (nowMs - letter.loggedAtMs < ID_MS)
      say(letter, 'too fresh', `replay it in ${Math.ceil((ID_MS - nowMs + letter.loggedAtMs) / 60_000)} minutes`);
    else waiting.set(partition, [...(waiting.get(partition) ?? []), { letter, key: keyOf(decoded.record as MessageRecord) }]);
  }
  for (const [partition, those] of waiting) await judgeMessages(partition, those, bus, read, say);
  return letters.map((letter) => judged.get(letter)!);
}

async function judgeMessages(
  partition: number,
  waiting: readonly Waiting[],
  bus: Pick<SharedBus, 'offsetAt'>,
  read: ReadPartition,
  say: (letter: KeptLetter, state: LetterState, why: string) => void,
): Promise<void> {
  const earliest = await bus.offsetAt('messages', partition, 0);
  const sought: Waiting[] = [];
  let from = Number.POSITIVE_INFINITY;
  for (const one of waiting) {
    const start = await bus.offsetAt('messages', partition, Math.max(0, one.letter.loggedAtMs - ID_MS));
    // Something older than that time is kept, or nothing was ever taken away: then all of that time is there.
    if (start > earliest || earliest === 0) {
      from = Math.min(from, start);
      sought.push(one);
    } else
      say(one.letter, 'cannot tell', 'the log of its time is not kept any more: look in the conversation for what its sender sent again');
  }
  if (sought.length === 0) return;
  const own = new Set(waiting.map(({ letter }) => letter.offset));
  const wanted = new Set(sought.map(({ key }) => key));
  const found = new Map<string, number>();
  const whole = await read(partition, from, ({ offset, value }) => {
    const decoded = decodeMessage(value);
    // A letter's own record, which this version reads and the one before did not, was never decided.
    if (!decoded.ok || own.has(offset)) return;
    const key = keyOf(decoded.record);
    if (wanted.has(key) && !found.has(key)) found.set(key, offset);
  });
  const first = new Set<string>();
  for (const { letter, key } of sought) {
    const at = found.get(key);
    if (at !== undefined) say(letter, 'in the log', `as ${placeOf({ topic: 'messages', partition, offset: at })}`);
    else if (!whole) say(letter, 'cannot tell', 'the log was not read to its end in time: give it more --seconds');
    else if (first.has(key)) say(letter, 'in the log', 'another letter has the same id');
    else {
      first.add(key);
      say(letter, 'replayable', 'readable, and not in the log by another way');
    }
  }
}

/** What an id belongs to. */
function keyOf({ conversation, from, id }: MessageRecord): string {
  return `${conversation} ${from} ${Buffer.from(id).toString('hex')}`;
}
