/**
 * One run against a box of our own: a fresh box with nothing in its log, loaded by the load engine, and gone afterwards.
 * Admission and the limit per address are opened, since what a connection costs is asked here and not how many are let in.
 */
import type { RunRecord } from '../../capacity/run-record.ts';
import type { TokenAlgorithm } from '../client/token.ts';
import { DEFAULT_OPTIONS, type RunOptions } from '../coordinator/plan.ts';
import { NO_PROGRESS, Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { boxFlags } from '../frame/box-flags.ts';
import { ownRun } from '../frame/own-run.ts';
import { preflight, refusalOf } from '../preflight/preflight.ts';
import type { NotRun } from './run-outcome.ts';

export interface BoxPlan {
  readonly name: string;
  readonly connections: number;
  readonly connectionsPerSecond: number;
  readonly heartbeatSeconds: number;
  /** All open, heartbeats only: tells what a heartbeat costs. */
  readonly idleSeconds: number;
  readonly sendsPerSecond: number;
  readonly chatSeconds: number;
  readonly tls: boolean;
  readonly tokenAlgorithm: TokenAlgorithm;
  readonly transport: 'bun' | 'ws';
  /** A line a second on standard error: for runs of many minutes. */
  readonly reportProgress?: true;
  /** Left out: as many as the limits of the machine ask for. */
  readonly edges?: number | undefined;
}

/** `folder` gets the record; ledgers of every run of a bench would fill a disk: the record says what they said. */
export async function runBox(plan: BoxPlan, folder: string, signal: AbortSignal): Promise<RunRecord | NotRun> {
  const { connections, tls, connectionsPerSecond, sendsPerSecond, heartbeatSeconds, edges } = plan;
  const found = preflight({ connections, bothEnds: true, tls, connectionsPerSecond, sendsPerSecond, heartbeatSeconds, edges });
  const refusal = refusalOf(found);
  if (refusal !== undefined) return { notRun: refusal };
  const progress = plan.reportProgress === true ? new Progress(STDERR_SINK, connections) : NO_PROGRESS;
  return await ownRun(
    { id: plan.name, command: ['bench'], folder, progress, signal },
    {
      options: optionsOf(plan),
      // What is judged here is what was asked for, by no limit of the machine.
      found: { shape: found.shape, values: {} },
      flags: boxFlags({
        edges: found.shape.edges,
        'max-connections': connections,
        'heartbeat-seconds': heartbeatSeconds,
        transport: plan.transport,
        tls,
      }),
      told: ({ record }) => record,
    },
  );
}

/** Conversations of two, so that a message has one delivery as it has with the peers. */
function optionsOf(plan: BoxPlan): RunOptions {
  return {
    ...DEFAULT_OPTIONS,
    name: plan.name,
    command: ['bench'],
    connections: plan.connections,
    connectionsPerSecond: plan.connectionsPerSecond,
    sendsPerSecond: plan.sendsPerSecond,
    idleSeconds: plan.idleSeconds,
    chatSeconds: plan.chatSeconds,
    heartbeatSeconds: plan.heartbeatSeconds,
    tls: plan.tls,
    tokenAlgorithm: plan.tokenAlgorithm,
    groupShare: 0,
  };
}
