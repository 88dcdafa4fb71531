/** `parley simulate`: runs seeded schedules of faults against the whole message path in virtual time. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { EXIT, type Verb } from '../runtime/verb.ts';
import { addTally, emptyTally, type Tally } from './campaign.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { shrink } from './shrink.ts';
import { runSchedule } from './world.ts';

const HELP = `usage: parley simulate [--minutes M | --schedules N] [--seed S] [--processes P] [--json]
       parley simulate --seed S [--trace] [--shrink] [--json]
       parley simulate --schedule FILE [--trace] [--shrink] [--json]

Runs the message path (clients, edges, relays, dispatchers) in one process on a simulated network, bus, store and routes
under a clock that the seed drives: delays, repeated and lost commands, broken links, crashes, moved partitions, lapsed
leases, lost routes. What must always hold is checked all the way.

  --minutes M     run schedules for so long (default 1)
  --schedules N   run so many schedules instead
  --seed S        first seed (default: from the clock); without --minutes and --schedules this one alone
  --processes P   processes that share the seeds (default: one per processor, at most 8)
  --trace         print every step of the one schedule
  --shrink        cut the failing schedule down and print what is left, as JSON for --schedule
  --schedule FILE run the schedule in this file
  --json          one JSON document

A seed runs the same way each time: its hash says so. Exit codes: 0 nothing was violated, 1 something was, 3 could not run.

  parley simulate --minutes 60
  parley simulate --seed 1206 --trace`;

export const verb: Verb = {
  summary: 'run seeded faults against the message path in virtual time',
  help: HELP,
  async run(args) {
    const { values } = parseArgs({
      args,
      options: {
        minutes: { type: 'string' },
        schedules: { type: 'string' },
        seed: { type: 'string' },
        processes: { type: 'string' },
        schedule: { type: 'string' },
        trace: { type: 'boolean', default: false },
        shrink: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const numbers: Record<string, number | undefined> = {};
    for (const name of ['minutes', 'schedules', 'seed', 'processes'] as const) {
      const text = values[name];
      if (text === undefined) continue;
      numbers[name] = Number(text);
      if (!(numbers[name]! >= 0) || text.trim() === '' || (name !== 'minutes' && !Number.isSafeInteger(numbers[name]))) {
        console.error(`parley simulate: --${name} takes a number, not "${text}"`);
        return EXIT.couldNotRun;
      }
    }
    const { minutes, schedules, seed } = numbers;
    if (values.schedule !== undefined || (seed !== undefined && minutes === undefined && schedules === undefined)) {
      const schedule = values.schedule === undefined ? scheduleOf(seed!) : (JSON.parse(readFileSync(values.schedule, 'utf8')) as Schedule);
      return runOne(schedule, values);
    }
    const firstSeed = seed ?? Date.now() % 1_000_000_000;
    const processes = Math.max(1, numbers.processes ?? Math.min(8, availableParallelism()));
    return await runMany(firstSeed, processes, minutes ?? (schedules === undefined ? 1 : 24 * 60), schedules, values.json);
  },
};

function runOne(schedule: Schedule, { trace, shrink: shrinks, json }: { trace: boolean; shrink: boolean; json: boolean }): number {
  const outcome = runSchedule(schedule, trace ? { trace: (line) => console.log(line) } : {});
  const failed = outcome.violations.length > 0;
  const shrunk = shrinks && failed ? shrink(schedule, (candidate) => runSchedule(candidate).violations.length > 0) : undefined;
  if (json) console.log(JSON.stringify({ schema: 1, ...outcome, ...(shrunk === undefined ? {} : { shrunk: shrunk.schedule }) }));
  else {
    console.log(`seed ${outcome.seed}: ${outcome.events} events, ${(outcome.virtualMs / 1_000).toFixed(1)} s, hash ${outcome.hash}`);
    for (const violation of outcome.violations) console.log(`violated: ${violation}`);
    if (!failed) console.log('nothing was violated');
    if (shrunk !== undefined) {
      const { faults, operations } = shrunk.schedule;
      console.log(`shrunk in ${shrunk.tries} runs from ${schedule.faults.length} faults and ${schedule.operations.length} operations`);
      console.log(`to ${faults.length} faults and ${operations.length} operations:`);
      console.log(JSON.stringify(shrunk.schedule));
    }
  }
  return failed ? EXIT.refuted : EXIT.ok;
}

async function runMany(
  firstSeed: number,
  processes: number,
  minutes: number,
  schedules: number | undefined,
  json: boolean,
): Promise<number> {
  const startedMs = Date.now();
  const sum = emptyTally();
  const worker = new URL('main.ts', import.meta.url).pathname;
  const running = Array.from({ length: processes }, async (_, index) => {
    const share = schedules === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil((schedules - index) / processes);
    const untilMs = startedMs + minutes * 60_000;
    const child = Bun.spawn([process.execPath, worker, ...[firstSeed + index, processes, share, untilMs].map(String)], {
      stdout: 'pipe',
      stderr: 'inherit',
    });
    const text = await new Response(child.stdout).text();
    if ((await child.exited) !== 0)
      throw new Error(`the process of seeds ${firstSeed + index}, +${processes}… ended with ${child.exitCode}`);
    addTally(sum, JSON.parse(text) as Tally);
  });
  await Promise.all(running);
  const seconds = (Date.now() - startedMs) / 1_000;
  if (json) {
    console.log(JSON.stringify({ schema: 1, firstSeed, processes, seconds, schedulesPerMinute: (sum.schedules / seconds) * 60, ...sum }));
  } else {
    const perMinute = Math.round((sum.schedules / seconds) * 60);
    console.log(
      `${sum.schedules} schedules from seed ${firstSeed} in ${seconds.toFixed(1)} s (${perMinute} a minute, ${processes} processes)`,
    );
    console.log(
      `${Math.round(sum.events / Math.max(1, sum.schedules))} events and ${(sum.virtualMs / 1_000 / Math.max(1, sum.schedules)).toFixed(1)} s of virtual time each`,
    );
    console.log(`longest time from the last fault until everyone had everything: ${(sum.longestRepairMs / 1_000).toFixed(1)} s`);
    console.log(
      `faults: ${Object.entries(sum.faults)
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')}`,
    );
    for (const { seed, violations } of sum.failures) console.log(`seed ${seed}: ${violations[0]}`);
    console.log(
      sum.failures.length === 0 ? 'nothing was violated' : 'run it again with: parley simulate --seed SEED --trace (or --shrink)',
    );
  }
  return sum.failures.length === 0 ? EXIT.ok : EXIT.refuted;
}
