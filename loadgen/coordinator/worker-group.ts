/**
 * The workers of a run, wherever they are: started, told, listened to, and noticed when they are lost. Counts and latencies
 * are what was last reported; a lost worker keeps its counts, and its open connections become the generator's loss.
 */
import { Histogram } from '../../capacity/histogram.ts';
import { LATENCY_NAMES, type LatencyHistogram, type LatencyName } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { ownClockMs } from '../clock/offset.ts';
import {
  addCounts,
  emptyCounts,
  type FromWorker,
  type HostReading,
  type ToWorker,
  type WorkerCounts,
  type WorkerSetup,
} from '../worker/messages.ts';
import { SPAWNED_WORKERS } from './spawned-workers.ts';
import type { WorkerChannel, WorkerPlace } from './worker-channel.ts';

export interface Worker {
  readonly index: number;
  readonly channel: WorkerChannel;
  counts: WorkerCounts;
  /** Of those that were this worker before it. */
  readonly before: WorkerCounts;
  clockErrorMs: number;
  /** From its clock to ours, with that error. */
  clockOffsetMs: number;
  /** Of one on another machine: what it last said of itself and of that. */
  reading: HostReading | undefined;
  /** When it last said what it counts, by `performance.now()`. */
  reportedMs: number;
  finished: boolean;
  /** Undefined while it is there. */
  lost: string | undefined;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;

export class WorkerGroup {
  readonly workers: Worker[] = [];
  /** Told once for each worker that is lost. */
  onLost: (worker: Worker) => void = () => {};
  private readonly histograms = new Map<LatencyName, Histogram>(LATENCY_NAMES.map((name) => [name, new Histogram(name)]));
  /** The same, since they were last taken. */
  private readonly recent = new Map<LatencyName, Histogram>(LATENCY_NAMES.map((name) => [name, new Histogram(name)]));
  private readonly listeners = new Set<(worker: Worker, message: FromWorker) => void>();
  private readonly place: WorkerPlace;
  private restarting = 0;
  private stopping = false;

  constructor(place: WorkerPlace = SPAWNED_WORKERS) {
    this.place = place;
  }

  /** Starts all and resolves when each holds its part of the plan. */
  async start(setups: readonly WorkerSetup[]): Promise<void> {
    // Starting costs a core for a moment each: a few at a time, so that none is late for its limit.
    for (const setup of setups) {
      const worker = this.open(setup.worker);
      await this.first(worker, 'started');
      this.send(worker, { type: 'setup', setup });
      await this.first(worker, 'ready');
    }
  }

  /** Kills a worker, as the kernel would, and starts another in its place; resolves when that holds its part of the plan. */
  async restart(setup: WorkerSetup): Promise<Worker> {
    const killed = this.workers[setup.worker]!;
    this.restarting++;
    killed.lost = 'killed, to be started again';
    await killed.channel.kill();
    const worker = this.open(setup.worker, addCounts(killed.counts, emptyCounts()));
    this.restarting--;
    await this.first(worker, 'started');
    this.send(worker, { type: 'setup', setup });
    await this.first(worker, 'ready');
    return worker;
  }

  get present(): Worker[] {
    return this.workers.filter((worker) => worker.lost === undefined);
  }

  /** Nobody is there, and nobody is coming. */
  get gone(): boolean {
    return this.present.length === 0 && this.restarting === 0;
  }

  /** Of those that are processes of this machine. */
  get pids(): number[] {
    return this.present.flatMap(({ channel }) => (channel.pid === undefined ? [] : [channel.pid]));
  }

  broadcast(message: ToWorker): void {
    for (const worker of this.present) this.send(worker, message);
  }

  send(worker: Worker, message: ToWorker): void {
    if (worker.lost !== undefined) return;
    worker.channel.send(message);
  }

  total(count: { [K in keyof WorkerCounts]: WorkerCounts[K] extends number ? K : never }[keyof WorkerCounts]): number {
    return this.workers.reduce((sum, worker) => sum + worker.counts[count], 0);
  }

  byReason(kind: 'disconnects' | 'refusals' | 'failures'): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const worker of this.workers)
      for (const [reason, count] of Object.entries(worker.counts[kind])) sums[reason] = (sums[reason] ?? 0) + count;
    return sums;
  }

  latencies(): LatencyHistogram[] {
    return [...this.histograms.values()].map((histogram) => histogram.toRecord()).filter((record) => record.count > 0);
  }

  /** What was told since the last call; apart from what the run's latencies are. */
  takeRecent(): LatencyHistogram[] {
    return [...this.recent.values()].map((histogram) => {
      const record = histogram.toRecord();
      histogram.reset();
      return record;
    });
  }

  /** What was measured so far counts no more. */
  forgetLatencies(): void {
    for (const histogram of this.histograms.values()) histogram.reset();
  }

  latency(name: LatencyName): LatencyHistogram {
    return this.histograms.get(name)!.toRecord();
  }

  /** Sends to all and resolves when each has answered as `isAnswer` says, was lost, or the time is up. Gives who answered. */
  async ask(message: ToWorker, isAnswer: (answer: FromWorker) => boolean, limitMs: number): Promise<Map<Worker, FromWorker>> {
    const answers = new Map<Worker, FromWorker>();
    const asked = this.present;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, limitMs);
      const listener = (worker: Worker, answer: FromWorker) => {
        if (isAnswer(answer)) answers.set(worker, answer);
        if (asked.every((one) => one.lost !== undefined || answers.has(one))) done();
      };
      const listeners = this.listeners;
      function done(): void {
        clearTimeout(timer);
        listeners.delete(listener);
        resolve();
      }
      listeners.add(listener);
      for (const worker of asked) this.send(worker, message);
      if (asked.length === 0) done();
    });
    return answers;
  }

  /** Ends all: asked first, killed when they take too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const worker of this.workers) this.send(worker, { type: 'stop' });
    await Promise.all(this.workers.map(({ channel }) => channel.ended(STOP_LIMIT_MS)));
    this.place.close();
  }

  private open(index: number, before = emptyCounts()): Worker {
    const worker: Worker = {
      index,
      channel: this.place.open(index, {
        message: (message) => this.received(worker, message),
        lost: (reason) => this.lose(worker, reason),
      }),
      counts: before,
      before,
      clockErrorMs: Number.POSITIVE_INFINITY,
      clockOffsetMs: 0,
      reading: undefined,
      reportedMs: performance.now(),
      finished: false,
      lost: undefined,
    };
    this.workers[index] = worker;
    return worker;
  }

  private received(worker: Worker, message: FromWorker): void {
    switch (message.type) {
      case 'ping':
        this.send(worker, { type: 'pong', sentMs: message.sentMs, coordinatorMs: ownClockMs() });
        return;
      case 'stats':
      case 'finished':
        worker.counts = addCounts(worker.before, message.counts);
        worker.reportedMs = performance.now();
        for (const record of message.latencies) {
          this.histograms.get(record.name)!.add(record);
          this.recent.get(record.name)!.add(record);
        }
        if (message.type === 'finished') worker.finished = true;
        break;
      case 'clock':
        if (message.offset !== undefined && message.offset.errorMs < worker.clockErrorMs) {
          worker.clockErrorMs = message.offset.errorMs;
          worker.clockOffsetMs = message.offset.offsetMs;
        }
        break;
      case 'host':
        worker.reading = message.reading;
        break;
      case 'broken':
        this.lose(worker, message.reason);
    }
    for (const listener of [...this.listeners]) listener(worker, message);
  }

  private lose(worker: Worker, reason: string): void {
    if (this.stopping || worker.lost !== undefined) return;
    worker.lost = reason;
    this.onLost(worker);
    for (const listener of [...this.listeners]) listener(worker, { type: 'broken', reason });
  }

  private first(worker: Worker, type: FromWorker['type']): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string) => {
        clearTimeout(timer);
        this.listeners.delete(listener);
        reject(new BackendError('workerStart', `worker ${worker.index}: ${reason}`, false));
      };
      const timer = setTimeout(() => fail(`not ready in ${START_LIMIT_MS / 1_000} s`), START_LIMIT_MS);
      const listener = (from: Worker, message: FromWorker) => {
        if (from !== worker) return;
        if (worker.lost !== undefined) return fail(worker.lost);
        if (message.type !== type) return;
        clearTimeout(timer);
        this.listeners.delete(listener);
        resolve();
      };
      this.listeners.add(listener);
    });
  }
}
