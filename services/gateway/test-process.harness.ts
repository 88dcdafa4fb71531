/** A process of a box under a test: real, started by its entry, spoken to over its channel, and never started again. */
import type { MetricsSnapshot } from '../runtime/metrics.ts';
import type { FromProcess, ToProcess } from '../runtime/process-control.ts';

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly configuration?: Readonly<Record<string, unknown>>;
}

const READY_MS = 15_000;
const LOG_CHARACTERS = 20_000;

export class TestProcess {
  port = 0;
  /** The last of what it wrote. */
  log = '';
  readonly exited: Promise<number>;
  private readonly child: Bun.Subprocess<'ignore', 'inherit', 'pipe'>;
  private readonly answers = new Map<number, (snapshot: MetricsSnapshot) => void>();
  private questions = 0;
  private isReady: (() => void) | undefined;

  private constructor(options: ProcessOptions) {
    this.child = Bun.spawn([...options.command], {
      env: { ...process.env, ...options.environment },
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'pipe',
      serialization: 'json',
      ipc: (message: FromProcess) => this.received(message),
    });
    this.exited = this.child.exited.then((code) => (this.child.signalCode === null ? code : -1));
    void this.keepLog();
    if (options.configuration !== undefined) this.configure(options.configuration);
  }

  /** Started and ready. */
  static async start(options: ProcessOptions): Promise<TestProcess> {
    const started = new TestProcess(options);
    const ready = new Promise<void>((resolve) => {
      started.isReady = resolve;
    });
    await Promise.race([
      ready,
      Bun.sleep(READY_MS).then(() => Promise.reject(new Error(`not ready in time: ${started.log}`))),
      started.exited.then((code) => Promise.reject(new Error(`ended with ${code} before it was ready: ${started.log}`))),
    ]);
    return started;
  }

  get pid(): number {
    return this.child.pid;
  }

  configure(values: Readonly<Record<string, unknown>>): void {
    this.send({ type: 'configure', values });
  }

  async metrics(): Promise<MetricsSnapshot> {
    const id = ++this.questions;
    this.send({ type: 'metrics', id });
    return await new Promise((resolve) => this.answers.set(id, resolve));
  }

  /** The value of a metric, 0 where it has no sample. */
  async metric(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const values = (await this.metrics()).find((metric) => metric.name === name)?.values ?? [];
    const wanted = Object.entries(labels);
    return values
      .filter((value) => wanted.every(([label, text]) => String(value.labels[label]) === text))
      .reduce((sum, value) => sum + value.value, 0);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Cuts it off from its supervisor, as the supervisor's death does. */
  disconnect(): void {
    this.child.disconnect();
  }

  /** Ends it whatever its state. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.child.exited;
  }

  private send(message: ToProcess): void {
    this.child.send(message);
  }

  private received(message: FromProcess): void {
    if (message.type === 'ready') {
      this.port = message.port ?? 0;
      this.isReady?.();
    } else if (message.type === 'metrics') {
      this.answers.get(message.id)?.(message.snapshot);
      this.answers.delete(message.id);
    }
  }

  private async keepLog(): Promise<void> {
    const text = new TextDecoder();
    for await (const chunk of this.child.stderr) this.log = (this.log + text.decode(chunk, { stream: true })).slice(-LOG_CHARACTERS);
  }
}
