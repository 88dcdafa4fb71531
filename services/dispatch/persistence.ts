/** Repeats an effect until it holds, with growing pauses, unless it is given up: what the log decided has to happen. */
export interface Persistence {
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly failed: (what: string, error: unknown) => void;
}

const FIRST_PAUSE_MS = 10;
const LAST_PAUSE_MS = 1_000;

export class Persistent {
  private readonly options: Persistence;
  private givenUp = false;

  constructor(options: Persistence) {
    this.options = options;
  }

  /** From now on a failure is thrown. */
  giveUp(): void {
    this.givenUp = true;
  }

  async until<Result>(what: string, effect: () => Promise<Result>): Promise<Result> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      try {
        return await effect();
      } catch (error) {
        if (this.givenUp) throw error;
        this.options.failed(what, error);
        await this.options.pause(pauseMs);
        if (this.givenUp) throw error;
      }
    }
  }
}
