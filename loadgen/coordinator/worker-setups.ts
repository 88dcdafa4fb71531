/** What each worker of a run is told at its start: its part of the plan, the box it loads, and its bounds. */
import { join } from 'node:path';
import { destinations } from '../client/destinations.ts';
import { connectionsOfWorker } from '../plan/population.ts';
import type { WorkerSetup } from '../worker/messages.ts';
import type { Box } from './box.ts';
import type { RunPlan } from './plan.ts';

/**
 * All attempts under way at once. A ramp that a box can't follow then waits, and says how late it is: with 256 the attempts
 * that timed out were most of the work of 58 edges on two cores, and the box never came back.
 */
const ATTEMPTS_PER_EDGE = 48;

export function workerSetups(plan: RunPlan, box: Box, folder: string): WorkerSetup[] {
  const { elsewhere } = plan.options;
  const { path } = box.endpoint;
  const at = (worker: number) => elsewhere?.targets[worker % elsewhere.targets.length] ?? box.endpoint;
  // A copy: the box renews its file, and a kept one would outlive its keys.
  const target = {
    path,
    tls: box.info.tls,
    keysFile: box.info.keysFile,
    tokenAlgorithm: plan.options.tokenAlgorithm,
    tokenSeconds: elsewhere?.tokenSeconds ?? 3_600,
  };
  const attempts = Math.max(16, Math.floor((ATTEMPTS_PER_EDGE * Math.max(1, plan.shape.edges)) / plan.shape.workers));
  return Array.from({ length: plan.shape.workers }, (_, worker) => ({
    worker,
    population: plan.population,
    schedule: plan.schedule,
    nonce: plan.nonce,
    target: { ...target, addresses: destinations(at(worker).host, plan.shape.destinationAddresses), port: at(worker).port },
    heartbeatSeconds: periodOf(plan, worker) ?? plan.options.heartbeatSeconds,
    answerHeartbeats: plan.options.answerHeartbeats,
    reconnect: plan.options.reconnect,
    trustsAccepted: plan.options.trustsAccepted,
    readEvery: plan.options.readEvery,
    limits: {
      attempts: Math.min(512, attempts),
      attemptSeconds: plan.options.attemptSeconds,
      resendSeconds: plan.options.resendSeconds,
      pendingSends: 200_000,
      outboxBytes: 262_144,
    },
    ...(plan.options.storm === undefined ? {} : { storm: { mayDrop: mayDropOf(plan, worker) } }),
    ...(plan.options.meanLifetimeSeconds === undefined ? {} : { meanLifetimeSeconds: plan.options.meanLifetimeSeconds }),
    ...turnsOf(plan, worker),
    ledgerFile: join(folder, 'ledgers', `worker-${worker}.ledger`),
  }));
}

/** Of the last worker none, where it is the one that looks on. */
function mayDropOf({ options, population, shape }: RunPlan, worker: number): number {
  return options.storm?.cohort === true && worker === shape.workers - 1 ? 0 : connectionsOfWorker(population, worker).count;
}

/** Of mobile devices: the last workers have a period each. */
function periodOf({ options, shape }: RunPlan, worker: number): number | undefined {
  const periods = options.turns?.mobile?.heartbeatSeconds ?? [];
  return periods[worker - (shape.workers - periods.length)];
}

function turnsOf(plan: RunPlan, worker: number): Pick<WorkerSetup, 'phases' | 'naps'> {
  const { phases, mobile } = plan.options.turns ?? {};
  if (phases === undefined) return {};
  return mobile === undefined || periodOf(plan, worker) === undefined ? { phases } : { phases, naps: mobile };
}
