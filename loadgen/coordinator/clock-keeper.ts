/** Runs the clock rounds of a run: all workers measure, then all learn whether every clock kept its offset. */
import type { FromWorker } from '../worker/messages.ts';
import type { WorkerGroup } from './worker-group.ts';

const EXCHANGES = 12;
const ROUND_LIMIT_MS = 3_000;
const EVERY_MS = 5_000;

export class ClockKeeper {
  private readonly group: WorkerGroup;
  private round = 0;
  private running: Promise<void> | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  /** Rounds in which a clock had moved, or could not be measured. */
  badRounds = 0;

  constructor(group: WorkerGroup) {
    this.group = group;
  }

  begin(): void {
    this.timer = setInterval(() => void this.measure(), EVERY_MS);
  }

  end(): void {
    clearInterval(this.timer);
  }

  /** One round after another, never two at once. */
  measure(): Promise<void> {
    this.running ??= this.runRound().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /** Largest error of the offset between two workers' clocks, us. */
  get errorUs(): number {
    const errors = this.group.workers.map((worker) => worker.clockErrorMs).sort((a, b) => b - a);
    return Math.ceil(((errors[0] ?? 0) + (errors[1] ?? 0)) * 1_000);
  }

  private async runRound(): Promise<void> {
    const round = this.round++;
    const isAnswer = (answer: FromWorker) => answer.type === 'clock' && answer.round === round;
    const answers = await this.group.ask({ type: 'clock', round, exchanges: EXCHANGES }, isAnswer, ROUND_LIMIT_MS);
    const held = this.group.present.every((worker) => {
      const answer = answers.get(worker);
      return answer?.type === 'clock' && answer.held;
    });
    if (!held) this.badRounds++;
    this.group.broadcast({ type: 'clockHeld', round, held });
  }
}
