/** Workers as processes of this machine, spoken to over the channel that they were spawned with. */
import { fileURLToPath } from 'node:url';
import { ENGINE_SETTINGS } from '../../services/runtime/engine-settings.ts';
import { BEFORE_ALL, goBefore } from '../../services/runtime/precedence.ts';
import type { FromWorker } from '../worker/messages.ts';
import type { WorkerChannel, WorkerEvents, WorkerPlace } from './worker-channel.ts';

const WORKER_FILE = fileURLToPath(new URL('../worker/main.ts', import.meta.url));

export const SPAWNED_WORKERS: WorkerPlace = { open: (_index, events) => spawnWorker(events), close: () => {} };

function spawnWorker(events: WorkerEvents): WorkerChannel {
  // The smaller heap costs a little time and saves a tenth of a connection.
  const child = Bun.spawn([process.execPath, '--smol', WORKER_FILE], {
    env: { ...process.env, ...ENGINE_SETTINGS },
    stdio: ['ignore', 'inherit', 'inherit'],
    serialization: 'advanced',
    ipc: (message: FromWorker) => events.message(message),
    onExit: (_child, code, signal) => events.lost(`ended with ${signal ?? `code ${code}`}`),
  });
  goBefore(child.pid, BEFORE_ALL);
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return {
    host: undefined,
    pid: child.pid,
    send: (message) => {
      // Between its end and the word of it there is a moment.
      if (child.exitCode === null && child.signalCode === null) child.send(message);
    },
    kill,
    ended: async (limitMs) => {
      const ended = await Promise.race([child.exited.then(() => true), Bun.sleep(limitMs).then(() => false)]);
      if (!ended) await kill();
    },
  };
}
