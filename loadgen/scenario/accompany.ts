/**
 * What goes on beside a scenario's chat: attackers in their parts, a look at the objectives of a target twice a second, and at the
 * end what the workers saw.
 */
import { readKeys, tokenMinter } from '../client/token.ts';
import type { Box } from '../coordinator/box.ts';
import type { RunPlan } from '../coordinator/plan.ts';
import type { RunProgress } from '../coordinator/progress.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import { userOfPlan } from '../plan/population.ts';
import { type AttackSeen, Siege } from '../slow/siege.ts';
import { breachOf, type Reading, rampBreachOf } from './abort.ts';
import { type AbortWords, behaviourOf } from './scenario.ts';
import type { ScenarioInput } from './scenario-run.ts';
import { phasesOfWorkers, type WorkerPhases } from './worker-phases.ts';

const TOKEN_SECONDS = 600;
const STEP_MS = 500;
const ENDS_MS = 30_000;

export interface Seen {
  attacks: AttackSeen[][];
  workers: WorkerPhases[];
  aborted?: string;
}

/** Shows the run as it goes on, and ends it where a target refuses too many connections. */
export function watchingRamp({ progress, scenario }: ScenarioInput, rule: AbortWords, seen: Seen, leftAlone: AbortController): RunProgress {
  return {
    sample: (sample) => {
      progress.sample(sample);
      const breach = sample.phase === 'ramp' ? rampBreachOf(sample.refused, scenario.population.connections, rule) : undefined;
      if (breach === undefined || seen.aborted !== undefined) return;
      seen.aborted = breach;
      leftAlone.abort();
    },
    say: (text) => progress.say(text),
    end: () => progress.end(),
  };
}

/** Beside the chat, until it is over: attackers in their parts, and a look at the target's objectives twice a second. */
export async function accompany(
  { scenario, progress }: ScenarioInput,
  rule: AbortWords | undefined,
  plan: RunPlan,
  box: Box,
  chat: RunningChat,
  seen: Seen,
) {
  const { phases } = plan.options.turns!;
  const slow = behaviourOf(scenario, 'slow');
  const siege = slow === undefined ? undefined : new Siege(slow, box, siegeTarget(plan, box));
  const readings: Reading[] = [];
  const sieges: Array<Promise<void>> = [];
  const endMs = plan.options.chatSeconds * 1_000;
  let turn = 0;
  while (chat.tMs < endMs && !chat.over && seen.aborted === undefined) {
    const startsMs = (phases.warmSeconds + turn * (phases.calmSeconds + phases.disturbedSeconds) + phases.calmSeconds) * 1_000;
    if (turn < phases.turns && chat.tMs >= startsMs) {
      turn++;
      if (scenario.behaviours.length > 0)
        progress.say(`disturbed, ${turn} of ${phases.turns}: ${scenario.behaviours.map(({ kind }) => kind).join(', ')}`);
      if (siege !== undefined) sieges.push(siege.part(phases.disturbedSeconds).then((part) => void seen.attacks.push(part)));
    }
    if (rule !== undefined) {
      readings.push(readingOf(chat));
      // What lies before the window is looked at no more.
      while (readings.length > 1 && readings[1]!.tMs <= chat.tMs - rule.windowSeconds * 1_000) readings.shift();
      const breach = breachOf(readings, rule);
      if (breach !== undefined) {
        seen.aborted = breach;
        progress.say(`the target is left alone: ${breach}`);
      }
    }
    await Bun.sleep(Math.max(1, Math.min(STEP_MS, endMs - chat.tMs)));
  }
  await Promise.all(sieges);
  // Every send has its end before they are counted, and who slept has had the time to come back.
  for (const untilMs = chat.tMs + ENDS_MS; chat.tMs < untilMs && chat.group.total('pending') > 0 && seen.aborted === undefined; )
    await Bun.sleep(STEP_MS);
  await Bun.sleep(STEP_MS);
  seen.workers = await phasesOfWorkers(chat.group);
}

function readingOf({ tMs, group }: RunningChat): Reading {
  const failed = group.total('rejected') + group.total('dropped') + group.total('unsent');
  return { tMs, due: group.total('due'), failed, accepted: group.latency('accepted') };
}

/** Attackers are users behind those of the plan. */
function siegeTarget({ population, options }: RunPlan, box: Box) {
  const { host, port, path } = box.endpoint;
  const first = Math.ceil(population.connections / population.devicesPerUser);
  const ofUser = tokensOf(population, options, box);
  const tokenOf = (attacker: number) => ofUser(first + attacker);
  return { host: host === 'localhost' || host === '0.0.0.0' ? '127.0.0.1' : host, port, path, tls: box.info.tls, tokenOf };
}

/** Of the plan's users by their number, and of those behind them. */
export function tokensOf(population: RunPlan['population'], options: RunPlan['options'], box: Box): (user: number) => string {
  const mint = tokenMinter(readKeys(box.info.keysFile), options.tokenAlgorithm, TOKEN_SECONDS);
  return (user) => mint(userOfPlan(population, user), 1, Math.floor(Date.now() / 1_000));
}
