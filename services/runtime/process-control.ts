/**
 * What a process of a box and its supervisor say to each other over the spawn channel. A process that loses its
 * supervisor stops: nothing of a box outlives it.
 */
import type { MetricsSnapshot } from './metrics.ts';

export type ToProcess =
  | { readonly type: 'stop' }
  | { readonly type: 'metrics'; readonly id: number }
  | { readonly type: 'configure'; readonly values: Readonly<Record<string, unknown>> };

export type FromProcess =
  | { readonly type: 'ready'; readonly port?: number }
  | { readonly type: 'metrics'; readonly id: number; readonly snapshot: MetricsSnapshot }
  | { readonly type: 'state'; readonly ready: boolean; readonly reason?: string };

/** `asked to`: by its supervisor, with all others. A signal is meant for it alone: the supervisor gets those of the box. */
export type StopReason = 'asked to' | 'SIGTERM' | 'SIGINT' | 'supervisor gone';

export interface Controlled {
  readonly metrics: () => Promise<MetricsSnapshot>;
  /** Runs once, at a stop message, SIGTERM, SIGINT or the loss of the supervisor; the process exits when it resolves. */
  readonly stop: (why: StopReason) => Promise<void>;
  readonly configure?: (values: Readonly<Record<string, unknown>>) => void;
  /** After this the process exits all the same, with code 1. */
  readonly stopDeadlineMs: number;
}

export function controlled(options: Controlled): { ready(port?: number): void; state(ready: boolean, reason?: string): void } {
  const send = (message: FromProcess) => {
    if (process.connected !== false) process.send?.(message);
  };
  const logError = (event: string, fields: Readonly<Record<string, string | number>>) =>
    void process.stderr.write(`${JSON.stringify({ level: 'error', event, ...fields })}\n`);
  let stopping = false;
  const stop = (why: StopReason) => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => {
      logError('stop overran its deadline', { why, deadlineMs: options.stopDeadlineMs });
      process.exit(1);
    }, options.stopDeadlineMs).unref?.();
    options.stop(why).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  const configure = (values: Readonly<Record<string, unknown>>) => {
    try {
      options.configure?.(values);
    } catch (error) {
      // A bad key in a file must not end a process that holds thousands of connections: it goes on with what it has.
      logError('configuration refused', { message: error instanceof Error ? error.message : String(error) });
    }
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  if (process.send !== undefined) {
    process.on('disconnect', () => stop('supervisor gone'));
    // It may have gone before this process came so far: then nothing will tell.
    if (process.connected === false) stop('supervisor gone');
  }
  process.on('message', (message: ToProcess) => {
    switch (message.type) {
      case 'stop':
        return stop('asked to');
      case 'configure':
        return configure(message.values);
      case 'metrics':
        void options.metrics().then((snapshot) => send({ type: 'metrics', id: message.id, snapshot }));
    }
  });
  return {
    ready: (port) => send(port === undefined ? { type: 'ready' } : { type: 'ready', port }),
    state: (ready, reason) => send(reason === undefined ? { type: 'state', ready } : { type: 'state', ready, reason }),
  };
}
