/**
 * Connections that live and end: each is cut by its client after a lifetime of its own, as a phone that leaves its network,
 * and comes back by the client's policy. Lifetimes are log-normal: most are short, a few are long. They are drawn from the
 * plan's seed, the connection and the number of its life, so that a run can be made again.
 */
import { Deadlines } from '../client/deadlines.ts';
import { Random } from '../plan/random.ts';
import type { WorkerSetup } from './messages.ts';

const LIFE_STREAM = 8;
/** Of the logarithm: a tenth of the lives is shorter than a fifth of the mean, a tenth longer than twice the mean. */
const SIGMA = 1;
const LEAST_SECONDS = 0.5;

/** `life`: 0 for what is left of the life that a connection is in when the chat begins. Seconds. */
export function lifetimeSeconds(seed: number, connection: number, life: number, meanSeconds: number): number {
  const random = new Random(seed, LIFE_STREAM, connection, life);
  const drawn = meanSeconds * Math.exp(SIGMA * random.normal() - SIGMA ** 2 / 2);
  return Math.max(LEAST_SECONDS, life === 0 ? drawn * random.unit() : drawn);
}

export class Churn {
  private readonly options: { readonly seed: number; readonly meanSeconds: number; readonly first: number; readonly count: number };
  private readonly deadlines = new Deadlines();
  private readonly lives: Uint32Array;
  private running = false;

  constructor(options: Churn['options']) {
    this.options = options;
    this.lives = new Uint32Array(options.count);
  }

  get nextMs(): number {
    return this.running ? this.deadlines.nextMs : Number.POSITIVE_INFINITY;
  }

  begin(nowMs: number): void {
    if (this.running) return;
    this.running = true;
    for (let connection = 0; connection < this.options.count; connection++) this.draw(connection, nowMs);
  }

  /** Nobody is cut from here on: what was missed must come. */
  end(): void {
    this.running = false;
  }

  tick(nowMs: number, cut: (connection: number) => void): void {
    if (!this.running) return;
    for (let connection = this.deadlines.takeDue(nowMs); connection >= 0; connection = this.deadlines.takeDue(nowMs)) {
      cut(connection);
      this.draw(connection, nowMs);
    }
  }

  private draw(connection: number, nowMs: number): void {
    const { seed, meanSeconds, first } = this.options;
    const seconds = lifetimeSeconds(seed, first + connection, this.lives[connection]!++, meanSeconds);
    this.deadlines.add(nowMs + seconds * 1_000, connection);
  }
}

export function churnOf(setup: WorkerSetup, own: { readonly first: number; readonly count: number }): Churn | undefined {
  const { meanLifetimeSeconds: meanSeconds, population } = setup;
  return meanSeconds === undefined ? undefined : new Churn({ seed: population.seed, meanSeconds, ...own });
}
