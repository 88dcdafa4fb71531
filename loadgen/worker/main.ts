/**
 * A worker process of the load engine. It does what its coordinator says over the spawn channel, ends when it is told to,
 * and ends as well when the coordinator is gone: no load outlives whoever asked for it.
 */
import { readFileSync } from 'node:fs';
import { Engine } from './engine.ts';
import type { FromWorker, ToWorker } from './messages.ts';

let engine: Engine | undefined;

const report = (message: FromWorker): void => {
  if (process.connected !== false) process.send?.(message);
};

function handle(message: ToWorker): void {
  if (message.type === 'setup') {
    engine = new Engine(message.setup, report);
    engine.start();
    return report({ type: 'ready', fileLimit: openFilesLimit() });
  }
  engine?.handle(message);
  if (message.type === 'stop') leave(0);
}

function leave(code: number): void {
  engine?.stop();
  // A moment for the last frames to leave; the sockets end with the process anyway.
  setTimeout(() => process.exit(code), 100);
}

function openFilesLimit(): number {
  const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return Number(line?.[1] ?? 1_024);
}

process.on('message', (message) => {
  try {
    handle(message as ToWorker);
  } catch (error) {
    report({ type: 'broken', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    leave(1);
  }
});
process.on('disconnect', () => leave(1));
// Ctrl-C goes to the whole group; the coordinator decides what it means.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => leave(0));
report({ type: 'started' });
