/**
 * A process of a box and its restarts: started again whenever it dies, with a growing pause that a long life resets. Two
 * deaths, or two hundred, do not take the box down.
 */

import { ENGINE_SETTINGS } from '../runtime/engine-settings.ts';
import type { Log } from '../runtime/log.ts';
import type { MetricsSnapshot } from '../runtime/metrics.ts';
import { goBefore } from '../runtime/precedence.ts';
import type { FromProcess, ToProcess } from '../runtime/process-control.ts';

export interface ChildOptions {
  readonly name: string;
  readonly command: () => readonly string[];
  readonly environment: () => Readonly<Record<string, string>>;
  readonly onReady: (port: number | undefined) => void;
  /** Sent as soon as it runs, at each start. */
  readonly configuration?: () => Readonly<Record<string, unknown>>;
  /** It has died so often before it was ready for the first time that it will hardly ever be. */
  readonly onHopeless: (name: string) => void;
  /** Goes before other processes, see `goBefore`. */
  readonly niceness?: number;
  readonly log: Log;
}

const FIRST_PAUSE_MS = 50;
const LAST_PAUSE_MS = 5_000;
const LONG_LIFE_MS = 10_000;
const METRICS_DEADLINE_MS = 2_000;
const HOPELESS_STARTS = 7;

export class Child {
  starts = 0;
  ready = false;
  private wasReady = false;
  private readonly options: ChildOptions;
  private process: Bun.Subprocess | undefined;
  private pauseMs = FIRST_PAUSE_MS;
  private stopping = false;
  private nextQuestion = 1;
  private readonly questions = new Map<number, (snapshot: MetricsSnapshot | undefined) => void>();

  constructor(options: ChildOptions) {
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  start(): void {
    if (this.stopping) return;
    const { options } = this;
    const startedMs = Date.now();
    this.starts++;
    const child = Bun.spawn([...options.command()], {
      env: { ...process.env, ...ENGINE_SETTINGS, ...options.environment() },
      stdin: 'ignore',
      // A group of its own: Ctrl-C reaches the supervisor alone, which stops its processes in order.
      detached: true,
      stdout: 'inherit',
      stderr: 'inherit',
      serialization: 'json',
      ipc: (message: FromProcess) => this.received(message),
      onExit: (_, code, signal) => {
        if (this.process !== child) return;
        this.process = undefined;
        this.ready = false;
        for (const answer of this.questions.values()) answer(undefined);
        this.questions.clear();
        if (this.stopping) return;
        options.log.error('process died', {
          process: options.name,
          code: code ?? undefined,
          signal: signal ?? undefined,
          lived: Date.now() - startedMs,
        });
        if (!this.wasReady && this.starts >= HOPELESS_STARTS) options.onHopeless(options.name);
        if (Date.now() - startedMs > LONG_LIFE_MS) this.pauseMs = FIRST_PAUSE_MS;
        setTimeout(() => this.start(), this.pauseMs);
        this.pauseMs = Math.min(LAST_PAUSE_MS, this.pauseMs * 2);
      },
    });
    this.process = child;
    if (options.niceness !== undefined) goBefore(child.pid, options.niceness);
    if (options.configuration !== undefined) this.configure(options.configuration());
  }

  configure(values: Readonly<Record<string, unknown>>): void {
    this.send({ type: 'configure', values });
  }

  /** The process's metrics, or undefined when it does not answer in time. */
  metrics(): Promise<MetricsSnapshot | undefined> {
    if (this.process === undefined || !this.ready) return Promise.resolve(undefined);
    const id = this.nextQuestion++;
    return new Promise((resolve) => {
      const timer = setTimeout(() => answer(undefined), METRICS_DEADLINE_MS);
      const answer = (snapshot: MetricsSnapshot | undefined) => {
        clearTimeout(timer);
        this.questions.delete(id);
        resolve(snapshot);
      };
      this.questions.set(id, answer);
      this.send({ type: 'metrics', id });
    });
  }

  /** Asks it to stop and waits; after the deadline it is killed and named. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopping = true;
    const child = this.process;
    if (child === undefined) return;
    this.send({ type: 'stop' });
    const timer = setTimeout(() => {
      this.options.log.error('process overran its stop', { process: this.options.name, deadlineMs });
      child.kill('SIGKILL');
    }, deadlineMs);
    await child.exited;
    clearTimeout(timer);
  }

  private send(message: ToProcess): void {
    try {
      this.process?.send(message);
    } catch {
      // It has just died; onExit starts it again with its configuration.
    }
  }

  private received(message: FromProcess): void {
    switch (message.type) {
      case 'ready':
        this.ready = this.wasReady = true;
        return this.options.onReady(message.port);
      case 'metrics':
        return this.questions.get(message.id)?.(message.snapshot);
      case 'state':
        this.ready = message.ready;
    }
  }
}
