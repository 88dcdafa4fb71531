/** Processes of the run: each known by its id, its output in a file, none left behind. */
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

/** With the exit code that a shell gives each; SIGKILL can't be heard. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const END_MS = 10_000;

export class Children {
  readonly folder: string;
  private readonly alive = new Set<Bun.Subprocess>();
  /** Groups of shells whose jobs outlive them. */
  private readonly groups = new Set<number>();
  /** Of others, stopped by a fault: they must not stay so. */
  private readonly stopped = new Set<number>();
  private ended: Promise<void> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Its output goes to FOLDER/NAME.log. Throws once all were ended: nothing is begun behind an end. */
  start(name: string, command: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Bun.Subprocess {
    return this.spawn(name, command, { cwd, env, detached: false });
  }

  /** A shell in a group of its own; what it leaves running is ended with the rest. */
  startShell(name: string, script: string, cwd: string, env: Readonly<Record<string, string>>): Bun.Subprocess {
    const shell = this.spawn(name, ['bash', '-c', script], { cwd, env, detached: true });
    this.groups.add(shell.pid);
    return shell;
  }

  /** SIGSTOP of a process, ours or not, that goes on at the end if it is still there. */
  stop(pid: number): void {
    process.kill(pid, 'SIGSTOP');
    this.stopped.add(pid);
  }

  /** The latest first, as they stand on each other. A second call waits for the first. */
  endAll(): Promise<void> {
    this.ended ??= this.endEach();
    return this.ended;
  }

  /** On a signal: `end`, which ends all, then this process with the code that the signal has. */
  endOnSignals(end: () => Promise<void> = () => this.endAll()): void {
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.once(signal, () => {
        console.error(`${signal}: ending what was started`);
        void end().finally(() => process.exit(code));
      });
    }
  }

  private spawn(
    name: string,
    command: readonly string[],
    { env, ...options }: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly detached: boolean },
  ): Bun.Subprocess {
    if (this.ended !== undefined) throw new Error(`${name} is not started: the run is ending`);
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const child = Bun.spawn([...command], { ...options, env: { ...process.env, ...env }, stdin: 'ignore', stdout: log, stderr: log });
    closeSync(log);
    this.alive.add(child);
    void child.exited.then(() => this.alive.delete(child));
    return child;
  }

  private async endEach(): Promise<void> {
    for (const pid of this.stopped) signal(pid, 'SIGCONT');
    for (const group of this.groups) for (const name of ['SIGCONT', 'SIGTERM'] as const) signal(-group, name);
    for (const child of [...this.alive].reverse()) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await Promise.race([child.exited, Bun.sleep(END_MS)]);
      child.kill('SIGKILL');
    }
    const endMs = Date.now() + END_MS;
    while ([...this.groups].some((group) => signal(-group, 0)) && Date.now() < endMs) await Bun.sleep(100);
    for (const group of this.groups) signal(-group, 'SIGKILL');
  }
}

/** Whether there was somebody to get it. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

export function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}

export async function until(what: string, limitMs: number, test: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = Date.now() + limitMs;
  for (;;) {
    if (
      await Promise.resolve()
        .then(test)
        .catch(() => false)
    )
      return;
    if (Date.now() > endMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await Bun.sleep(250);
  }
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return response.ok;
}
