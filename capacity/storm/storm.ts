/**
 * A storm of reconnects as flows: clients that lost their connection come back by their backoff, are admitted or told to
 * wait, and pass what a connect costs behind the door. One gateway stands for all that survive, since clients spread evenly.
 * Left out: chance. Of a few hundred clients or less a real storm strays from this, and so do edges that share a limit.
 */
import { type BackoffPolicy, waitRanges } from './backoff.ts';
import { Door } from './door.ts';
import { Returning } from './returning.ts';
import { StageQueue, type StormStage } from './stage.ts';

export interface StormScene {
  /** Clients that come back to this gateway. */
  readonly clients: number;
  readonly policy: BackoffPolicy;
  readonly admission: Admission;
  /** Processors that are free for connects while the storm lasts. */
  readonly freeCores: number;
  readonly usPerConnect: number;
  /** With TLS a refusal costs the handshake as well. */
  readonly usPerRefusal: number;
  readonly stages: readonly StormStage[];
  /** Others that connect on any day besides. */
  readonly ordinaryPerSecond: number;
  /** After which a client gives an attempt up. */
  readonly attemptSeconds: number;
  /** From a refusal to the earliest next attempt. */
  readonly roundTripSeconds: number;
  /** From the loss to noticing it, and from admission to having all, where nothing has to wait: comes to every client's time. */
  readonly passageSeconds?: number;
  /** From the loss on nobody answers at all for so long: what was lost is what they come back to. */
  readonly closedSeconds?: number;
  /** Looked at for no longer; left out, long enough for any recovery that comes to an end. */
  readonly horizonSeconds?: number;
}

export interface Admission {
  readonly perSecond: number;
  readonly burst: number;
  /** The longest time that a refused client is told to wait. */
  readonly longestWaitSeconds: number;
  /** Share of the admissions that are used while clients wait: edges that share the limit are never all asked alike. */
  readonly use?: number;
}

export interface StormCourse {
  readonly stepSeconds: number;
  /** Per step, in clients: totals since the loss. */
  readonly back: Float64Array;
  readonly caughtUp: Float64Array;
  readonly attempts: Float64Array;
  readonly admitted: Float64Array;
  readonly refused: number;
  readonly givenUp: number;
  /** Share of the steps, until 95 % were back, in which each limit was reached. `processor` only where admissions were left over. */
  readonly bound: Readonly<Record<string, number>>;
  /** Clients that are neither back nor gone: what is left when the horizon comes. */
  readonly left: number;
}

/** Less than half a client is nobody. */
const NOBODY = 0.5;
const STEPS_OF_RECOVERY = 240;
const SHORTEST_STEP = 0.005;
const LONGEST_STEP = 2;
const STEPS_MOST = 40_000;
const BOUND_SHARE = 0.95;
const REACHED = 0.98;

export function simulateStorm(scene: StormScene): StormCourse {
  const ranges = waitRanges(scene.policy);
  const { stepSeconds, steps } = stepsOf(scene);
  const returning = new Returning(ranges.length, steps, stepSeconds);
  const door = new Door(ranges.length, scene);
  const stages = scene.stages.map((stage) => new StageQueue(stage));
  const course = new Course(steps, stepSeconds, scene);
  const { admission } = scene;
  const perStep = Math.max(0, admission.perSecond * (admission.use ?? 1) - scene.ordinaryPerSecond) * stepSeconds;
  const usPerStep = Math.max(0, scene.freeCores * 1e6 - scene.ordinaryPerSecond * scene.usPerConnect) * stepSeconds;
  const patienceSteps = Math.max(1, Math.round(scene.attemptSeconds / stepSeconds));
  const arrived = new Float64Array(ranges.length);
  let tokens = admission.burst;
  let queueEnds = 0;

  const failed = (level: number, amount: number, nowSeconds: number, hintFrom: number, hintTo: number) => {
    for (const range of ranges[level]!) {
      const from = nowSeconds + Math.max(hintFrom + range.fromSeconds, scene.roundTripSeconds);
      const to = nowSeconds + Math.max(hintTo + range.toSeconds, scene.roundTripSeconds);
      returning.add(range.nextLevel, from, to, amount * range.share);
    }
  };
  for (const range of ranges[0]!) returning.add(range.nextLevel, range.fromSeconds, range.toSeconds, scene.clients * range.share);

  for (let step = 0; step < steps && !course.isOver; step++) {
    const now = (step + 1) * stepSeconds;
    const attempts = returning.take(arrived);
    if (now <= (scene.closedSeconds ?? 0)) {
      for (let level = 0; level < ranges.length; level++) if (arrived[level]! > 0) failed(level, arrived[level]!, now, 0, 0);
    } else door.arrive(step, arrived, attempts);
    tokens = Math.min(Math.max(admission.burst, perStep), tokens + perStep);
    door.serve(usPerStep, tokens, step - patienceSteps);
    tokens -= door.admitted;

    queueEnds = Math.max(queueEnds, now);
    const hintFrom = queueEnds - now;
    if (admission.perSecond > 0) queueEnds += door.refusedAmount / admission.perSecond;
    const [told, until] = hintRange(scene, hintFrom, queueEnds - now);
    for (let level = 0; level < ranges.length; level++) {
      if (door.refused[level]! > 0) failed(level, door.refused[level]!, now, told, until);
      if (door.gone[level]! > 0) failed(level, door.gone[level]!, now, 0, 0);
    }

    let flow = door.admitted;
    let givenUp = door.goneAmount;
    let back = stages.some(({ stage }) => stage.afterBack !== true) ? -1 : flow;
    for (const stage of stages) {
      if (stage.stage.afterBack === true && back < 0) back = flow;
      const tooMany = stage.arrive(flow, stage.stage.afterBack === true ? Number.POSITIVE_INFINITY : scene.attemptSeconds);
      if (tooMany > 0) failed(0, tooMany, now + scene.attemptSeconds, 0, 0);
      givenUp += tooMany;
      flow = stage.serve(stepSeconds);
    }
    if (back < 0) back = flow;
    course.add(step, { attempts, door, back, caughtUp: flow, givenUp, perStep, usPerStep, stages });
  }
  return course.finish(scene.clients);
}

/** What a refused client is told, from first to last of a step; nothing where the policy does not listen. */
function hintRange({ policy, admission }: StormScene, fromSeconds: number, toSeconds: number): readonly [number, number] {
  if (!policy.honoursHint) return [0, 0];
  const longest = admission.longestWaitSeconds;
  // Places beyond the longest wait are asked for again earlier, spread over its second half.
  return fromSeconds > longest ? [longest / 2, longest] : [fromSeconds, Math.min(longest, Math.max(fromSeconds, toSeconds))];
}

function stepsOf(scene: StormScene): { readonly stepSeconds: number; readonly steps: number } {
  const fastest = scene.stages.reduce(
    (least, stage) => Math.min(least, stage.operationsPerSecond / Math.max(1e-9, stage.operationsPerClient)),
    Math.min(scene.admission.perSecond, (scene.freeCores * 1e6) / scene.usPerConnect),
  );
  const least = fastest > 0 ? scene.clients / fastest : scene.attemptSeconds;
  const stepSeconds = Math.min(LONGEST_STEP, Math.max(SHORTEST_STEP, least / STEPS_OF_RECOVERY));
  const horizon = scene.horizonSeconds ?? 30 * least + (scene.policy.kind === 'none' ? 0 : 10 * scene.policy.capSeconds);
  const steps = Math.ceil(horizon / stepSeconds);
  return steps <= STEPS_MOST ? { stepSeconds, steps: Math.max(1, steps) } : { stepSeconds: horizon / STEPS_MOST, steps: STEPS_MOST };
}

interface StepSeen {
  readonly attempts: number;
  readonly door: Door;
  readonly back: number;
  readonly caughtUp: number;
  readonly givenUp: number;
  /** Admissions of a step, and processor time. */
  readonly perStep: number;
  readonly usPerStep: number;
  readonly stages: readonly StageQueue[];
}

class Course {
  private readonly back: Float64Array;
  private readonly caughtUp: Float64Array;
  private readonly attempts: Float64Array;
  private readonly admitted: Float64Array;
  private readonly reached = new Map<string, number>();
  private readonly stepSeconds: number;
  private readonly clients: number;
  private refused = 0;
  private givenUp = 0;
  private steps = 0;
  private boundSteps = 0;

  constructor(steps: number, stepSeconds: number, { clients }: StormScene) {
    this.back = new Float64Array(steps);
    this.caughtUp = new Float64Array(steps);
    this.attempts = new Float64Array(steps);
    this.admitted = new Float64Array(steps);
    this.stepSeconds = stepSeconds;
    this.clients = clients;
  }

  get isOver(): boolean {
    return this.steps === 0 ? this.clients === 0 : this.caughtUp[this.steps - 1]! > this.clients - NOBODY;
  }

  add(step: number, seen: StepSeen): void {
    const total = (series: Float64Array, amount: number) => {
      series[step] = (step === 0 ? 0 : series[step - 1]!) + amount;
    };
    const wasBack = step === 0 ? 0 : this.back[step - 1]!;
    total(this.back, seen.back);
    total(this.caughtUp, seen.caughtUp);
    total(this.attempts, seen.attempts);
    total(this.admitted, seen.door.admitted);
    this.refused += seen.door.refusedAmount;
    this.givenUp += seen.givenUp;
    this.steps = step + 1;
    if (wasBack >= this.clients * BOUND_SHARE) return;
    this.boundSteps++;
    // Where admissions are left over it is the processors that are too slow for them; where none are, it is not.
    if (seen.door.refusedAmount > 0 || seen.door.admitted >= seen.perStep * REACHED) this.note('admission');
    else if (seen.door.waiting > 0 && seen.door.usedUs > seen.usPerStep * REACHED) this.note('processor');
    for (const { stage, busy, waiting } of seen.stages) if (busy > REACHED && waiting > 0) this.note(stage.name);
  }

  finish(clients: number): StormCourse {
    const end = this.steps;
    const bound: Record<string, number> = {};
    for (const [name, steps] of this.reached) bound[name] = steps / this.boundSteps;
    return {
      stepSeconds: this.stepSeconds,
      back: this.back.subarray(0, end),
      caughtUp: this.caughtUp.subarray(0, end),
      attempts: this.attempts.subarray(0, end),
      admitted: this.admitted.subarray(0, end),
      refused: this.refused,
      givenUp: this.givenUp,
      bound,
      left: end === 0 ? 0 : Math.max(0, clients - this.caughtUp[end - 1]!),
    };
  }

  private note(name: string): void {
    this.reached.set(name, (this.reached.get(name) ?? 0) + 1);
  }
}
