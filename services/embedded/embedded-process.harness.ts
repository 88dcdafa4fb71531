/** Starts the embedded process for tests and scripts, talks to it over its spawn channel, kills it by its id. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MetricsSnapshot } from '../runtime/metrics.ts';
import type { FromProcess } from '../runtime/process-control.ts';
import { RpcClient } from '../runtime/rpc.ts';
import { EMBEDDED_CONFIG_VARIABLE, type EmbeddedConfig } from './config.ts';

const START_DEADLINE_MS = 20_000;

export class EmbeddedProcess {
  port: number | undefined;
  stderr = '';
  private readonly config: EmbeddedConfig;
  private readonly secret: Uint8Array;
  private child: Bun.Subprocess<'ignore', 'inherit', 'pipe'> | undefined;
  private snapshots: Array<(snapshot: MetricsSnapshot) => void> = [];

  constructor(directory: string, overrides: Partial<EmbeddedConfig> = {}) {
    mkdirSync(directory, { recursive: true });
    this.secret = new Uint8Array(32).fill(5);
    const secretFile = join(directory, 'secret');
    writeFileSync(secretFile, this.secret, { mode: 0o600 });
    this.config = {
      directory: join(directory, 'embedded'),
      secretFile,
      port: 0,
      maxBytes: 1_073_741_824,
      conversationRate: 100_000,
      linkFlushMs: 0,
      speaks: 'newest',
      ...overrides,
    };
  }

  get pid(): number {
    return this.child!.pid;
  }

  /** Resolves when the process is ready, rejects when it ends before. */
  async start(): Promise<void> {
    let ready: (() => void) | undefined;
    const isReady = new Promise<void>((resolve) => {
      ready = resolve;
    });
    const child = Bun.spawn([process.execPath, '--smol', join(import.meta.dir, 'main.ts')], {
      env: { ...process.env, [EMBEDDED_CONFIG_VARIABLE]: JSON.stringify(this.config) },
      stdio: ['ignore', 'inherit', 'pipe'],
      ipc: (message: FromProcess) => {
        if (message.type === 'metrics') this.snapshots.shift()?.(message.snapshot);
        if (message.type !== 'ready') return;
        this.port = message.port;
        ready?.();
      },
    });
    this.child = child;
    // Its last words may come after its exit.
    const read = this.readErrors(child.stderr);
    const ended = Promise.all([child.exited, read]).then(([code]) => {
      throw new Error(`the embedded process ended with ${code}: ${this.stderr}`);
    });
    ended.catch(() => undefined);
    await Promise.race([isReady, ended, Bun.sleep(START_DEADLINE_MS).then(() => Promise.reject(new Error('not ready in time')))]);
  }

  client(): RpcClient {
    return new RpcClient({
      host: '127.0.0.1',
      port: () => this.port,
      secret: this.secret,
      pendingBytesLimit: 64 * 1_048_576,
      log: () => undefined,
    });
  }

  metrics(): Promise<MetricsSnapshot> {
    return new Promise((resolve) => {
      this.snapshots.push(resolve);
      this.child!.send({ type: 'metrics', id: 1 });
    });
  }

  /** Ends it by a signal and gives its exit code. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number> {
    this.port = undefined;
    this.child?.kill(signal);
    return (await this.child?.exited) ?? 0;
  }

  private async readErrors(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) this.stderr = (this.stderr + new TextDecoder().decode(chunk)).slice(-20_000);
  }
}
