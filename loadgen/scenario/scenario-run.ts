/**
 * A scenario on a box of its own, or on a target that runs: connections open, messages go on in turns of calm and disturbance, and
 * everything that was seen comes back as one record.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Box } from '../coordinator/box.ts';
import type { Elsewhere, RunPlan } from '../coordinator/plan.ts';
import type { Frame } from '../frame/frame.ts';
import { type BoxBackends, ownRun } from '../frame/own-run.ts';
import { type Preflight, preflight } from '../preflight/preflight.ts';
import { accompany, type Seen, tokensOf, watchingRamp } from './accompany.ts';
import { leaveAll } from './leave.ts';
import { boxFlagsOf, runOptionsOf } from './options.ts';
import { recordOf } from './record-of.ts';
import { leastWorkers, type Scenario } from './scenario.ts';
import type { ScenarioRecord } from './scenario-record.ts';

export interface ScenarioInput extends Frame {
  readonly scenario: Scenario;
  /** A box that runs; it is left running. Left out: one is started. */
  readonly box?: Box;
  readonly elsewhere?: Elsewhere;
  /** Of the box that is started. */
  readonly on?: BoxBackends;
  /** What is loaded, in words. */
  readonly target: string;
}

export function scenarioPreflight(scenario: Scenario): Preflight {
  const { population, arrival, box = {} } = scenario;
  const request = {
    connections: population.connections,
    bothEnds: true,
    connectionsPerSecond: arrival.connectionsPerSecond,
    sendsPerSecond: arrival.sendsPerSecond,
    tls: box.tls === true,
    edges: box.edges,
  };
  const found = preflight(request);
  const least = leastWorkers(scenario);
  return found.shape.workers >= least ? found : preflight({ ...request, workers: least });
}

export async function runScenario(input: ScenarioInput): Promise<ScenarioRecord> {
  const { scenario, progress, elsewhere } = input;
  const found = scenarioPreflight(scenario);
  const seen: Seen = { attacks: [], workers: [] };
  const rule = elsewhere === undefined ? undefined : scenario.objectives.abort;
  const leftAlone = new AbortController();
  const frame: Frame = {
    ...input,
    progress: rule === undefined ? progress : watchingRamp(input, rule, seen, leftAlone),
    signal: AbortSignal.any([input.signal, leftAlone.signal]),
  };
  return await ownRun(frame, {
    options: runOptionsOf(scenario, input.command, elsewhere),
    found,
    flags: boxFlagsOf(scenario, found.shape.edges),
    on: input.on,
    box: input.box,
    during: (chat, { box, plan }) => accompany(input, rule, plan, box, chat, seen),
    told: async ({ record, plan, box, startedAt }) => {
      // One that was left alone is: its test data stays, and is said to.
      const left = elsewhere === undefined || seen.aborted !== undefined ? 0 : await leftBy(input, elsewhere, plan, box);
      return recordOf(input, startedAt, plan, record, seen, left);
    },
  });
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
