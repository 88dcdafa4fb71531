/**
 * One server process of a stack: started detached, known again by its process id and start time from a file, stopped by
 * that id. It outlives whoever started it, as a server does.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { BackendError } from '../runtime/backend-error.ts';
import { ownerOf } from '../runtime/directory-lock.ts';
import { isAbsent } from '../runtime/host/proc-file.ts';
import { readProcessMemory } from '../runtime/host/processes.ts';

export const SERVER_KINDS = ['kafka', 'cassandra', 'valkey'] as const;

export type ServerKind = (typeof SERVER_KINDS)[number];

export interface ServerPlan {
  /** `kafka-1`: the folder of its data and log too. */
  readonly name: string;
  readonly kind: ServerKind;
  /** The port that takes clients: when it answers, the server is ready. */
  readonly port: number;
  /** Where it tells its metrics; left out: nowhere. */
  readonly exporterPort?: number;
  /** Writes configuration, formats what is new. Called before each start. */
  readonly prepare: () => Promise<void>;
  readonly command: readonly string[];
}

export interface ServerStatus {
  readonly name: string;
  readonly kind: ServerKind;
  readonly port: number;
  readonly pid: number | undefined;
  readonly ready: boolean;
  readonly rssBytes: number | undefined;
}

const READY_MS = 120_000;
const STOP_MS = 20_000;
const POLL_MS = 50;

export class Server {
  readonly plan: ServerPlan;
  readonly directory: string;

  constructor(plan: ServerPlan, stackDirectory: string) {
    this.plan = plan;
    this.directory = join(stackDirectory, plan.name);
  }

  /** The running process, or undefined. */
  get pid(): number | undefined {
    try {
      const owner = readFileSync(this.pidFile, 'utf8').trim();
      const pid = Number(owner.split(' ')[0]);
      return ownerOf(pid) === owner ? pid : undefined;
    } catch {
      return undefined;
    }
  }

  get logFile(): string {
    return join(this.directory, 'log');
  }

  /** Resolves when it takes clients. Does nothing where it runs already. */
  async start(): Promise<void> {
    if (this.pid === undefined) {
      mkdirSync(this.directory, { recursive: true, mode: 0o700 });
      await this.plan.prepare();
      const log = openSync(this.logFile, 'a', 0o600);
      const child = Bun.spawn([...this.plan.command], { cwd: this.directory, stdio: ['ignore', log, log], detached: true });
      closeSync(log);
      writeFileSync(this.pidFile, `${ownerOf(child.pid) ?? child.pid}\n`, { mode: 0o600 });
      child.unref();
    }
    await this.ready();
  }

  kill(signal: NodeJS.Signals): void {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, signal);
  }

  /** Asks it to end, waits, and cuts it after a while. */
  async stop(): Promise<void> {
    const { pid } = this;
    if (pid !== undefined) {
      process.kill(pid, 'SIGTERM');
      // One that was stopped hears nothing before it goes on.
      process.kill(pid, 'SIGCONT');
      if (!(await this.ended(STOP_MS))) process.kill(pid, 'SIGKILL');
      if (!(await this.ended(STOP_MS))) throw new BackendError('notStopped', `${this.plan.name} (process ${pid}) does not end`, false);
    }
    rmSync(this.pidFile, { force: true });
  }

  async status(): Promise<ServerStatus> {
    const { pid, plan } = this;
    const memory = pid === undefined ? undefined : readProcessMemory(pid);
    return {
      name: plan.name,
      kind: plan.kind,
      port: plan.port,
      pid,
      ready: pid !== undefined && (await answers(plan.port)),
      rssBytes: memory === undefined || isAbsent(memory) ? undefined : memory.rssBytes,
    };
  }

  private get pidFile(): string {
    return join(this.directory, 'pid');
  }

  private async ready(): Promise<void> {
    const untilMs = performance.now() + READY_MS;
    while (!(await answers(this.plan.port))) {
      if (this.pid === undefined) throw new BackendError('died', `${this.plan.name} ended at its start; ${this.lastWords()}`, false);
      if (performance.now() > untilMs) {
        throw new BackendError('notReady', `${this.plan.name} takes no clients after ${READY_MS / 1_000} s; ${this.lastWords()}`, false);
      }
      await Bun.sleep(POLL_MS);
    }
  }

  private lastWords(): string {
    const lines = readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-3);
    return `the end of ${this.logFile}:\n  ${lines.join('\n  ')}`;
  }

  private async ended(limitMs: number): Promise<boolean> {
    const untilMs = performance.now() + limitMs;
    while (this.pid !== undefined && performance.now() < untilMs) await Bun.sleep(POLL_MS);
    return this.pid === undefined;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const done = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}
