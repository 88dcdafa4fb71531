/** Machines that work for a coordinator, as processes of `parley work`, for tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PARLEY } from '../verbs/command.harness.ts';

const END_LIMIT_MS = 15_000;

export class WorkerHost {
  readonly child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  private readonly output: Promise<readonly [string, string]>;

  /** `prefix` goes before the command: `nsenter …`. */
  constructor(words: readonly string[], prefix: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
    this.child = Bun.spawn([...prefix, process.execPath, PARLEY, 'work', ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.output = Promise.all([new Response(this.child.stdout).text(), new Response(this.child.stderr).text()]);
  }

  /** Its worker processes, in order of their slots. */
  get workers(): readonly number[] {
    return childrenOf(this.child.pid);
  }

  async ended(): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
    const exitCode = await this.child.exited;
    const [stdout, stderr] = await this.output;
    return { exitCode, stdout, stderr };
  }

  /** As a machine that is switched off. */
  kill(): void {
    const all = [this.child.pid, ...this.workers];
    for (const pid of all) signal(pid, 'SIGKILL');
  }

  async end(): Promise<void> {
    const { workers } = this;
    signal(this.child.pid, 'SIGTERM');
    for (const pid of workers) signal(pid, 'SIGCONT');
    const ended = await Promise.race([this.child.exited.then(() => true), Bun.sleep(END_LIMIT_MS).then(() => false)]);
    if (!ended) this.kill();
    await this.child.exited;
  }
}

export function writeSecret(folder: string, text = 'a secret of the test, long enough'): string {
  const file = join(folder, `secret-${text.length}`);
  writeFileSync(file, text);
  return file;
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Ended meanwhile.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
