/**
 * When which connection sends what: open-loop Poisson arrivals at a total rate. A pure function of the seed and the
 * second, so each worker draws the whole schedule and keeps its own part, and the final merge draws it again to know what
 * was due. In each second exactly as many as the rate asks for fall at independent uniform moments: a Poisson process given its
 * count, so that the offered rate is the stated one.
 */
import { disturbedSecondsBefore, type PhasePlan } from './phases.ts';
import type { Population } from './population.ts';
import { Random } from './random.ts';

export interface SchedulePlan {
  readonly seed: number;
  readonly sendsPerSecond: number;
  readonly seconds: number;
  /** Bodies: log-normal with this median and 99th percentile, cut at the largest. Bytes. */
  readonly bodyMedianBytes: number;
  readonly bodyP99Bytes: number;
  readonly bodyMaxBytes: number;
  /** Answers in the hot conversation, on top of the others, in the disturbed parts: its members in turn. */
  readonly hot?: { readonly sendsPerSecond: number; readonly phases: PhasePlan };
  /** Left out: the rate is the same all the time. */
  readonly curve?: DailyCurve;
}

/** A day that is pressed into so many seconds: the rate goes from its least at the beginning to its most and back, as a cosine. */
export interface DailyCurve {
  readonly daySeconds: number;
  /** Of the mean rate, by which it rises and falls; 0 to 1. */
  readonly swing: number;
}

export interface Arrival {
  /** Number of the message in the whole run, from 0 in order of time. */
  readonly number: number;
  /** Milliseconds after the start of the chat. */
  readonly dueMs: number;
  readonly conversation: number;
  /** The connection that sends: any device of any member. */
  readonly connection: number;
  readonly bodyBytes: number;
}

const ARRIVAL_STREAM = 2;
const HOT_STREAM = 5;
/** A standard normal number is below this in 99 % of draws. */
const NORMAL_P99 = 2.326_347_874;
/** A body carries its own due time; see `message-id.ts`. */
export const SMALLEST_BODY_BYTES = 16;

export function messagesDue(plan: SchedulePlan): number {
  return ordinaryBefore(plan, plan.seconds) + hotBefore(plan, plan.seconds);
}

/** All arrivals of one second of the run, in order of time. The object handed to `visit` is used again: copy what is kept. */
export function forEachArrival(plan: SchedulePlan, population: Population, second: number, visit: (arrival: Arrival) => void): void {
  if (population.plan.conversations === 0) return;
  const end = Math.min(second + 1, plan.seconds);
  const random = new Random(plan.seed, ARRIVAL_STREAM, second);
  const hotRandom = new Random(plan.seed, HOT_STREAM, second);
  const dues = drawDues(random, ordinaryBefore(plan, end) - ordinaryBefore(plan, second), second, end);
  const firstHot = hotBefore(plan, second);
  const hotDues = drawDues(hotRandom, hotBefore(plan, end) - firstHot, second, end);
  const arrival = { number: ordinaryBefore(plan, second) + firstHot, dueMs: 0, conversation: 0, connection: 0, bodyBytes: 0 };
  const hot = population.plan.conversations - 1;
  for (let at = 0, hotAt = 0; at < dues.length || hotAt < hotDues.length; arrival.number++) {
    if (hotAt < hotDues.length && !(dues[at]! <= hotDues[hotAt]!)) {
      arrival.dueMs = hotDues[hotAt]!;
      arrival.conversation = hot;
      arrival.connection = population.connectionAt(hot, (firstHot + hotAt++) % population.devicesOf(hot));
      arrival.bodyBytes = drawBodyBytes(hotRandom, plan);
    } else {
      arrival.dueMs = dues[at++]!;
      arrival.conversation = random.below(population.ordinary);
      arrival.connection = population.connectionAt(arrival.conversation, random.below(population.devicesOf(arrival.conversation)));
      arrival.bodyBytes = drawBodyBytes(random, plan);
    }
    visit(arrival);
  }
}

/** How many messages are due before a moment, in seconds of the chat: the integral of the rate, rounded. Hot ones apart. */
function ordinaryBefore({ sendsPerSecond, curve }: SchedulePlan, seconds: number): number {
  if (curve === undefined) return Math.round(sendsPerSecond * seconds);
  const turn = (2 * Math.PI) / curve.daySeconds;
  return Math.round(sendsPerSecond * (seconds - (curve.swing / turn) * Math.sin(turn * seconds)));
}

function hotBefore({ hot }: SchedulePlan, seconds: number): number {
  return hot === undefined ? 0 : Math.round(hot.sendsPerSecond * disturbedSecondsBefore(hot.phases, seconds));
}

function drawDues(random: Random, count: number, second: number, end: number): Float64Array {
  const dues = new Float64Array(Math.max(0, count));
  for (let index = 0; index < dues.length; index++) dues[index] = second * 1_000 + random.unit() * (end - second) * 1_000;
  return dues.sort();
}

function drawBodyBytes(random: Random, plan: SchedulePlan): number {
  const sigma = Math.log(plan.bodyP99Bytes / plan.bodyMedianBytes) / NORMAL_P99;
  const drawn = Math.round(plan.bodyMedianBytes * Math.exp(sigma * random.normal()));
  return Math.max(SMALLEST_BODY_BYTES, Math.min(plan.bodyMaxBytes, drawn));
}

/** Mean body of the first seconds of a schedule: the closed form minds neither the cut nor the floor. */
export function meanBodyBytes(plan: SchedulePlan, draws = 20_000): number {
  const random = new Random(plan.seed, ARRIVAL_STREAM);
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) sum += drawBodyBytes(random, plan);
  return sum / draws;
}

/** A worker's part of a schedule, drawn one second ahead and handed out in order of time. */
export class OwnArrivals {
  private readonly plan: SchedulePlan;
  private readonly population: Population;
  private readonly first: number;
  private readonly end: number;
  private second = 0;
  private queue: Arrival[] = [];
  private at = 0;

  constructor(plan: SchedulePlan, population: Population, connections: { readonly first: number; readonly count: number }) {
    this.plan = plan;
    this.population = population;
    this.first = connections.first;
    this.end = connections.first + connections.count;
  }

  /** The next arrival, or undefined when the schedule is at its end. Stays until `take`. */
  peek(): Arrival | undefined {
    while (this.at === this.queue.length) {
      if (this.second >= this.plan.seconds) return undefined;
      this.queue = [];
      this.at = 0;
      forEachArrival(this.plan, this.population, this.second++, (arrival) => {
        if (arrival.connection >= this.first && arrival.connection < this.end) this.queue.push({ ...arrival });
      });
    }
    return this.queue[this.at];
  }

  take(): void {
    this.at++;
  }
}
