/**
 * A worker process of the load engine. It does what its coordinator says over the spawn channel, ends when it is told to,
 * and ends as well when the coordinator is gone: no load outlives whoever asked for it.
 */
import type { FromWorker, ToWorker } from './messages.ts';
import { WorkerLoop } from './worker-loop.ts';

const report = (message: FromWorker): void => {
  if (process.connected !== false) process.send?.(message);
};

const loop = new WorkerLoop({
  report,
  // A moment for the last frames to leave; the sockets end with the process anyway.
  leave: (code) => void setTimeout(() => process.exit(code), 100),
});

process.on('message', (message) => loop.receive(message as ToWorker));
process.on('disconnect', () => loop.leave(1));
// Ctrl-C goes to the whole group; the coordinator decides what it means.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => loop.leave(0));
report({ type: 'started' });
