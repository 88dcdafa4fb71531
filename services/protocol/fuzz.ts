/**
 * Fuzzes the codec and reports how many inputs it tried and how they ended. The inputs run in a worker; this thread
 * watches it, so that a decode that hangs is seen and its input named.
 *
 *   node bin/bun.mjs services/protocol/fuzz.ts [--seconds 10] [--seed N]      ends with 1 on a throw, a hang or a disagreement
 *   node bin/bun.mjs services/protocol/fuzz.ts --seed N --index I             one input again, with what it gives
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { decode, encode } from './codec.ts';
import { FRAMES } from './frame-table.ts';
import { checkInput, emptyTally, type Tally } from './fuzz-check.ts';
import { fuzzInput } from './fuzz-input.ts';
import vectors from './vectors.json';

/** Far above what an input takes (microseconds), so that a busy machine is not taken for a hang. */
const HANG_MS = 10_000;
const LOOK_EVERY_MS = 250;
const INPUTS_BETWEEN_CLOCK_READS = 1_000;

interface Task {
  readonly seed: number;
  readonly seconds: number;
  /** The input under way, for the watching thread. */
  readonly progress: SharedArrayBuffer;
}

interface Found {
  readonly tally: Tally;
  readonly problem: { readonly index: number; readonly text: string } | undefined;
}

const VECTORS = [...vectors.frames, ...vectors.invalid, ...vectors.messages].map((vector) => Uint8Array.fromHex(vector.hex));

if (!isMainThread) parentPort!.postMessage(work(workerData as Task));
else if (import.meta.main) process.exit(await main());

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '10' }, seed: { type: 'string' }, index: { type: 'string' } },
  });
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const seconds = Number(values.seconds);
  const index = values.index === undefined ? undefined : Number(values.index);
  if (!Number.isSafeInteger(seed) || !(seconds > 0) || (index !== undefined && !Number.isSafeInteger(index))) {
    console.error('fuzz: --seed and --index take a whole number, and --seconds a number above 0');
    return 3;
  }
  if (index !== undefined) return again(seed, index);
  const progress = new SharedArrayBuffer(4);
  const startedAt = performance.now();
  const found = await watched({ seed, seconds, progress });
  if (found === undefined) {
    const hung = Atomics.load(new Int32Array(progress), 0);
    console.log(`seed ${seed}: input ${hung} has taken more than ${HANG_MS / 1_000} s\n${fuzzInput(seed, hung, VECTORS).toHex()}`);
    return 1;
  }
  console.log(report(seed, found, (performance.now() - startedAt) / 1_000));
  return found.problem === undefined ? 0 : 1;
}

/** What the worker found, or undefined when it stood still. */
function watched(task: Task): Promise<Found | undefined> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const place = new Int32Array(task.progress);
  return new Promise((resolve, reject) => {
    let seen = -1;
    let movedAt = performance.now();
    const end = (found: Found | undefined) => {
      clearInterval(watch);
      void worker.terminate();
      resolve(found);
    };
    const watch = setInterval(() => {
      const now = Atomics.load(place, 0);
      if (now !== seen) movedAt = performance.now();
      else if (performance.now() - movedAt > HANG_MS) end(undefined);
      seen = now;
    }, LOOK_EVERY_MS);
    worker.on('message', end);
    worker.on('error', reject);
  });
}

function work({ seed, seconds, progress }: Task): Found {
  const place = new Int32Array(progress);
  const tally = emptyTally();
  const until = performance.now() + seconds * 1_000;
  for (let index = 0; index % INPUTS_BETWEEN_CLOCK_READS !== 0 || performance.now() < until; index++) {
    Atomics.store(place, 0, index);
    const text = checkInput({ decode, encode }, fuzzInput(seed, index, VECTORS), tally);
    if (text !== undefined) return { tally, problem: { index, text } };
  }
  return { tally, problem: undefined };
}

function again(seed: number, index: number): number {
  const input = fuzzInput(seed, index, VECTORS);
  const problem = checkInput({ decode, encode }, input, emptyTally());
  console.log(`${input.toHex()}\n${JSON.stringify(decode(input))}\n${problem ?? 'no problem'}`);
  return problem === undefined ? 0 : 1;
}

function report(seed: number, { tally, problem }: Found, seconds: number): string {
  const rows: Array<[string, number]> = [
    ['every frame decoded', tally.decoded],
    ['unknown frames skipped', tally.skipped],
    ['malformed', tally.malformed],
    ['too large', tally.tooLarge],
  ];
  const lines = rows.map(([what, count]) => `  ${what.padEnd(24)}${count.toLocaleString('en').padStart(14)}`);
  const kinds = `${Object.keys(tally.frames).length} of ${Object.keys(FRAMES).length} kinds of frames were decoded`;
  const last =
    problem === undefined ? 'no throw, no hang, no disagreement of decode and encode' : `input ${problem.index}: ${problem.text}`;
  return [`seed ${seed}: ${tally.inputs.toLocaleString('en')} inputs in ${seconds.toFixed(1)} s`, ...lines, kinds, last].join('\n');
}
