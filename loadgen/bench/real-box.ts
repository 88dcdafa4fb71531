/** A box on real systems for one run of the bench, or for several one after another; gone afterwards, its log is kept. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { type Box, gatewayCommand } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, planRun, type RunOptions, type RunPlan } from '../coordinator/plan.ts';
import { NO_PROGRESS } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import { boxFlags } from '../frame/box-flags.ts';
import { onOwnBox } from '../frame/own-box.ts';
import { type BoxBackends, removeLedgers } from '../frame/own-run.ts';
import { preflight, refusalOf } from '../preflight/preflight.ts';

/** Names of their own on the systems for each box: no run of before is seen. */
export type RealSystems = (folder: string, name: string) => BoxBackends;

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

export async function onRealBox<Result>(
  systems: RealSystems,
  name: string,
  folder: string,
  signal: AbortSignal,
  body: (load: (what: RealLoad) => Promise<RunRecord>) => Promise<Result>,
): Promise<Result> {
  const found = preflight({ connections: CONNECTIONS, bothEnds: true, edges: EDGES });
  const refusal = refusalOf(found);
  if (refusal !== undefined) throw new BackendError('preflight', refusal, false);
  const on = systems(folder, name);
  const command = gatewayCommand([...boxFlags({ edges: EDGES, 'max-connections': CONNECTIONS * 2 }), ...on.flags]);
  let runs = 0;
  return await onOwnBox({ folder, command }, (box) =>
    body(async (what) => {
      const own = join(folder, `load-${++runs}`);
      mkdirSync(own, { recursive: true });
      const plan = planRun(optionsOf(name, what), found.shape);
      const { during } = what;
      const run = new Run({
        plan,
        box,
        folder: own,
        id: name,
        progress: NO_PROGRESS,
        signal,
        limitValues: found.values,
        stack: on.stack,
        during: during && ((chat) => during(chat, box)),
      });
      const record = await run.run();
      writeRecord(own, record);
      what.after?.(run, plan, own);
      removeLedgers(own);
      return record;
    }),
  );
}

function optionsOf(name: string, { sendsPerSecond, warmSeconds, seconds }: RealLoad): RunOptions {
  return {
    ...DEFAULT_OPTIONS,
    name,
    command: ['bench', '--row', name],
    connections: CONNECTIONS,
    connectionsPerSecond: CONNECTIONS_PER_SECOND,
    sendsPerSecond,
    conversations: sendsPerSecond * SECONDS_BETWEEN_MESSAGES,
    creationsPerSecond: CREATIONS_PER_SECOND,
    idleSeconds: IDLE_SECONDS,
    chatSeconds: warmSeconds + seconds,
    warmSeconds,
    quietSeconds: QUIET_SECONDS,
    quietSteadySeconds: QUIET_STEADY_SECONDS,
    groupShare: 0,
  };
}
