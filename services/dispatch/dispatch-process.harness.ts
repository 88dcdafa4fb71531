/** `parley dispatch` as its own process for tests: started, asked for its metrics, frozen, stopped by its id. */
import { fileURLToPath } from 'node:url';

const START_DEADLINE_MS = 60_000;

export class DispatchProcess {
  stderr = '';
  private readonly child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>;
  private adminUrl: string | undefined;
  private ready = false;

  private constructor(backendsFile: string) {
    this.child = Bun.spawn(
      [process.execPath, fileURLToPath(new URL('../../parley.ts', import.meta.url)), 'dispatch', '--backends', backendsFile],
      {
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      },
    );
    void this.collect();
    void this.readLines((line) => {
      if (line.startsWith('admin: ')) this.adminUrl = line.slice('admin: '.length);
      if (line === 'ready') this.ready = true;
    });
  }

  static spawn(backendsFile: string): DispatchProcess {
    return new DispatchProcess(backendsFile);
  }

  /** Resolves when it is a member of the group. */
  static async start(backendsFile: string): Promise<DispatchProcess> {
    const started = DispatchProcess.spawn(backendsFile);
    await started.until(() => started.ready);
    return started;
  }

  async until(holds: () => boolean): Promise<void> {
    const deadlineMs = Date.now() + START_DEADLINE_MS;
    while (!holds()) {
      if (this.child.exitCode !== null) throw new Error(`dispatch ended with ${this.child.exitCode}: ${this.stderr}`);
      if (Date.now() > deadlineMs) throw new Error(`not in time: ${this.stderr}`);
      await Bun.sleep(20);
    }
  }

  /** Status and text of /readyz. */
  async readiness(): Promise<[number, string]> {
    const response = await fetch(`${this.adminUrl}/readyz`);
    return [response.status, await response.text()];
  }

  /** Value of a metric without labels. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.adminUrl}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.child.kill('SIGCONT');
  }

  /** Exit code. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    this.child.kill('SIGCONT');
    this.child.kill(signal);
    return this.child.exited;
  }

  private async collect(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.child.stderr) this.stderr = (this.stderr + decoder.decode(chunk, { stream: true })).slice(-20_000);
  }

  private async readLines(each: (line: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of this.child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop()!;
      for (const line of lines) each(line);
    }
  }
}
