/**
 * One clock and one queue for everything that runs in a simulation. For the time of a run it takes the place of this
 * process's timers, clock and random numbers, so that the real code of every part runs on it without knowing; the run is
 * synchronous from its first event to its last, so nothing else can see that time.
 *
 * Every event belongs to a life: the process that it happens in. What a dead process had under way never happens, what a
 * stopped one has under way waits until it goes on, in order.
 */
import { drainMicrotasks } from 'bun:jsc';
import { seededNumbers } from '../runtime/seeded-numbers.ts';

export class Life {
  readonly name: string;
  alive = true;
  /** Stopped (SIGSTOP) until then. */
  pausedUntilMs = 0;
  /** Its clock is so far from the true time. */
  skewMs = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** What happens outside of every process: the network, the backends, the faults. */
export const WORLD = new Life('world');

export interface Happening {
  readonly life: Life;
  readonly label: string;
  readonly run: () => void;
  atMs: number;
  order: number;
  cancelled: boolean;
  everyMs: number;
}

const START_MS = 1_800_000_000_000;
/** A run that has so many events at one moment turns in circles. */
const MOST_EVENTS = 400_000;

type Timer = Happening | undefined;

export class VirtualTime {
  nowMs = START_MS;
  events = 0;
  /** The process whose event is running. */
  current: Life = WORLD;
  /** Called with each line of the trace, where one is wanted. */
  trace: ((line: string) => void) | undefined;
  private readonly heap: Happening[] = [];
  private order = 0;
  private readonly random: (below: number) => number;
  private hashA = 0x811c_9dc5;
  private hashB = 0x1234_5678;

  constructor(seed: number) {
    this.random = seededNumbers(seed ^ 0x5eed);
  }

  get elapsedMs(): number {
    return this.nowMs - START_MS;
  }

  /** What happened so far as one number: the same for the same run. */
  get hash(): string {
    return (this.hashA >>> 0).toString(16).padStart(8, '0') + (this.hashB >>> 0).toString(16).padStart(8, '0');
  }

  fold(value: number): void {
    this.hashA = Math.imul(this.hashA ^ (value | 0), 0x0100_0193);
    this.hashB = (Math.imul(this.hashB, 0x5bd1_e995) + (value | 0)) | 0;
  }

  foldBytes(bytes: Uint8Array): void {
    this.fold(bytes.length);
    for (let at = 0; at < bytes.length; at += 3) this.fold(bytes[at]!);
  }

  note(line: () => string): void {
    this.trace?.(`${this.elapsedMs.toFixed(2).padStart(9)} ${this.current.name.padEnd(12)} ${line()}`);
  }

  after(life: Life, delayMs: number, label: string, run: () => void, everyMs = 0): Happening {
    const happening = {
      life,
      label,
      run,
      atMs: this.nowMs + Math.max(0, delayMs),
      order: this.order++,
      cancelled: false,
      everyMs,
      unref: () => happening,
      ref: () => happening,
    };
    this.push(happening);
    return happening;
  }

  /** Runs something as that process, now. */
  as<T>(life: Life, run: () => T): T {
    const before = this.current;
    this.current = life;
    try {
      return run();
    } finally {
      this.current = before;
    }
  }

  /** Runs events until that time, or until `done` says so, which is asked after each. */
  runUntil(untilMs: number, done: () => boolean): void {
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, untilMs);
        return;
      }
      this.pop();
      if (next.cancelled || !next.life.alive) continue;
      if (next.life.pausedUntilMs > next.atMs) {
        next.atMs = next.life.pausedUntilMs;
        // Its order number is kept: what waited happens in the order in which it would have.
        this.push(next);
        continue;
      }
      this.nowMs = next.atMs;
      if (++this.events > MOST_EVENTS) throw new Error(`more than ${MOST_EVENTS} events: something turns in circles`);
      this.fold(((this.nowMs - START_MS) * 64) | 0);
      this.fold(next.order);
      this.current = next.life;
      if (next.everyMs > 0) {
        next.atMs = this.nowMs + next.everyMs;
        next.order = this.order++;
        this.push(next);
      }
      next.run();
      drainMicrotasks();
      this.current = WORLD;
      if (done()) return;
    }
  }

  /** The value of a promise that waits for nothing but code that can run now. */
  settled<T>(promise: Promise<T>): T {
    let result: { value: T } | undefined;
    let failure: unknown;
    promise.then(
      (value) => {
        result = { value };
      },
      (error: unknown) => {
        failure = error;
      },
    );
    drainMicrotasks();
    if (result === undefined) throw failure ?? new Error('it waits for something that is still to happen');
    return result.value;
  }

  /** Takes the place of this process's time while the body runs. */
  within<T>(body: () => T): T {
    const real = {
      setTimeout: globalThis.setTimeout,
      clearTimeout: globalThis.clearTimeout,
      setInterval: globalThis.setInterval,
      clearInterval: globalThis.clearInterval,
      setImmediate: globalThis.setImmediate,
      clearImmediate: globalThis.clearImmediate,
    };
    const realNow = Date.now;
    const realRandom = Math.random;
    const cancel = (timer: Timer) => {
      if (timer !== undefined) timer.cancelled = true;
    };
    const timer = (run: () => void, ms = 0) => this.after(this.current, ms, 'timer', run);
    const repeated = (run: () => void, ms = 1) => this.after(this.current, ms, 'interval', run, Math.max(1, ms));
    const stand = {
      setTimeout: timer,
      clearTimeout: cancel,
      setInterval: repeated,
      clearInterval: cancel,
      setImmediate: (run: () => void) => this.after(this.current, 0, 'immediate', run),
      clearImmediate: cancel,
    };
    Object.assign(globalThis, stand);
    Date.now = () => Math.floor(this.nowMs + this.current.skewMs);
    Math.random = () => this.random(0x1_0000_0000) / 0x1_0000_0000;
    try {
      return body();
    } finally {
      Object.assign(globalThis, real);
      Date.now = realNow;
      Math.random = realRandom;
      // What was left under way is let go with its closures.
      this.heap.length = 0;
      drainMicrotasks();
    }
  }

  private push(one: Happening): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(one);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(one, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = one;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Happening, b: Happening): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
