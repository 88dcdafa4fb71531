/**
 * The box under load, as the load engine sees it: box.json, the admin port, and its process when the run started it. Every
 * wait is bounded; what does not answer in time is not known, never zero.
 */
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { BoxBuild } from '../../services/runtime/build.ts';
import { isLoopback } from '../client/destinations.ts';
import { type Handle, processById } from './process-by-id.ts';
import { isRunning } from './running.ts';

export interface BoxInfo {
  readonly url: string;
  readonly adminUrl: string;
  readonly tls: boolean;
  readonly keysFile: string;
  /** Left out by a box of a version that did not say. */
  readonly build?: BoxBuild;
  readonly pids: BoxPids;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface BoxPids {
  readonly supervisor?: number;
  readonly relay?: number;
  readonly embedded?: number;
  /** On real backends, where the box has them. */
  readonly dispatchers?: readonly number[];
  readonly edges: readonly number[];
}

/** What one scrape of the box says; each is left out when it was not there. */
export interface BoxCounts {
  readonly connections?: number;
  readonly heartbeats?: number;
  readonly sessions?: number;
}

const START_LIMIT_MS = 90_000;
const SCRAPE_LIMIT_MS = 900;
const POLL_MS = 50;
/** Parts that lost their supervisor end by themselves. */
const PARTS_END_LIMIT_MS = 15_000;

export class Box {
  info: BoxInfo;
  private child: Handle | undefined;
  private readonly startedAs: StartedHere | undefined;
  private restarting = false;
  private isTarget = false;

  private constructor(info: BoxInfo, child: Handle | undefined, start: StartedHere | undefined) {
    this.info = info;
    this.child = child;
    this.startedAs = start;
  }

  /** A box that runs already. */
  static attach(boxFile: string): Box {
    const box = new Box(readBoxFile(boxFile), undefined, undefined);
    // Its process ids would be others' here.
    if (box.elsewhere) box.info = { ...box.info, pids: { edges: [] } };
    return box;
  }

  /** On another machine: none of its processes and none of its memory can be looked at here. */
  get elsewhere(): boolean {
    return this.isTarget || !isLoopback(this.endpoint.host);
  }

  get edges(): number {
    const { edges } = this.info.config;
    return this.info.pids.edges.length > 0 || typeof edges !== 'number' ? this.info.pids.edges.length : edges;
  }

  /** One of which nothing is known but where it is; it has no processes here. */
  static at(info: Omit<BoxInfo, 'pids' | 'config'>): Box {
    const box = new Box({ ...info, pids: { edges: [] }, config: {} }, undefined, undefined);
    box.isTarget = true;
    return box;
  }

  /** A box that one started who has ended since: from here on it is ours, as if we had started it. */
  static adopt(command: readonly string[], stateDir: string, stopLimitMs: number): Box {
    const info = readBoxFile(join(stateDir, 'box.json'));
    if (info.pids.supervisor === undefined) throw new BackendError('noBox', `${stateDir}: the box does not say who supervises it`, false);
    return new Box(info, processById(info.pids.supervisor), { command, stateDir, stopLimitMs });
  }

  /** `command`: without `--state-dir`. The box's output goes to `log` in its folder. Throws BackendError when it does not start. */
  static async start(command: readonly string[], stateDir: string, stopLimitMs: number): Promise<Box> {
    mkdirSync(stateDir, { recursive: true });
    const boxFile = join(stateDir, 'box.json');
    if (existsSync(boxFile)) throw new BackendError('boxExists', `${boxFile} exists: a box may be running there`, false);
    const child = await spawnBox(command, stateDir);
    return new Box(readBoxFile(boxFile), child, { command, stateDir, stopLimitMs });
  }

  /** Starts it again in its folder and on its port, after it has ended; first ends it by `signal`, its processes with it. */
  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.child === undefined || this.startedAs === undefined) throw new Error('only who started a box starts it again');
    const { command, stateDir, stopLimitMs } = this.startedAs;
    this.restarting = true;
    const before = [this.info.pids.relay, this.info.pids.embedded, ...(this.info.pids.dispatchers ?? []), ...this.info.pids.edges];
    this.child.kill(signal);
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), stopLimitMs);
    await this.child.exited;
    clearTimeout(timer);
    const untilMs = Date.now() + PARTS_END_LIMIT_MS;
    while (before.some((pid) => typeof pid === 'number' && isRunning(pid)) && Date.now() < untilMs) await Bun.sleep(POLL_MS);
    rmSync(join(stateDir, 'box.json'), { force: true });
    this.child = await spawnBox([...command, `--port=${this.endpoint.port}`], stateDir);
    this.info = readBoxFile(join(stateDir, 'box.json'));
    this.restarting = false;
  }

  get endpoint(): { readonly host: string; readonly port: number; readonly path: string } {
    const url = new URL(this.info.url);
    const port = url.port === '' ? (this.info.tls ? 443 : 80) : Number(url.port);
    return { host: url.hostname, port, path: url.pathname };
  }

  /** Whether it was started by this run and has ended by itself. */
  get ended(): boolean {
    return this.child !== undefined && !this.restarting && (this.child.exitCode !== null || this.child.signalCode !== null);
  }

  get startedHere(): boolean {
    return this.child !== undefined;
  }

  /** The processes as they are now: one that was restarted has another id. */
  async refresh(): Promise<void> {
    // Its processes may be those of another machine: an id of there is somebody else's here.
    if (this.elsewhere) return;
    const text = await ask(`${this.info.adminUrl}/box`);
    if (text !== undefined) this.info = JSON.parse(text) as BoxInfo;
  }

  /** What its processes were started from, up to now; undefined: it did not say. */
  async buildNow(): Promise<BoxBuild | undefined> {
    const text = this.isTarget ? undefined : await ask(`${this.info.adminUrl}/box`);
    return text === undefined ? undefined : (JSON.parse(text) as BoxInfo).build;
  }

  /** Undefined: it did not answer in time. */
  metrics(): Promise<string | undefined> {
    return ask(`${this.info.adminUrl}/metrics`);
  }

  async counts(): Promise<BoxCounts> {
    const text = await ask(`${this.info.adminUrl}/metrics`);
    if (text === undefined) return {};
    const connections = sumOf(text, 'parley_edge_connections');
    const heartbeats = sumOf(text, 'parley_edge_heartbeats_total');
    const sessions = sumOf(text, 'parley_edge_sessions_total');
    return {
      ...(connections === undefined ? {} : { connections }),
      ...(heartbeats === undefined ? {} : { heartbeats }),
      ...(sessions === undefined ? {} : { sessions }),
    };
  }

  /** Stops a box that this run started; cuts it when it takes too long. Gives false when it had to. */
  async stop(): Promise<boolean> {
    if (this.child === undefined || this.ended) return true;
    this.child.kill('SIGTERM');
    const ended = await Promise.race([this.child.exited.then(() => true), Bun.sleep(this.startedAs?.stopLimitMs ?? 0).then(() => false)]);
    if (!ended) {
      this.child.kill('SIGKILL');
      for (const pid of [this.info.pids.relay, this.info.pids.embedded, ...(this.info.pids.dispatchers ?? []), ...this.info.pids.edges])
        kill(pid);
    }
    return ended;
  }
}

interface StartedHere {
  /** Without `--state-dir`. */
  readonly command: readonly string[];
  readonly stateDir: string;
  readonly stopLimitMs: number;
}

/** Resolves when the box is ready. Its output goes to `box.log`. */
async function spawnBox(command: readonly string[], stateDir: string): Promise<Subprocess> {
  const log = openSync(join(stateDir, 'box.log'), 'a');
  const child = Bun.spawn([...command, '--state-dir', resolve(stateDir)], { stdio: ['ignore', log, log] });
  closeSync(log);
  const untilMs = Date.now() + START_LIMIT_MS;
  while (!existsSync(join(stateDir, 'box.json'))) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new BackendError('boxEnded', `the box ended at its start; see ${join(stateDir, 'box.log')}`, false);
    if (Date.now() > untilMs) {
      child.kill('SIGKILL');
      throw new BackendError('boxLate', `the box was not ready in ${START_LIMIT_MS / 1_000} s; see ${join(stateDir, 'box.log')}`, false);
    }
    await Bun.sleep(POLL_MS);
  }
  return child;
}

/** The command that starts a real box. */
export function gatewayCommand(settings: readonly string[]): string[] {
  return [process.execPath, fileURLToPath(new URL('../../parley.ts', import.meta.url)), 'gateway', ...settings];
}

/** Keeps the box's own log beside the record. */
export function keepBoxLog(stateDir: string, folder: string): void {
  const log = join(stateDir, 'box.log');
  if (existsSync(log)) copyFileSync(log, join(folder, 'box.log'));
}

function readBoxFile(boxFile: string): BoxInfo {
  if (!existsSync(boxFile)) throw new BackendError('noBox', `${boxFile} does not exist: no box is ready there`, false);
  return JSON.parse(readFileSync(boxFile, 'utf8')) as BoxInfo;
}

async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(SCRAPE_LIMIT_MS) });
    return response.ok ? await response.text() : undefined;
  } catch {
    // Away, late or in the middle of a restart: not known.
    return undefined;
  }
}

/** Sum of a metric over its label sets, or undefined when it is not there. */
export function sumOf(metrics: string, name: string): number | undefined {
  let sum: number | undefined;
  for (const line of metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'gm'))) sum = (sum ?? 0) + Number(line[1]);
  return sum;
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Ended meanwhile.
  }
}
