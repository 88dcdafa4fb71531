/**
 * One run, from the workers' start to the record: ramp with checkpoints, conversations, idle hold, hold and chat at once,
 * quiet, end. Every wait is bounded. Whatever goes wrong, the workers are ended and the record is written with what was seen.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MemoryCheckpoint, Phase, RunRecord } from '../../capacity/run-record.ts';
import { ownClockMs } from '../clock/offset.ts';
import { connectionsOfWorker, Population } from '../plan/population.ts';
import type { Box } from './box.ts';
import { ClockKeeper } from './clock-keeper.ts';
import { memoryCheckpoint } from './meter.ts';
import type { RunPlan } from './plan.ts';
import type { RunProgress } from './progress.ts';
import { assembleRecord } from './record.ts';
import { type RunningChat, runningChat } from './running-chat.ts';
import { Sampler } from './sampler.ts';
import type { StackServers } from './stack-servers.ts';
import { unopenedText } from './unopened-text.ts';
import { Windows } from './windows.ts';
import type { WorkerPlace } from './worker-channel.ts';
import { WorkerGroup } from './worker-group.ts';
import { workerSetups } from './worker-setups.ts';

/** Why a run ends before its plan does. */
export class RunCut extends Error {}

export interface RunInput {
  readonly plan: RunPlan;
  readonly box: Box;
  /** The run's folder; exists. */
  readonly folder: string;
  readonly id: string;
  readonly progress: RunProgress;
  /** Aborts at Ctrl-C: the run ends cleanly and leaves a partial record. */
  readonly signal: AbortSignal;
  readonly limitValues: Readonly<Record<string, number>>;
  /** What the box stands on, where that is real and of this machine. */
  readonly stack?: StackServers | undefined;
  /** Where the workers come from; left out: they are processes of this machine. */
  readonly place?: WorkerPlace | undefined;
  /** Goes on with the ledgers and the chat of a run whose coordinator was killed; its chat's start on the clock of the ledgers. */
  readonly resumes?: { readonly chatStartMs: number } | undefined;
  /** Goes on beside the chat, from its first send; the chat ends when it resolves, before its time. */
  readonly during?: ((chat: RunningChat) => Promise<void>) | undefined;
}

/** No connection opened for this long: the ramp has come to its end, wherever that is. */
const RAMP_STALL_MS = 15_000;
const CREATION_STALL_MS = 15_000;
const CHAT_LEAD_MS = 600;
/** Of reports that nobody waits for; the marks of windows count from 0. */
const UNMARKED = -1;
const WINDOW_SECONDS = 15;
const QUIET_LEAST_MS = 2_000;
const FINISH_LIMIT_MS = 15_000;
const HEARTBEATS_ARRIVE_MS = 700;
export class Run {
  private readonly input: RunInput;
  private readonly group: WorkerGroup;
  private readonly sampler: Sampler;
  private readonly windows: Windows;
  private readonly clocks: ClockKeeper;
  private readonly population: Population;
  private readonly checkpoints: MemoryCheckpoint[] = [];
  private readonly startedAt = new Date();
  private chatStartMs = Number.NaN;
  private dueUntilMs = 0;
  private heartbeatsReceived: number | undefined;
  private openWhenLost = 0;
  private chatOver = false;

  constructor(input: RunInput) {
    this.input = input;
    this.group = new WorkerGroup(input.place);
    this.sampler = new Sampler(this.group, input.box, input.stack);
    this.windows = new Windows(this.group, this.sampler);
    this.clocks = new ClockKeeper(this.group);
    this.population = new Population(input.plan.population);
    this.sampler.onSample = (sample) => {
      input.progress.sample(sample);
      if (input.box.ended) this.boxEnded();
    };
    this.group.onLost = (worker) => {
      this.openWhenLost += worker.counts.open;
      const where = worker.channel.host === undefined ? '' : ` of ${worker.channel.host}`;
      this.sampler.problem('generator', `worker ${worker.index}${where} was lost: ${worker.lost}`);
    };
  }

  /** In order of their numbers; for those who look at a run from outside. */
  get workerPids(): number[] {
    return this.group.workers.flatMap(({ channel }) => (channel.pid === undefined ? [] : [channel.pid]));
  }

  /** The chat's start on the clock of the ledgers, and until when sends were due, in ms after it. */
  get chatTimes(): { readonly startMs: number; readonly dueUntilMs: number } {
    return { startMs: this.chatStartMs, dueUntilMs: this.dueUntilMs };
  }

  get currentPhase(): Phase {
    return this.sampler.phase;
  }

  async run(): Promise<RunRecord> {
    let complete = false;
    try {
      await this.start();
      if (this.input.resumes === undefined) {
        await this.ramp();
        await this.createConversations();
        await this.hold();
      } else await this.rejoin();
      await this.chat();
      complete = true;
    } catch (error) {
      if (!(error instanceof RunCut)) {
        this.sampler.problem('generator', error instanceof Error ? error.message : String(error));
        this.input.progress.say(`the run broke: ${error instanceof Error ? error.stack : error}`);
      }
    }
    try {
      await this.finish(complete);
    } finally {
      this.sampler.end();
      this.clocks.end();
      await this.group.stop();
    }
    this.input.progress.end();
    return assembleRecord({
      ...this.input,
      population: this.population,
      group: this.group,
      sampler: this.sampler,
      cpuWindows: this.windows.finished,
      checkpoints: this.checkpoints,
      clockErrorUs: this.clocks.errorUs,
      startedAt: this.startedAt,
      complete: complete && !this.sampler.problems.some((problem) => problem.whose === 'box'),
      dueUntilMs: this.dueUntilMs,
      heartbeatsReceived: this.heartbeatsReceived,
      droppedByGenerator: this.openWhenLost,
    });
  }

  private async start(): Promise<void> {
    mkdirSync(join(this.input.folder, 'ledgers'), { recursive: true });
    const { plan, box, folder } = this.input;
    const setups = workerSetups(plan, box, folder);
    await this.group.start(this.input.resumes === undefined ? setups : setups.map((setup) => ({ ...setup, resumes: true })));
    await this.sampler.begin();
    await this.clocks.measure();
    this.group.broadcast({ type: 'heartbeats', on: true });
    await this.settle();
    this.checkpoint();
  }

  private async ramp(): Promise<void> {
    const { plan } = this.input;
    for (const size of plan.checkpoints) {
      this.phase('ramp');
      await this.windows.begin('handshake');
      const reached = await this.openUpTo(size);
      await this.windows.end();
      await this.settle();
      this.checkpoint();
      if (!reached) {
        this.sampler.problem('box', unopenedText(this.group, size));
        return;
      }
    }
  }

  private async rejoin(): Promise<void> {
    const { connections } = this.input.plan.options;
    this.phase('ramp');
    if (!(await this.openUpTo(connections))) this.sampler.problem('box', unopenedText(this.group, connections));
  }

  /** False when nothing moved for a while before the size was reached. */
  private async openUpTo(size: number): Promise<boolean> {
    const { plan } = this.input;
    const rate = plan.options.connectionsPerSecond;
    let target = 0;
    for (const worker of this.group.present) {
      const { count } = connectionsOfWorker(plan.population, worker.index);
      const until = Math.round((count * size) / plan.options.connections);
      target += until;
      this.group.send(worker, { type: 'connect', until, perSecond: (rate * count) / plan.options.connections });
    }
    const { reconnect } = plan.options;
    // The last few of a million may all be waiting for their next attempt: half a minute without one more is no end.
    const stallMs = RAMP_STALL_MS + (reconnect.kind === 'none' ? 0 : reconnect.capMs);
    return await this.progressing(() => this.group.total('open'), target, stallMs, 20);
  }

  private async createConversations(): Promise<void> {
    const { plan } = this.input;
    const { conversations } = plan.population;
    if (conversations === 0) return;
    this.phase('settle');
    this.group.broadcast({ type: 'create', perSecond: plan.creationsPerSecond / plan.shape.workers });
    const entries = this.population.memberships * plan.options.devicesPerUser - conversations;
    const made = () => {
      this.group.broadcast({ type: 'report', mark: UNMARKED });
      return this.group.total('created') + this.group.total('creationsDelivered');
    };
    if (!(await this.progressing(made, conversations + entries, CREATION_STALL_MS, 250))) {
      const created = this.group.total('created');
      this.sampler.problem(
        'box',
        `${created} of ${conversations} conversations were made, ${this.group.total('creationsDelivered')} of ${entries} members told`,
      );
    }
    await this.settle();
  }

  private async hold(): Promise<void> {
    const { idleSeconds } = this.input.plan.options;
    if (idleSeconds === 0) return;
    this.phase('hold');
    await this.sampler.sampleEdge();
    this.clocks.begin();
    await this.windows.begin('heartbeat');
    await this.windowed(idleSeconds);
    await this.sampler.sampleEdge();
  }

  private async chat(): Promise<void> {
    const { chatSeconds, sendsPerSecond } = this.input.plan.options;
    if (sendsPerSecond === 0) return;
    await this.clocks.measure();
    this.chatStartMs = this.input.resumes?.chatStartMs ?? ownClockMs() + CHAT_LEAD_MS;
    this.group.broadcast({ type: 'chat', startMs: this.chatStartMs });
    await this.wait(this.chatStartMs - ownClockMs());
    this.dueUntilMs = Number.POSITIVE_INFINITY;
    this.phase('chat');
    await this.sampler.sampleEdge();
    await this.windows.begin('chat');
    const during = this.input.during?.(this.runningChat());
    const ended = during?.finally(() => {
      this.chatOver = true;
    });
    // Its failure is met below; until then nobody waits for it.
    ended?.catch(() => {});
    await this.warmUp();
    await this.windowed(chatSeconds - (ownClockMs() - this.chatStartMs) / 1_000);
    if (ended !== undefined) {
      this.cutNow();
      this.chatOver = true;
      await ended;
    }
    await this.sampler.sampleEdge();
  }

  /** One window of its own, whose latencies count nowhere: code is compiled, heaps and caches grow. */
  private async warmUp(): Promise<void> {
    const { warmSeconds } = this.input.plan.options;
    if (warmSeconds === 0) return;
    await this.wait(warmSeconds * 1_000);
    await this.windows.next();
    this.group.forgetLatencies();
  }

  private runningChat(): RunningChat {
    return runningChat({
      group: this.group,
      windows: this.windows,
      startMs: this.chatStartMs,
      over: () => this.chatOver || this.input.signal.aborted,
      restartWorker: (worker) => this.restartWorker(worker),
    });
  }

  private async restartWorker(index: number): Promise<void> {
    const { plan, box, folder } = this.input;
    this.openWhenLost += this.group.workers[index]!.counts.open;
    const worker = await this.group.restart({ ...workerSetups(plan, box, folder)[index]!, resumes: true });
    await this.clocks.measure();
    // The round may have begun before it was there.
    if (worker.clockErrorMs === Number.POSITIVE_INFINITY) await this.clocks.measure();
    const { count } = connectionsOfWorker(plan.population, index);
    this.group.send(worker, { type: 'heartbeats', on: true });
    this.group.send(worker, { type: 'connect', until: count, perSecond: plan.options.connectionsPerSecond });
    this.group.send(worker, { type: 'chat', startMs: this.chatStartMs });
    if (!(await this.progressing(() => worker.counts.open, count, RAMP_STALL_MS, 50)))
      throw new Error(`worker ${index} has ${worker.counts.open} of ${count} connections after its restart`);
  }

  private cutNow(): void {
    this.dueUntilMs = Math.max(0, ownClockMs() - this.chatStartMs);
    this.group.broadcast({ type: 'cut', untilMs: this.dueUntilMs });
  }

  /** Waits in windows of about the same length, and ends the open one. */
  private async windowed(seconds: number): Promise<void> {
    const windows = Math.max(1, Math.round(seconds / WINDOW_SECONDS));
    const untilMs = performance.now() + seconds * 1_000;
    for (let window = windows; window > 0 && !this.chatOver; window--) {
      await this.wait((untilMs - performance.now()) / window);
      if (window > 1) await this.windows.next();
    }
    await this.windows.end();
  }

  /** Quiet, last clock round, heartbeats counted at both ends, ledgers ended. */
  private async finish(complete: boolean): Promise<void> {
    await this.windows.end();
    if (!complete && this.dueUntilMs > 0) this.cutNow();
    if (this.dueUntilMs > 0) await this.quiet();
    this.phase('quiet');
    this.group.broadcast({ type: 'heartbeats', on: false });
    await Bun.sleep(HEARTBEATS_ARRIVE_MS);
    this.heartbeatsReceived = (await this.sampler.boxCounts()).heartbeats;
    await this.sampler.lookAtBuild();
    await this.clocks.measure();
    this.clocks.end();
    await this.sampler.sampleEdge();
    this.sampler.end();
    await this.group.ask({ type: 'finish' }, (answer) => answer.type === 'finished', FINISH_LIMIT_MS);
    this.sampler.phase = 'stop';
  }

  /** Until every send has its answer and nothing was delivered for a while, or the stated time is over. */
  private async quiet(): Promise<void> {
    this.phase('quiet');
    const { quietSeconds, quietSteadySeconds } = this.input.plan.options;
    const from = performance.now();
    let delivered = -1;
    let steadySince = from;
    while (performance.now() - from < quietSeconds * 1_000 && this.group.present.length > 0) {
      await Bun.sleep(200);
      const now = this.group.total('delivered');
      if (now !== delivered) steadySince = performance.now();
      delivered = now;
      const calm = performance.now() - steadySince > quietSteadySeconds * 1_000 && this.group.total('pending') === 0;
      if (calm && performance.now() - from > QUIET_LEAST_MS) return;
    }
  }

  private phase(phase: Phase): void {
    this.sampler.phase = phase;
  }

  private async settle(): Promise<void> {
    const before = this.sampler.phase;
    this.phase('settle');
    await this.wait(this.input.plan.options.settleSeconds * 1_000);
    this.phase(before);
  }

  private checkpoint(): void {
    // The memory of this machine says nothing of a box on another.
    if (this.input.box.elsewhere) return;
    const sample = this.sampler.samples.at(-1);
    const client = this.group.total('open');
    const connections = Math.min(client, sample?.connectionsServer ?? client);
    const checkpoint = memoryCheckpoint(this.sampler.tMs, connections, this.sampler.pids());
    if (checkpoint === undefined) this.sampler.problem('probe', 'memory of the machine could not be read');
    else this.checkpoints.push(checkpoint);
  }

  /** Waits until a count reaches its target; false when it stood still for `stallMs` before. */
  private async progressing(count: () => number, target: number, stallMs: number, stepMs: number): Promise<boolean> {
    let best = count();
    let movedMs = performance.now();
    while (count() < target) {
      if (performance.now() - movedMs > stallMs) return false;
      await this.wait(stepMs);
      if (count() > best) {
        best = count();
        movedMs = performance.now();
      }
    }
    return true;
  }

  /** Sleeps, or throws RunCut when the run is interrupted, its box gone, or no worker left. */
  private async wait(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    do {
      if (this.input.signal.aborted) {
        this.sampler.problem('generator', 'interrupted');
        throw new RunCut('interrupted');
      }
      if (this.input.box.ended) {
        this.boxEnded();
        throw new RunCut('the box ended');
      }
      if (this.group.gone) throw new RunCut('no worker is left');
      await Bun.sleep(Math.max(0, Math.min(100, untilMs - performance.now())));
      if (this.chatOver) return;
    } while (performance.now() < untilMs);
  }

  private boxEnded(): void {
    const text = 'the box ended';
    if (!this.sampler.problems.some((problem) => problem.text === text)) this.sampler.problem('box', text);
  }
}
