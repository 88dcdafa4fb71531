/**
 * A scenario on a box of its own, or on a target that runs: connections open, messages go on in turns of calm and disturbance, and
 * everything that was seen comes back as one record. Nothing that it started outlives it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { type Elsewhere, planRun, type RunPlan } from '../coordinator/plan.ts';
import type { Progress } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { type Preflight, preflight } from '../preflight/preflight.ts';
import { accompany, type Seen, tokensOf, watchingRamp } from './accompany.ts';
import { leaveAll } from './leave.ts';
import { boxFlagsOf, runOptionsOf } from './options.ts';
import { recordOf } from './record-of.ts';
import { leastWorkers, type Scenario } from './scenario.ts';
import type { ScenarioRecord } from './scenario-record.ts';

export interface ScenarioInput {
  readonly scenario: Scenario;
  readonly id: string;
  readonly command: readonly string[];
  /** Made, and kept. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** A box that runs; it is left running. Left out: one is started. */
  readonly box?: Box;
  readonly elsewhere?: Elsewhere;
  /** Of the box that is started, on top of the scenario's. */
  readonly boxFlags?: readonly string[];
  readonly stack?: StackServers;
  /** What is loaded, in words. */
  readonly target: string;
}

const BOX_STOP_MS = 30_000;

export function scenarioPreflight(scenario: Scenario): Preflight {
  const { population, arrival, box = {} } = scenario;
  const request = {
    connections: population.connections,
    bothEnds: true,
    connectionsPerSecond: arrival.connectionsPerSecond,
    sendsPerSecond: arrival.sendsPerSecond,
    tls: box.tls === true,
    ...(box.edges === undefined ? {} : { edges: box.edges }),
  };
  const found = preflight(request);
  const least = leastWorkers(scenario);
  return found.shape.workers >= least ? found : preflight({ ...request, workers: least });
}

export async function runScenario(input: ScenarioInput): Promise<ScenarioRecord> {
  const { scenario, folder, progress, elsewhere } = input;
  const startedAt = new Date().toISOString();
  const found = scenarioPreflight(scenario);
  const plan = planRun(runOptionsOf(scenario, input.command, elsewhere), found.shape, randomBytes(4).readUInt32LE());
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const flags = [...boxFlagsOf(scenario, found.shape.edges), ...(input.boxFlags ?? [])];
  const box = input.box ?? (await Box.start(gatewayCommand(flags), stateDir, BOX_STOP_MS));
  const seen: Seen = { attacks: [], workers: [] };
  const rule = elsewhere === undefined ? undefined : scenario.objectives.abort;
  const leftAlone = new AbortController();
  try {
    const run = new Run({
      plan,
      box,
      folder,
      id: input.id,
      progress: rule === undefined ? progress : watchingRamp(input, rule, seen, leftAlone),
      signal: AbortSignal.any([input.signal, leftAlone.signal]),
      limitValues: found.values,
      ...(input.stack === undefined ? {} : { stack: input.stack }),
      during: (chat) => accompany(input, rule, plan, box, chat, seen),
    });
    const record = await run.run();
    writeRecord(folder, record);
    // One that was left alone is: its test data stays, and is said to.
    const left = elsewhere === undefined || seen.aborted !== undefined ? 0 : await leftBy(input, elsewhere, plan, box);
    return recordOf(input, startedAt, plan, record, seen, left);
  } finally {
    if (input.box === undefined) {
      await box.stop();
      keepBoxLog(stateDir, folder);
      rmSync(stateDir, { recursive: true, force: true });
    }
    rmSync(join(folder, 'ledgers'), { recursive: true, force: true });
  }
}

export function writeScenarioRecord(folder: string, record: ScenarioRecord): void {
  writeFileSync(join(folder, 'scenario.json'), `${JSON.stringify(record)}\n`);
}

async function leftBy({ signal, progress }: ScenarioInput, { targets }: Elsewhere, { population, options }: RunPlan, box: Box) {
  const users = Math.ceil(population.connections / population.devicesPerUser);
  progress.say(`${users} test users leave their conversations`);
  return await leaveAll({
    targets: targets.map((target) => ({ ...target, tls: box.info.tls })),
    path: box.endpoint.path,
    users,
    usersPerSecond: options.connectionsPerSecond,
    tokenOf: tokensOf(population, options, box),
    signal,
  });
}
