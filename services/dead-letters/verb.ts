/** `parley dead-letters`: what dispatch could not read, why, and putting into the log again what can be read now. */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { connectReader } from '../backends/connect.ts';
import { readBackends } from '../backends/read-settings.ts';
import type { KafkaBus } from '../bus/bus-kafka.ts';
import { readDeadLetters } from '../bus/kafka-dead-letters.ts';
import { createLog } from '../runtime/log.ts';
import { EXIT, type Verb } from '../runtime/verb.ts';
import { scanPartition } from '../trace/log-scan.ts';
import { type JudgedLetter, judgeLetters, type ReadPartition } from './judge.ts';
import { placeOf, readLetter } from './letter.ts';

const MOST = 100_000;

const OPTIONS = {
  backends: { type: 'string' },
  at: { type: 'string', multiple: true },
  most: { type: 'string', default: '10000' },
  seconds: { type: 'string', default: '60' },
  json: { type: 'boolean', default: false },
} as const;

export const verb: Verb = {
  summary: 'list what dispatch could not read, and put into the log again what can be read now',
  help: `
Usage: parley dead-letters list --backends FILE [--json]
       parley dead-letters replay --backends FILE [--at PLACE]... [--json]

list says of each letter where its record stood, when, why it was not read, and what would become of it:
  replayable   this version reads it and no other record of the log has its id
  unreadable   this version can’t read it either
  cut          too long to have been kept whole
  too fresh    its record is younger than the 10 minutes for which dispatch remembers ids: replay it later
  in the log   it came another way: its sender sent it again, or it was replayed before
  cannot tell  the log of its time is gone, or was not read to its end: not replayed, since it might be a second one
replay appends the replayable ones to their partitions, oldest first. It may be run as often as you like.

  --backends FILE  settings of the real systems, as parley up writes them
  --at PLACE       only this one, as list names it: messages/3@42
  --most N         reads the N oldest letters, at most ${MOST.toLocaleString('en')} [10000]
  --seconds N      longest time for each partition of the log [60]
  --json           one JSON document

Exit code 0 where every letter is replayed or in the log, 2 where some are left, 3 where it could not run.
A box on embedded backends keeps its letters in dead-letters.jsonl in its state directory; they are not replayed.

example: parley dead-letters list --backends .parley/stacks/default/backends.json`,
  run,
};

async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS, strict: true });
  const [action, ...rest] = positionals;
  const most = Number(values.most);
  const seconds = Number(values.seconds);
  if ((action !== 'list' && action !== 'replay') || rest.length > 0) return refuse('say list or replay');
  if (values.backends === undefined) return refuse('--backends FILE says where the systems are');
  if (!(Number.isSafeInteger(most) && most > 0 && most <= MOST)) return refuse(`--most is a whole number from 1 to ${MOST}`);
  if (!(seconds > 0)) return refuse('--seconds is a number above 0');
  const places = values.at ?? [];
  const wrong = places.find((place) => !/^(messages|receipts)\/\d+@\d+$/.test(place));
  if (wrong !== undefined) return refuse(`--at ${wrong}: a place is written as list writes it, messages/3@42`);

  const settings = readBackends(values.backends);
  const systems = await connectReader(settings, createLog('dead-letters'));
  try {
    const read = (await readDeadLetters(settings.kafka, most)).map(readLetter);
    const broken = read.filter((letter) => typeof letter === 'string');
    const letters = read.filter((letter) => typeof letter !== 'string');
    const missing = places.find((place) => !letters.some((letter) => placeOf(letter) === place));
    if (missing !== undefined) return refuse(`--at ${missing}: there is no such letter; nothing was replayed`);
    const group = `dead-letters.${randomUUID().slice(0, 8)}`;
    const scan: ReadPartition = (partition, from, each) =>
      scanPartition({ bus: systems.bus, topic: 'messages', partition, from, group, deadlineMs: seconds * 1_000 }, each);
    const judged = await judgeLetters(letters, systems.bus, scan, Date.now());
    const asked = places.length === 0 ? judged : judged.filter(({ letter }) => places.includes(placeOf(letter)));
    const appended = action === 'replay' ? await replay(asked, systems.bus) : new Map<JudgedLetter, number>();
    const shown = asked.map((one) => shownLetter(one, appended.get(one)));
    if (values.json) console.log(JSON.stringify({ letters: shown, unreadableLetters: broken }, undefined, 2));
    else {
      for (const { place, loggedAt, reason, state, why } of shown) console.log(`${place}  ${loggedAt}  ${reason}  ${state}: ${why}`);
      for (const problem of broken) console.log(`a letter that can’t be read: ${problem}`);
      console.log(`${shown.length} letters, ${appended.size} replayed`);
    }
    const settled = asked.every((one) => appended.has(one) || one.state === 'in the log');
    return settled && broken.length === 0 ? EXIT.ok : EXIT.inconclusive;
  } finally {
    await systems.close();
  }
}

/** One after the other, so that what was appended before a failure is known. Gives their new offsets. */
async function replay(judged: readonly JudgedLetter[], bus: KafkaBus): Promise<Map<JudgedLetter, number>> {
  const appended = new Map<JudgedLetter, number>();
  for (const one of judged) {
    const { topic, partition, value } = one.letter;
    if (one.state === 'replayable') appended.set(one, await bus.append(topic, partition, [value]));
  }
  return appended;
}

function shownLetter({ letter, state, why }: JudgedLetter, at: number | undefined) {
  const { topic, partition, loggedAtMs, reason, bytes } = letter;
  const common = { place: placeOf(letter), loggedAt: new Date(loggedAtMs).toISOString(), reason, bytes };
  return at === undefined
    ? { ...common, state, why }
    : { ...common, state: 'replayed', why: `as ${placeOf({ topic, partition, offset: at })}` };
}

function refuse(problem: string): number {
  console.error(`parley dead-letters: ${problem}`);
  return EXIT.couldNotRun;
}
