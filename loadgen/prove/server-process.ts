/**
 * A server of the stack as whoever kills it sees it: found by its port, and started again by the very command, folder and
 * environment that its process had, on the data that it left. Its output goes where it went before.
 */
import { closeSync, existsSync, openSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { StackServer, StackServers } from '../coordinator/stack-servers.ts';
import type { Server } from './target.ts';

interface HowStarted {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly output: string;
}

const READY_LIMIT_MS = 120_000;
const END_LIMIT_MS = 60_000;
const POLL_MS = 100;
const NOWHERE = '/dev/null';

export class ServerProcess implements Server {
  readonly kind;
  readonly name: string;
  private readonly server: StackServer;
  private readonly stack: StackServers;
  private startedBy: HowStarted | undefined;

  constructor(server: StackServer, stack: StackServers) {
    this.server = server;
    this.stack = stack;
    this.kind = server.kind;
    this.name = server.name;
  }

  /** Undefined while it is away. Looked at before it is killed, so that how it was started is known then. */
  get pid(): number | undefined {
    this.stack.refresh();
    const pid = this.stack.pidOf(this.server);
    if (pid !== undefined) this.startedBy = howStarted(pid, this.server.port) ?? this.startedBy;
    return pid;
  }

  async start(): Promise<void> {
    if (this.startedBy === undefined) throw new Error(`how ${this.name} was started is not known`);
    const { command, environment, folder, output } = this.startedBy;
    const file = openSync(output, 'a');
    const child = Bun.spawn([...command], {
      cwd: folder,
      env: environment,
      stdio: ['ignore', file, file],
      // It outlives the proof, as it would have outlived it before, and Ctrl-C is not for it.
      detached: true,
    });
    child.unref();
    closeSync(file);
    const untilMs = performance.now() + READY_LIMIT_MS;
    while (!(await answers(this.server.port))) {
      if (child.exitCode !== null) throw new Error(`${this.name} ended at its start with code ${child.exitCode}`);
      if (performance.now() > untilMs) throw new Error(`${this.name} does not answer`);
      await Bun.sleep(POLL_MS);
    }
  }

  async stop(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    process.kill(pid, 'SIGTERM');
    const untilMs = performance.now() + END_LIMIT_MS;
    while (howStarted(pid, this.server.port) !== undefined) {
      if (performance.now() > untilMs) process.kill(pid, 'SIGKILL');
      await Bun.sleep(POLL_MS);
    }
  }
}

/** Undefined when there is no such process any more; a zombie has no command. */
function howStarted(pid: number, port: number): HowStarted | undefined {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    if (command.length === 0) return undefined;
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return {
      command: existsSync(command[0]!) || !command[0]!.includes(' ') ? command : plainRedis(pid, port),
      environment: Object.fromEntries(
        variables.filter((one) => one.includes('=')).map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
      ),
      folder: readlinkSync(`/proc/${pid}/cwd`),
      output: fileOf(pid),
    };
  } catch {
    return undefined;
  }
}

/** It writes a title over its command: then it is started as a plain server without a file, as it is for tests. */
function plainRedis(pid: number, port: number): string[] {
  return [readlinkSync(`/proc/${pid}/exe`), '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
}

/** The file that its output goes to; where that is a pipe or a terminal, nowhere. */
function fileOf(pid: number): string {
  const path = readlinkSync(`/proc/${pid}/fd/1`);
  try {
    return statSync(path).isFile() ? path : NOWHERE;
  } catch {
    return NOWHERE;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data: () => {} } });
    socket.end();
    return true;
  } catch {
    return false;
  }
}
