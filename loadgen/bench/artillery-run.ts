/**
 * artillery as a generator beside ours: it holds connections to the bare Bun server, in three steps. It is installed on
 * demand into the ignored .parley/bench, without its install scripts (one of them downloads a browser). How late it sends
 * can't be had: it has no due time for a message.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { ChildProcesses } from './child-processes.ts';
import { pause, until } from './pacing.ts';
import { PEER_BUN } from './peer-run.ts';
import { PeerWatch } from './peer-watch.ts';
import type { NotRun } from './run-outcome.ts';

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
  const children = new ChildProcesses();
  let watch: PeerWatch | undefined;
  try {
    const server = await children.server(PEER_BUN);
    const script = join(FOLDER, 'hold.json');
    writeFileSync(script, JSON.stringify(scriptOf(plan, server.port)));
    const base = openFiles(server.pid);
    const open = () => Math.max(0, openFiles(server.pid) - base);
    const artillery = children.add(
      Bun.spawn([node, join(FOLDER, 'node_modules/artillery/bin/run'), 'run', '--quiet', script], {
        cwd: FOLDER,
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...process.env, ARTILLERY_DISABLE_TELEMETRY: 'true', CI: 'true' },
      }),
    );
    const pids = { edge: [server.pid], worker: [artillery.pid] };
    const connections = plan.connectionsPerStep * STEPS;
    watch = new PeerWatch(
      { name: 'artillery', connections, connectionsPerSecond: plan.connectionsPerSecond, sendsPerSecond: 0, chatSeconds: 0, bodyBytes: 0 },
      () => pids,
      () => ({ open: open(), due: 0, acked: 0, delivered: 0 }),
    );
    await pause(START_MS, signal);
    for (let step = 1; step <= STEPS; step++) {
      watch.begin('handshake', 'ramp');
      await until(() => open() >= plan.connectionsPerStep * step, open, signal);
      watch.end();
      await pause(SETTLE_MS, signal);
      watch.checkpoint();
    }
    return watch.finish([], 0);
  } finally {
    watch?.abandon();
    await children.stop();
  }
}

/** The first step is behind a pause, so that artillery's own start is in no window that counts. */
function scriptOf(plan: ArtilleryPlan, port: number): unknown {
  const step = { duration: Math.ceil(plan.connectionsPerStep / plan.connectionsPerSecond), arrivalRate: plan.connectionsPerSecond };
  return {
    config: {
      target: `ws://127.0.0.1:${port}/`,
      phases: Array.from({ length: STEPS }, () => [{ pause: PAUSE_SECONDS }, step]).flat(),
    },
    scenarios: [{ engine: 'ws', flow: [{ think: HOLD_SECONDS }] }],
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
