/** What a worker process does with what it is told, whatever brings the messages: sets an engine up, drives it, ends it. */
import { readFileSync } from 'node:fs';
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { FileSink } from '../ledger/writer.ts';
import { Engine } from './engine.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './messages.ts';

export interface WorkerLoopOptions {
  readonly report: (message: FromWorker) => void;
  /** Ends the process, some moments later: the last frames are to leave. */
  readonly leave: (code: number) => void;
  /** What differs on this machine from what the coordinator says. May throw: the worker is broken then. */
  readonly adapt?: (setup: WorkerSetup) => WorkerSetup;
  /** Takes the ledger instead of a file. */
  readonly ledger?: FileSink;
}

export class WorkerLoop {
  private readonly options: WorkerLoopOptions;
  private engine: Engine | undefined;
  private left = false;

  constructor(options: WorkerLoopOptions) {
    this.options = options;
  }

  receive(message: ToWorker): void {
    if (this.left) return;
    try {
      this.handle(message);
    } catch (error) {
      this.options.report({ type: 'broken', reason: reasonOf(error) });
      this.leave(1);
    }
  }

  /** No load outlives whoever asked for it. */
  leave(code: number): void {
    if (this.left) return;
    this.left = true;
    this.engine?.stop();
    this.options.leave(code);
  }

  private handle(message: ToWorker): void {
    const { report, adapt, ledger } = this.options;
    if (message.type === 'setup') {
      this.engine = new Engine(adapt?.(message.setup) ?? message.setup, report, ledger);
      this.engine.start();
      return report({ type: 'ready', fileLimit: openFilesLimit() });
    }
    this.engine?.handle(message);
    if (message.type === 'stop') this.leave(0);
  }
}

export function openFilesLimit(): number {
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 1_024);
}

/** What is expected in a line, a bug with its place. */
function reasonOf(error: unknown): string {
  if (error instanceof BackendError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
