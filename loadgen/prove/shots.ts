/**
 * Shoots one fault after another at a target under load, at times that a seed draws, and waits after each until the load
 * goes as before. What it came to is read from the ledgers afterwards; here is only when what was done.
 */
import type { RunningChat } from '../coordinator/running-chat.ts';
import { Random } from '../plan/random.ts';
import type { Convergence } from '../worker/convergence.ts';
import type { Fault } from './faults.ts';
import type { Target } from './target.ts';

/** Times are in ms of the chat. */
export interface Shot {
  readonly fault: Fault;
  readonly round: number;
  readonly on: string;
  readonly atMs: number;
  /** The disturbance itself was over: what was stopped went on, what was killed had been started. */
  readonly overMs: number;
  /** Left out when the load did not go as before within the limit. */
  readonly calmMs?: number;
  /** Looked at when the load went as before. */
  readonly convergence?: Convergence;
  /** It could not be done as it says. */
  readonly problem?: string;
}

export interface ShotPlan {
  readonly faults: readonly Fault[];
  readonly rounds: number;
  readonly connections: number;
  readonly sendsPerSecond: number;
  /** After a fault: when the load does not go as before by then, it was not overcome. */
  readonly calmLimitMs: number;
  /** Of a proof whose coordinator was killed: what it had shot; the one that was under way is shot again. */
  readonly before: readonly Shot[];
}

/** Between two faults: none comes while the one before is being overcome. */
const PAUSE_MS = { least: 1_000, most: 5_000 } as const;
/** Without any fault, at first: shows what this machine does undisturbed. */
const UNDISTURBED_MS = 8_000;
const CALM_MS = 3_000;
const STEP_MS = 500;
const ORDER_STREAM = 5;
const SHOT_STREAM = 6;
/** Sends under way, as seconds of the rate: more is a backlog. */
const BACKLOG_SECONDS = 0.5;
const FEW_SENDS = 20;

export async function shoot(
  plan: ShotPlan,
  target: Target,
  chat: RunningChat,
  seed: number,
  report: { say(text: string): void; shot(shots: readonly Shot[]): void },
): Promise<Shot[]> {
  const { say } = report;
  const shots = [...plan.before];
  await Bun.sleep(UNDISTURBED_MS);
  for (let round = 1; round <= plan.rounds; round++) {
    for (const [at, fault] of drawn(plan.faults, new Random(seed, ORDER_STREAM, round)).entries()) {
      if ((round - 1) * plan.faults.length + at < plan.before.length) continue;
      const random = new Random(seed, SHOT_STREAM, round, at);
      await Bun.sleep(PAUSE_MS.least + random.unit() * (PAUSE_MS.most - PAUSE_MS.least));
      if (chat.over) return shots;
      const atMs = chat.tMs;
      say(`${(atMs / 1_000).toFixed(0).padStart(4)} s  ${fault.name}`);
      let on = '';
      let problem: string | undefined;
      try {
        on = await fault.inject(target, random);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      const overMs = chat.tMs;
      const calmMs = await untilCalm(plan, chat);
      const calm = calmMs === undefined ? {} : { calmMs, convergence: await chat.converge() };
      const shot = { fault, round, on, atMs, overMs, ...calm };
      shots.push(problem === undefined ? shot : { ...shot, problem });
      report.shot(shots);
      say(problem ?? (calmMs === undefined ? `        ${on}: not as before after ${plan.calmLimitMs / 1_000} s` : `        ${on}`));
    }
  }
  return shots;
}

/** Every fault once, in an order that the seed draws. */
function drawn(faults: readonly Fault[], random: Random): Fault[] {
  const rest = [...faults];
  const order: Fault[] = [];
  while (rest.length > 0) order.push(...rest.splice(random.below(rest.length), 1));
  return order;
}

/** All connections are open, sends are answered as they come, and no backlog stands: for a while. Gives when that began. */
async function untilCalm(plan: ShotPlan, chat: RunningChat): Promise<number | undefined> {
  const limitMs = chat.tMs + plan.calmLimitMs;
  const backlog = Math.max(FEW_SENDS, plan.sendsPerSecond * BACKLOG_SECONDS);
  let calmSinceMs = Number.POSITIVE_INFINITY;
  while (chat.tMs < limitMs && !chat.over) {
    await Bun.sleep(STEP_MS);
    const { open, pending } = await chat.pulse();
    const calm = open === plan.connections && pending <= backlog;
    calmSinceMs = calm ? Math.min(calmSinceMs, chat.tMs) : Number.POSITIVE_INFINITY;
    if (chat.tMs - calmSinceMs >= CALM_MS) return calmSinceMs;
  }
  return undefined;
}
