import { ownClockMs } from '../clock/offset.ts';
import type { Convergence } from '../worker/convergence.ts';
import { convergenceOf } from './convergence-of.ts';
import type { Windows } from './windows.ts';
import type { WorkerGroup } from './worker-group.ts';

/** A chat that goes on, as whoever disturbs it sees it. */
export interface RunningChat {
  /** When the first send could be due, on the clock of the ledgers. */
  readonly startMs: number;
  /** Since then. */
  readonly tMs: number;
  /** No more sends are due: the schedule is at its end, or the run was cut. */
  readonly over: boolean;
  /** The workers, for what is asked of them beside the chat. */
  readonly group: WorkerGroup;
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

export interface ChatParts {
  readonly group: WorkerGroup;
  readonly windows: Windows;
  readonly startMs: number;
  readonly over: () => boolean;
  readonly restartWorker: (worker: number) => Promise<void>;
}

export function runningChat({ group, windows, startMs, over, restartWorker }: ChatParts): RunningChat {
  let checks = 0;
  const total = (count: Parameters<WorkerGroup['total']>[0]) => group.total(count);
  return {
    startMs,
    group,
    get tMs() {
      return ownClockMs() - startMs;
    },
    get over() {
      return over();
    },
    restartWorker,
    converge: () => convergenceOf(group, checks++),
    pulse: async () => {
      await windows.report();
      return {
        open: total('open'),
        due: total('due'),
        accepted: total('accepted'),
        delivered: total('delivered'),
        pending: total('pending'),
      };
    },
  };
}
