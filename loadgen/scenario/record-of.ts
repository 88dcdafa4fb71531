/** Puts a scenario's record together from the run's own and from what was seen beside it. */
import { processors } from '../../capacity/held.ts';
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyName, RunRecord } from '../../capacity/run-record.ts';
import { noiseOf } from '../bench/noise.ts';
import type { RunPlan } from '../coordinator/plan.ts';
import { disturbedSecondsBefore } from '../plan/phases.ts';
import { connectionsOfWorker, userOfPlan } from '../plan/population.ts';
import type { Percentiles } from '../storm/storm-record.ts';
import type { Seen } from './accompany.ts';
import { behaviourOf, type Scenario } from './scenario.ts';
import type { MobileSeen, ScenarioRecord, TestData } from './scenario-record.ts';
import type { ScenarioInput } from './scenario-run.ts';
import { addEnds, type WorkerPhases } from './worker-phases.ts';

/** `left`: test users of a target that left it. */
export function recordOf(
  input: ScenarioInput,
  startedAt: string,
  plan: RunPlan,
  record: RunRecord,
  seen: Seen,
  left: number,
): ScenarioRecord {
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
