import type { Convergence } from '../worker/convergence.ts';

/** A chat that goes on, as whoever disturbs it sees it. */
export interface RunningChat {
  /** Since the first send could be due. */
  readonly tMs: number;
  /** No more sends are due: the schedule is at its end, or the run was cut. */
  readonly over: boolean;
  /** Counts as the workers have them now. */
  pulse(): Promise<Pulse>;
  /** Kills a worker and starts it again on its ledger; resolves when its connections are open. */
  restartWorker(worker: number): Promise<void>;
  /** Waits until what is known now has reached everyone, or has had its time. */
  converge(): Promise<Convergence>;
}

export interface Pulse {
  readonly open: number;
  readonly due: number;
  readonly accepted: number;
  readonly delivered: number;
  /** Sends without SEQUENCED or REJECTED. */
  readonly pending: number;
}
