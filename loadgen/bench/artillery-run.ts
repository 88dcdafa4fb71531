/**
 * artillery as a generator beside ours: it holds connections to the bare Bun server, in three steps; or it sends among them. It is
 * installed on demand into the ignored .parley/bench, without its install scripts (one of them downloads a browser). Its messages
 * have no time at which they are due: how far it is behind the pauses that its script asks for stands in the place of lateness.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { ChildProcesses } from './child-processes.ts';
import { pause, until } from './pacing.ts';
import { PEER_BUN } from './peer-run.ts';
import { type PeerSettings, PeerWatch } from './peer-watch.ts';
import type { BenchRecord, NotRun } from './run-outcome.ts';

export interface ArtilleryPlan {
  readonly connectionsPerStep: number;
  readonly connectionsPerSecond: number;
}

const VERSION = '2.0.21';
const STEPS = 3;
const SETTLE_MS = 3_000;
/** Between the steps of artillery's own plan: longer than it takes to see a step's end and measure. */
const PAUSE_SECONDS = 8;
const HOLD_SECONDS = 300;
const INSTALL_LIMIT_MS = 600_000;
const START_MS = 4_000;
const FOLDER = fileURLToPath(new URL('../../.parley/bench/artillery/', import.meta.url));

export async function runArtillery(node: string, plan: ArtilleryPlan, signal: AbortSignal): Promise<RunRecord | NotRun> {
  const problem = await install(signal);
  if (problem !== undefined) return { notRun: problem };
  const connections = plan.connectionsPerStep * STEPS;
  return withArtillery(
    node,
    (port) => holdScript(plan, port),
    watchSettings('artillery', connections, plan.connectionsPerSecond),
    async ({ watch, open }) => {
      await pause(START_MS, signal);
      for (let step = 1; step <= STEPS; step++) {
        watch.begin('handshake', 'ramp');
        await until(() => open() >= plan.connectionsPerStep * step, open, signal);
        watch.end();
        await pause(SETTLE_MS, signal);
        watch.checkpoint();
      }
      return watch.finish([], 0);
    },
  );
}

export interface ArtillerySends {
  readonly connections: number;
  readonly connectionsPerSecond: number;
  readonly sendsPerSecond: number;
  readonly seconds: number;
}

/** Each connection sends and pauses, so that all together would send at the rate if sending took no time. */
export async function runArtillerySends(node: string, plan: ArtillerySends, signal: AbortSignal): Promise<BenchRecord | NotRun> {
  const problem = await install(signal);
  if (problem !== undefined) return { notRun: problem };
  const { connections, connectionsPerSecond, sendsPerSecond, seconds } = plan;
  const settings = { ...watchSettings('artillery-10k', connections, connectionsPerSecond), sendsPerSecond, chatSeconds: seconds };
  return withArtillery(
    node,
    (port) => sendScript(plan, port),
    settings,
    async ({ watch, open, received, count }) => {
      await pause(START_MS, signal);
      await until(() => open() >= connections, open, signal);
      await pause(SETTLE_MS, signal);
      const before = await received();
      const startedMs = performance.now();
      watch.begin('chat', 'chat');
      await pause(seconds * 1_000, signal);
      const sent = (await received()) - before;
      const tookSeconds = (performance.now() - startedMs) / 1_000;
      count(sent);
      // The connection that asked is gone from the server's files.
      await until(
        () => open() <= connections,
        () => -open(),
        signal,
      );
      watch.end();
      const behindUs = Math.max(0, tookSeconds - sent / sendsPerSecond) * 1e6;
      return { ...watch.finish([], 0), measured: { sentPerSecond: sent / tookSeconds, behindUs } };
    },
  );
}

interface Artillery {
  readonly watch: PeerWatch;
  /** Connections at the server. */
  readonly open: () => number;
  /** Messages at the server, since it began. */
  readonly received: () => Promise<number>;
  /** What was sent while it was watched. */
  readonly count: (sent: number) => void;
}

async function withArtillery<Result>(
  node: string,
  script: (port: number) => unknown,
  settings: PeerSettings,
  body: (artillery: Artillery) => Promise<Result>,
): Promise<Result> {
  const children = new ChildProcesses();
  let watch: PeerWatch | undefined;
  let sent = 0;
  try {
    const server = await children.server(PEER_BUN);
    const path = join(FOLDER, `${settings.name}.json`);
    writeFileSync(path, JSON.stringify(script(server.port)));
    const base = openFiles(server.pid);
    const open = () => Math.max(0, openFiles(server.pid) - base);
    const artillery = children.add(
      Bun.spawn([node, join(FOLDER, 'node_modules/artillery/bin/run'), 'run', '--quiet', path], {
        cwd: FOLDER,
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...process.env, ARTILLERY_DISABLE_TELEMETRY: 'true', CI: 'true' },
      }),
    );
    const pids = { edge: [server.pid], worker: [artillery.pid] };
    watch = new PeerWatch(
      settings,
      () => pids,
      () => ({ open: open(), due: sent, acked: sent, delivered: sent }),
    );
    return await body({
      watch,
      open,
      received: async () => Number(await (await fetch(`http://127.0.0.1:${server.port}/received`, { keepalive: false })).text()),
      count: (all) => {
        sent = all;
      },
    });
  } finally {
    watch?.abandon();
    await children.stop();
  }
}

function watchSettings(name: string, connections: number, connectionsPerSecond: number): PeerSettings {
  return { name, connections, connectionsPerSecond, sendsPerSecond: 0, chatSeconds: 0, bodyBytes: 0 };
}

/** The first step is behind a pause, so that artillery's own start is in no window that counts. */
function holdScript(plan: ArtilleryPlan, port: number): unknown {
  const step = { duration: Math.ceil(plan.connectionsPerStep / plan.connectionsPerSecond), arrivalRate: plan.connectionsPerSecond };
  return {
    config: {
      target: `ws://127.0.0.1:${port}/`,
      phases: Array.from({ length: STEPS }, () => [{ pause: PAUSE_SECONDS }, step]).flat(),
    },
    scenarios: [{ engine: 'ws', flow: [{ think: HOLD_SECONDS }] }],
  };
}

/** Messages of 200 bytes, until long after the run. A pause without a unit is taken for milliseconds where it is no whole number. */
function sendScript({ connections, connectionsPerSecond, sendsPerSecond }: ArtillerySends, port: number): unknown {
  const flow = [
    { loop: [{ send: 'x'.repeat(200) }, { think: `${Math.round((connections / sendsPerSecond) * 1_000)}ms` }], count: 1_000_000 },
  ];
  return {
    config: {
      target: `ws://127.0.0.1:${port}/`,
      phases: [{ duration: Math.ceil(connections / connectionsPerSecond), arrivalRate: connectionsPerSecond }],
    },
    scenarios: [{ engine: 'ws', flow }],
  };
}

/** The reason why it can't be had, or nothing. */
async function install(signal: AbortSignal): Promise<string | undefined> {
  if (existsSync(join(FOLDER, 'node_modules/artillery/bin/run'))) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }\n');
  const child = Bun.spawn(['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save', `artillery@${VERSION}`], {
    cwd: FOLDER,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_LIMIT_MS,
    signal,
  });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) === 0) return undefined;
  return `npm could not install artillery ${VERSION}: ${said.trim().split('\n')[0] ?? 'no reason given'}`;
}

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch (cause) {
    throw new BackendError('peerEnded', 'the server under artillery ended', false, cause);
  }
}
