/**
 * The box under load, as the load engine sees it: box.json, the admin port, and its process when the run started it. Every
 * wait is bounded; what does not answer in time is not known, never zero.
 */
import { existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Subprocess } from 'bun';
import { BackendError } from '../../services/runtime/backend-error.ts';

export interface BoxInfo {
  readonly url: string;
  readonly adminUrl: string;
  readonly tls: boolean;
  readonly keysFile: string;
  readonly pids: BoxPids;
  readonly config: Readonly<Record<string, unknown>>;
}

export interface BoxPids {
  readonly supervisor?: number;
  readonly relay?: number;
  readonly embedded?: number;
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

export class Box {
  info: BoxInfo;
  private readonly child: Subprocess | undefined;
  private readonly stopLimitMs: number;

  private constructor(info: BoxInfo, child: Subprocess | undefined, stopLimitMs: number) {
    this.info = info;
    this.child = child;
    this.stopLimitMs = stopLimitMs;
  }

  /** A box that runs already. */
  static attach(boxFile: string): Box {
    return new Box(readBoxFile(boxFile), undefined, 0);
  }

  /** `command`: without `--state-dir`. The box's output goes to `log` in its folder. Throws BackendError when it does not start. */
  static async start(command: readonly string[], stateDir: string, stopLimitMs: number): Promise<Box> {
    mkdirSync(stateDir, { recursive: true });
    const boxFile = join(stateDir, 'box.json');
    if (existsSync(boxFile)) throw new BackendError('boxExists', `${boxFile} exists: a box may be running there`, false);
    const log = openSync(join(stateDir, 'box.log'), 'a');
    const child = Bun.spawn([...command, '--state-dir', resolve(stateDir)], { stdio: ['ignore', log, log] });
    const untilMs = Date.now() + START_LIMIT_MS;
    while (!existsSync(boxFile)) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new BackendError('boxEnded', `the box ended at its start; see ${join(stateDir, 'box.log')}`, false);
      if (Date.now() > untilMs) {
        child.kill('SIGKILL');
        throw new BackendError('boxLate', `the box was not ready in ${START_LIMIT_MS / 1_000} s; see ${join(stateDir, 'box.log')}`, false);
      }
      await Bun.sleep(POLL_MS);
    }
    return new Box(readBoxFile(boxFile), child, stopLimitMs);
  }

  get endpoint(): { readonly host: string; readonly port: number; readonly path: string } {
    const url = new URL(this.info.url);
    const port = url.port === '' ? (this.info.tls ? 443 : 80) : Number(url.port);
    return { host: url.hostname, port, path: url.pathname };
  }

  /** Whether it was started by this run and has ended by itself. */
  get ended(): boolean {
    return this.child !== undefined && (this.child.exitCode !== null || this.child.signalCode !== null);
  }

  get startedHere(): boolean {
    return this.child !== undefined;
  }

  /** The processes as they are now: one that was restarted has another id. */
  async refresh(): Promise<void> {
    const text = await ask(`${this.info.adminUrl}/box`);
    if (text !== undefined) this.info = JSON.parse(text) as BoxInfo;
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
    const ended = await Promise.race([this.child.exited.then(() => true), Bun.sleep(this.stopLimitMs).then(() => false)]);
    if (!ended) {
      this.child.kill('SIGKILL');
      for (const pid of [this.info.pids.relay, this.info.pids.embedded, ...this.info.pids.edges]) kill(pid);
    }
    return ended;
  }
}

/** The command that starts a real box. */
export function gatewayCommand(settings: readonly string[]): string[] {
  return [process.execPath, fileURLToPath(new URL('../../parley.ts', import.meta.url)), 'gateway', ...settings];
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
