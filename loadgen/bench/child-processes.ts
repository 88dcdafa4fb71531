/** The processes that one run of the bench starts: each is ended by its handle, whatever happens to the run. */
import type { Subprocess } from 'bun';
import { BackendError } from '../../services/runtime/backend-error.ts';

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;

export class ChildProcesses {
  private readonly children: Subprocess[] = [];

  add<T extends Subprocess>(child: T): T {
    this.children.push(child);
    return child;
  }

  /** Starts a server that prints "port N" and gives its port. */
  async server(command: readonly string[]): Promise<{ readonly pid: number; readonly port: number }> {
    const child = this.add(Bun.spawn([...command], { stdio: ['ignore', 'pipe', 'inherit'] }));
    const reader = child.stdout.getReader();
    const decoder = new TextDecoder();
    let text = '';
    const late = Bun.sleep(START_LIMIT_MS).then(() => undefined);
    for (;;) {
      const chunk = await Promise.race([reader.read(), late]);
      if (chunk === undefined || chunk.done) throw new BackendError('peerStart', `${command.join(' ')} did not say its port`, false);
      text += decoder.decode(chunk.value, { stream: true });
      const port = /^port (\d+)$/m.exec(text)?.[1];
      if (port !== undefined) return { pid: child.pid, port: Number(port) };
    }
  }

  async stop(): Promise<void> {
    for (const child of this.children) child.kill('SIGTERM');
    const late = Bun.sleep(STOP_LIMIT_MS).then(() => 'late' as const);
    await Promise.all(
      this.children.map(async (child) => {
        if ((await Promise.race([child.exited, late])) !== 'late') return;
        child.kill('SIGKILL');
        await child.exited;
      }),
    );
  }
}
