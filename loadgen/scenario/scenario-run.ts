/**
 * A scenario on a box of its own, or on a target that runs: connections open, messages go on in turns of calm and disturbance, and
 * everything that was seen comes back as one record. Nothing that it started outlives it.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processors } from '../../capacity/held.ts';
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyName, RunRecord } from '../../capacity/run-record.ts';
import { noiseOf } from '../bench/noise.ts';
import { readKeys, tokenMinter } from '../client/token.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { type Elsewhere, planRun, type RunPlan } from '../coordinator/plan.ts';
import type { Progress, RunProgress } from '../coordinator/progress.ts';
import { writeRecord } from '../coordinator/record.ts';
import { Run } from '../coordinator/run.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { disturbedSecondsBefore } from '../plan/phases.ts';
import { connectionsOfWorker, userOfPlan } from '../plan/population.ts';
import { type Preflight, preflight } from '../preflight/preflight.ts';
import { type AttackSeen, Siege } from '../slow/siege.ts';
import type { Percentiles } from '../storm/storm-record.ts';
import { breachOf, type Reading, rampBreachOf } from './abort.ts';
import { leaveAll } from './leave.ts';
import { boxFlagsOf, runOptionsOf } from './options.ts';
import { type AbortWords, behaviourOf, leastWorkers, type Scenario } from './scenario.ts';
import type { MobileSeen, ScenarioRecord, TestData } from './scenario-record.ts';
import { addEnds, phasesOfWorkers, type WorkerPhases } from './worker-phases.ts';

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
const TOKEN_SECONDS = 600;
const STEP_MS = 500;
const ENDS_MS = 30_000;

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

interface Seen {
  attacks: AttackSeen[][];
  workers: WorkerPhases[];
  aborted?: string;
}

/** Shows the run as it goes on, and ends it where a target refuses too many connections. */
function watchingRamp({ progress, scenario }: ScenarioInput, rule: AbortWords, seen: Seen, leftAlone: AbortController): RunProgress {
  return {
    sample: (sample) => {
      progress.sample(sample);
      const breach = sample.phase === 'ramp' ? rampBreachOf(sample.refused, scenario.population.connections, rule) : undefined;
      if (breach === undefined || seen.aborted !== undefined) return;
      seen.aborted = breach;
      leftAlone.abort();
    },
    say: (text) => progress.say(text),
    end: () => progress.end(),
  };
}

/** Beside the chat, until it is over: attackers in their parts, and a look at the target's objectives twice a second. */
async function accompany(
  { scenario, progress }: ScenarioInput,
  rule: AbortWords | undefined,
  plan: RunPlan,
  box: Box,
  chat: RunningChat,
  seen: Seen,
) {
  const { phases } = plan.options.turns!;
  const slow = behaviourOf(scenario, 'slow');
  const siege = slow === undefined ? undefined : new Siege(slow, box, siegeTarget(plan, box));
  const readings: Reading[] = [];
  const sieges: Array<Promise<void>> = [];
  const endMs = plan.options.chatSeconds * 1_000;
  let turn = 0;
  while (chat.tMs < endMs && !chat.over && seen.aborted === undefined) {
    const startsMs = (phases.warmSeconds + turn * (phases.calmSeconds + phases.disturbedSeconds) + phases.calmSeconds) * 1_000;
    if (turn < phases.turns && chat.tMs >= startsMs) {
      turn++;
      if (scenario.behaviours.length > 0)
        progress.say(`disturbed, ${turn} of ${phases.turns}: ${scenario.behaviours.map(({ kind }) => kind).join(', ')}`);
      if (siege !== undefined) sieges.push(siege.part(phases.disturbedSeconds).then((part) => void seen.attacks.push(part)));
    }
    if (rule !== undefined) {
      readings.push(readingOf(chat));
      const breach = breachOf(readings, rule);
      if (breach !== undefined) {
        seen.aborted = breach;
        progress.say(`the target is left alone: ${breach}`);
      }
    }
    await Bun.sleep(Math.max(1, Math.min(STEP_MS, endMs - chat.tMs)));
  }
  await Promise.all(sieges);
  // Every send has its end before they are counted, and who slept has had the time to come back.
  for (const untilMs = chat.tMs + ENDS_MS; chat.tMs < untilMs && chat.group.total('pending') > 0 && seen.aborted === undefined; )
    await Bun.sleep(STEP_MS);
  await Bun.sleep(STEP_MS);
  seen.workers = await phasesOfWorkers(chat.group);
}

function readingOf({ tMs, group }: RunningChat): Reading {
  const failed = group.total('rejected') + group.total('dropped') + group.total('unsent');
  return { tMs, due: group.total('due'), failed, accepted: group.latency('accepted') };
}

/** Attackers are users behind those of the plan. */
function siegeTarget({ population, options }: RunPlan, box: Box) {
  const { host, port, path } = box.endpoint;
  const first = Math.ceil(population.connections / population.devicesPerUser);
  const ofUser = tokensOf(population, options, box);
  const tokenOf = (attacker: number) => ofUser(first + attacker);
  return { host: host === 'localhost' || host === '0.0.0.0' ? '127.0.0.1' : host, port, path, tls: box.info.tls, tokenOf };
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

/** Of the plan's users by their number, and of those behind them. */
function tokensOf(population: RunPlan['population'], options: RunPlan['options'], box: Box): (user: number) => string {
  const mint = tokenMinter(readKeys(box.info.keysFile), options.tokenAlgorithm, TOKEN_SECONDS);
  return (user) => mint(userOfPlan(population, user), 1, Math.floor(Date.now() / 1_000));
}

function recordOf(input: ScenarioInput, startedAt: string, plan: RunPlan, record: RunRecord, seen: Seen, left: number): ScenarioRecord {
  const { scenario } = input;
  const of = (name: LatencyName) => percentilesOf(record, name);
  const noise = input.elsewhere === undefined ? noiseOf(record, ['chat']).over : undefined;
  const turns = plan.options.turns!;
  const disturbed = disturbedSecondsBefore(turns.phases, plan.options.chatSeconds);
  const mobile = mobileOf(scenario, plan, seen.workers);
  return {
    schema: 1,
    id: input.id,
    command: input.command,
    startedAt,
    scenario,
    target: input.target,
    edges: record.settings.edges,
    workers: plan.shape.workers,
    accepted: of('accepted'),
    delivered: of('delivered'),
    ...(scenario.behaviours.length === 0
      ? {}
      : {
          neighbours: {
            acceptedCalm: of('acceptedCalm'),
            acceptedDisturbed: of('acceptedDisturbed'),
            deliveredCalm: of('deliveredCalm'),
            deliveredDisturbed: of('deliveredDisturbed'),
          },
        }),
    neighbourSends: addEnds(seen.workers.map(({ phases }) => phases.neighbours)),
    ...(turns.hot === undefined
      ? {}
      : { hot: { due: Math.round(turns.hot.sendsPerSecond * disturbed), ends: addEnds(seen.workers.map(({ phases }) => phases.hot)) } }),
    ...(behaviourOf(scenario, 'slow') === undefined ? {} : { attacks: seen.attacks }),
    ...(mobile === undefined ? {} : { mobile }),
    ledger: record.ledger,
    disconnects: record.disconnects,
    latenessP99Us: record.generator.latenessP99Us,
    busyShare: processors(
      record,
      record.samples.filter(({ phase }) => phase === 'chat'),
    ).busyShare,
    complete: record.complete && seen.workers.length === plan.shape.workers && seen.aborted === undefined,
    problems: record.problems,
    ...(noise === undefined ? {} : { noise }),
    ...(seen.aborted === undefined ? {} : { aborted: seen.aborted }),
    ...(input.elsewhere === undefined ? {} : { testData: testDataOf(plan, record, left) }),
  };
}

function mobileOf(scenario: Scenario, plan: RunPlan, workers: readonly WorkerPhases[]): MobileSeen[] | undefined {
  const periods = behaviourOf(scenario, 'mobile')?.heartbeatSeconds;
  return periods?.flatMap((heartbeatSeconds, at) => {
    const found = workers.find(({ worker }) => worker === plan.shape.workers - periods.length + at);
    if (found?.naps === undefined || found.radio === undefined) return [];
    const devices = connectionsOfWorker(plan.population, found.worker).count;
    return [{ heartbeatSeconds, devices, naps: found.naps, radio: found.radio }];
  });
}

function testDataOf({ population }: RunPlan, record: RunRecord, left: number): TestData {
  const users = Math.ceil(population.connections / population.devicesPerUser);
  return {
    firstUser: userOfPlan(population, 0),
    lastUser: userOfPlan(population, users - 1),
    conversations: population.conversations,
    messages: record.ledger.accepted,
    left,
  };
}

function percentilesOf(record: RunRecord, name: LatencyName): Percentiles {
  const histogram = record.latencies.find((one) => one.name === name);
  if (histogram === undefined) return { samples: 0, p50Us: 0, p99Us: 0 };
  return { samples: histogram.count, p50Us: percentileUs(histogram, 0.5) ?? 0, p99Us: percentileUs(histogram, 0.99) ?? 0 };
}
