/**
 * Finds consumers that look alive and take nothing: a partition has records behind the consumer's position, and for the stall
 * time it did not move (tulios/kafkajs#1456, platformatic/kafka#374). What fails and is tried again is no stall. The end of
 * the partition is asked for on another way than the one by which records come.
 */
export interface Watched {
  /** Of the partition in its group: counts outlive the consumer. */
  readonly key: string;
  readonly end: () => Promise<number>;
  readonly stalled: () => void;
}

export interface Tracked {
  moved(next: number): void;
  stop(): void;
}

interface State {
  readonly watched: Watched;
  next: number;
  movedMs: number;
  asking: boolean;
}

export class StallWatch {
  private readonly stallMs: number;
  private readonly now: () => number;
  private readonly states = new Set<State>();
  private readonly stalls = new Map<string, number>();

  constructor(stallMs: number, now: () => number) {
    this.stallMs = stallMs;
    this.now = now;
  }

  track(watched: Watched, next: number): Tracked {
    const state: State = { watched, next, movedMs: this.now(), asking: false };
    this.states.add(state);
    return {
      moved: (next) => {
        if (next > state.next) this.stalls.delete(watched.key);
        state.next = next;
        state.movedMs = this.now();
      },
      stop: () => this.states.delete(state),
    };
  }

  /** Partitions that stalled, came back, and stalled again without a record in between. */
  get stuck(): string[] {
    return [...this.states].map(({ watched }) => watched.key).filter((key) => (this.stalls.get(key) ?? 0) >= 2);
  }

  /** To be called a few times in each stall time. */
  async check(): Promise<void> {
    await Promise.all([...this.states].map((state) => this.look(state)));
  }

  private async look(state: State): Promise<void> {
    if (state.asking || this.now() - state.movedMs < this.stallMs) return;
    state.asking = true;
    try {
      const { movedMs } = state;
      const end = await state.watched.end();
      if (!this.states.has(state) || state.movedMs !== movedMs) return;
      state.movedMs = this.now();
      if (end <= state.next) return;
      this.stalls.set(state.watched.key, (this.stalls.get(state.watched.key) ?? 0) + 1);
      state.watched.stalled();
    } catch {
      // A broker that is away is no stall.
    } finally {
      state.asking = false;
    }
  }
}
