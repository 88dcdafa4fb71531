/**
 * Who comes back when: amounts of clients by level, spread over the steps of a simulation. Adding an amount costs the same
 * whether it is spread over one step or over a thousand: between its ends only the change of the flow is noted.
 */
export class Returning {
  readonly levels: number;
  private readonly steps: number;
  private readonly stepSeconds: number;
  /** What comes in one step alone, and by how much the steady flow changes with a step. */
  private readonly single: Float64Array;
  private readonly change: Float64Array;
  private readonly flow: Float64Array;
  private next = 0;
  private later = 0;

  constructor(levels: number, steps: number, stepSeconds: number) {
    this.levels = levels;
    this.steps = steps;
    this.stepSeconds = stepSeconds;
    this.single = new Float64Array(levels * steps);
    this.change = new Float64Array(levels * (steps + 1));
    this.flow = new Float64Array(levels);
  }

  /** Amounts that come after the last step. */
  get beyond(): number {
    return this.later;
  }

  /** Evenly between two times since the beginning; never in a step that was taken already. */
  add(level: number, fromSeconds: number, toSeconds: number, amount: number): void {
    if (amount <= 0) return;
    const from = Math.max(fromSeconds / this.stepSeconds, this.next);
    const to = Math.max(toSeconds / this.stepSeconds, from);
    const first = Math.floor(from);
    if (first >= this.steps) {
      this.later += amount;
      return;
    }
    const last = Math.floor(to);
    const base = level * this.steps;
    if (last === first) {
      this.single[base + first]! += amount;
      return;
    }
    const perStep = amount / (to - from);
    this.single[base + first]! += perStep * (first + 1 - from);
    if (last < this.steps) this.single[base + last]! += perStep * (to - last);
    else this.later += perStep * (to - this.steps);
    const end = Math.min(last, this.steps);
    if (end > first + 1) {
      const changes = level * (this.steps + 1);
      this.change[changes + first + 1]! += perStep;
      this.change[changes + end]! -= perStep;
    }
  }

  /** The amounts of the next step, by level, into `into`; gives their sum. */
  take(into: Float64Array): number {
    const step = this.next++;
    let sum = 0;
    for (let level = 0; level < this.levels; level++) {
      this.flow[level]! += this.change[level * (this.steps + 1) + step]!;
      const amount = Math.max(0, this.single[level * this.steps + step]! + this.flow[level]!);
      into[level] = amount;
      sum += amount;
    }
    return sum;
  }
}
