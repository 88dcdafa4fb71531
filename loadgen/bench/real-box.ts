/** A box on real systems for one run of the bench, or for several one after another; gone afterwards, its log is kept. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, planRun, type RunPlan } from '../coordinator/plan.ts';
import { Progress } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { preflight, refusalLines } from '../preflight/preflight.ts';

export interface RealSystems {
  readonly stack: StackServers;
  /** Flags with which a box runs on them, on names that no run had before. */
  readonly boxFlags: (folder: string, name: string) => readonly string[];
}

export interface RealLoad {
  readonly sendsPerSecond: number;
  readonly warmSeconds: number;
  /** Measured, after the warm-up. */
  readonly seconds: number;
  readonly during?: (chat: RunningChat, box: Box) => Promise<void>;
  /** Looks at the ledgers before they are removed. */
  readonly after?: (run: Run, plan: RunPlan, folder: string) => void;
}

const CONNECTIONS = 5_000;
const CONNECTIONS_PER_SECOND = 1_000;
/** Of one conversation, on average: a person does not write five messages a second. */
const SECONDS_BETWEEN_MESSAGES = 8;
const CREATIONS_PER_SECOND = 1_000;
const IDLE_SECONDS = 10;
/** What is behind is late, and not lost. */
const QUIET_SECONDS = 180;
const QUIET_STEADY_SECONDS = 8;
const EDGES = 1;
const BOX_STOP_MS = 30_000;
const MANY = 1_000_000;
const NO_SINK = { isTerminal: false, write: () => {} };

export async function onRealBox<Result>(
  systems: RealSystems,
  name: string,
  folder: string,
  signal: AbortSignal,
  body: (load: (what: RealLoad) => Promise<RunRecord>) => Promise<Result>,
): Promise<Result> {
  const found = preflight({ connections: CONNECTIONS, bothEnds: true, edges: EDGES });
  if (found.stopped.length > 0) throw new BackendError('preflight', refusalLines(found).join(' ').replace(/\s+/g, ' '), false);
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const box = await Box.start(gatewayCommand([...FLAGS, ...systems.boxFlags(folder, name)]), stateDir, BOX_STOP_MS);
  let runs = 0;
  try {
    return await body(async (what) => {
      const own = join(folder, `load-${++runs}`);
      mkdirSync(own, { recursive: true });
      const plan = planRun(
        {
          ...DEFAULT_OPTIONS,
          name,
          command: ['bench', '--row', name],
          connections: CONNECTIONS,
          connectionsPerSecond: CONNECTIONS_PER_SECOND,
          sendsPerSecond: what.sendsPerSecond,
          conversations: what.sendsPerSecond * SECONDS_BETWEEN_MESSAGES,
          creationsPerSecond: CREATIONS_PER_SECOND,
          idleSeconds: IDLE_SECONDS,
          chatSeconds: what.warmSeconds + what.seconds,
          warmSeconds: what.warmSeconds,
          quietSeconds: QUIET_SECONDS,
          quietSteadySeconds: QUIET_STEADY_SECONDS,
          groupShare: 0,
        },
        found.shape,
        randomBytes(4).readUInt32LE(),
      );
      const { during } = what;
      const run = new Run({
        plan,
        box,
        folder: own,
        id: name,
        progress: new Progress(NO_SINK, CONNECTIONS),
        signal,
        limitValues: found.values,
        stack: systems.stack,
        ...(during === undefined ? {} : { during: (chat: RunningChat) => during(chat, box) }),
      });
      const record = await run.run();
      writeRecord(own, record);
      what.after?.(run, plan, own);
      rmSync(join(own, 'ledgers'), { recursive: true, force: true });
      return record;
    });
  } finally {
    await box.stop();
    keepBoxLog(stateDir, folder);
    rmSync(stateDir, { recursive: true, force: true });
  }
}

const FLAGS: readonly string[] = [
  `--edges=${EDGES}`,
  `--max-connections=${CONNECTIONS * 2}`,
  `--admissions-per-second=${MANY}`,
  `--admission-burst=${MANY}`,
  `--attempts-per-address-per-second=${MANY}`,
  `--attempts-per-address-burst=${MANY}`,
  `--drain-closes-per-second=${MANY}`,
  '--drain-seconds=5',
];
