/**
 * The port between a coordinator and its workers: a place that gives workers, and a channel to each. A worker is a process of
 * this machine that was spawned for it (spawned-workers.ts), or one that joined from another (../fleet). Messages arrive whole
 * and in order, or the worker is lost; it is lost once, with a reason, and says nothing more after that.
 */
import type { FromWorker, ToWorker } from '../worker/messages.ts';

export interface WorkerPlace {
  /** The worker with this number of the plan. The first that it says is `started`. */
  open(index: number, events: WorkerEvents): WorkerChannel;
  /** After all channels have ended. */
  close(): void;
}

export interface WorkerEvents {
  readonly message: (message: FromWorker) => void;
  /** Also told when it ends because it was told to. */
  readonly lost: (reason: string) => void;
}

export interface WorkerChannel {
  /** Name of the machine that it joined from; undefined for a process of this machine. */
  readonly host: string | undefined;
  /** Of a process of this machine. */
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  /** At once, without a word to it; resolves when it is gone. Who can't start another in its place throws. */
  kill(): Promise<void>;
  /** Waits until it has ended by itself, and cuts it when that takes longer. */
  ended(limitMs: number): Promise<void>;
}
