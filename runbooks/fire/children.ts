/** Processes of the run: each known by its id, its output in a file, none left behind. */
import { openSync } from 'node:fs';
import { join } from 'node:path';

export class Children {
  readonly folder: string;
  private readonly alive = new Set<Bun.Subprocess>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Its output goes to FOLDER/NAME.log. */
  start(name: string, command: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Bun.Subprocess {
    const log = openSync(join(this.folder, `${name}.log`), 'a');
    const child = Bun.spawn([...command], { cwd, env: { ...process.env, ...env }, stdin: 'ignore', stdout: log, stderr: log });
    this.alive.add(child);
    void child.exited.then(() => this.alive.delete(child));
    return child;
  }

  /** The latest first, as they stand on each other. */
  async endAll(): Promise<void> {
    for (const child of [...this.alive].reverse()) {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await Promise.race([child.exited, Bun.sleep(8_000)]);
      child.kill('SIGKILL');
    }
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
    if (await Promise.resolve(test()).catch(() => false)) return;
    if (Date.now() > endMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await Bun.sleep(250);
  }
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  return response.ok;
}
