/** Verbs as people call them, for tests: each in a folder of the test, below which it leaves its runs. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BoxInfo } from '../coordinator/box.ts';

export const PARLEY = fileURLToPath(new URL('../../parley.ts', import.meta.url));
const BOX_START_MS = 60_000;

export type Command = Bun.Subprocess<'ignore', 'pipe', 'pipe'>;

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export class CommandFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'parley-command-'));

  start(...args: readonly string[]): Command {
    return Bun.spawn([process.execPath, PARLEY, ...args], { cwd: this.path, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Started and ended. */
  async run(...args: readonly string[]): Promise<Outcome> {
    return await outcomeOf(this.start(...args));
  }

  /** A box of its own, ready; ended by SIGTERM. */
  async startBox(...settings: readonly string[]): Promise<{ readonly command: Command; readonly file: string; readonly info: BoxInfo }> {
    const state = join(this.path, 'state');
    const command = this.start('gateway', '--state-dir', state, ...settings);
    const file = join(state, 'box.json');
    const info = await eventually('a box that is ready', BOX_START_MS, () =>
      existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as BoxInfo) : undefined,
    );
    return { command, file, info };
  }

  /** Folders of the runs, the oldest in front. */
  get runs(): string[] {
    const runs = join(this.path, 'runs');
    return existsSync(runs)
      ? readdirSync(runs)
          .sort()
          .map((name) => join(runs, name))
      : [];
  }

  /** A file of the only run, read as JSON, once it is there and as it should be. */
  async fileOfRun<Content>(name: string, limitMs: number, isRight: (content: Content) => boolean): Promise<string> {
    return await eventually(name, limitMs, () => {
      const [run] = this.runs;
      const file = join(run ?? '', name);
      return run !== undefined && existsSync(file) && isRight(JSON.parse(readFileSync(file, 'utf8')) as Content) ? run : undefined;
    });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export async function outcomeOf(command: Command): Promise<Outcome> {
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(command.stdout).text(),
    new Response(command.stderr).text(),
    command.exited,
  ]);
  return { stdout, stderr, exitCode };
}

/** Kills it as the kernel would, and waits for its end. */
export async function kill(command: Command): Promise<void> {
  command.kill('SIGKILL');
  await command.exited;
}

async function eventually<Value>(what: string, limitMs: number, look: () => Value | undefined): Promise<Value> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > untilMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await Bun.sleep(100);
  }
}
