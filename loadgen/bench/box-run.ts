/**
 * One run against a box of our own: a fresh box with nothing in its log, loaded by the load engine, and gone afterwards.
 * Admission and the limit per address are opened, since what a connection costs is asked here and not how many are let in.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import type { TokenAlgorithm } from '../client/token.ts';
import { Box, gatewayCommand, keepBoxLog } from '../coordinator/box.ts';
import { DEFAULT_OPTIONS, planRun, type RunOptions } from '../coordinator/plan.ts';
import { Progress, STDERR_SINK } from '../coordinator/progress.ts';
import { Run } from '../coordinator/run.ts';
import { preflight, refusalLines } from '../preflight/preflight.ts';
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
  readonly edges?: number;
}

const BOX_STOP_MS = 20_000;
const MANY = 1_000_000;
const NO_SINK = { isTerminal: false, write: () => {} };

/** `runsFolder` gets the run's own folder; the record is written there by the caller. */
export async function runBox(plan: BoxPlan, folder: string, signal: AbortSignal): Promise<RunRecord | NotRun> {
  const found = preflight({
    connections: plan.connections,
    bothEnds: true,
    tls: plan.tls,
    connectionsPerSecond: plan.connectionsPerSecond,
    sendsPerSecond: plan.sendsPerSecond,
    heartbeatSeconds: plan.heartbeatSeconds,
    ...(plan.edges === undefined ? {} : { edges: plan.edges }),
  });
  if (found.stopped.length > 0) return { notRun: refusalLines(found).join(' ').replace(/\s+/g, ' ') };
  const stateDir = join(folder, 'box');
  mkdirSync(folder, { recursive: true });
  const box = await Box.start(gatewayCommand(settingsOf(plan, found.shape.edges)), stateDir, BOX_STOP_MS);
  try {
    const run = new Run({
      plan: planRun(optionsOf(plan), found.shape, randomBytes(4).readUInt32LE()),
      box,
      folder,
      id: plan.name,
      progress: new Progress(plan.reportProgress === true ? STDERR_SINK : NO_SINK, plan.connections),
      signal,
      limitValues: {},
    });
    return await run.run();
  } finally {
    await box.stop();
    keepBoxLog(stateDir, folder);
    // Logs and ledgers of every run of a bench would fill a disk: the record says what they said.
    rmSync(stateDir, { recursive: true, force: true });
    rmSync(join(folder, 'ledgers'), { recursive: true, force: true });
  }
}

function settingsOf(plan: BoxPlan, edges: number): string[] {
  const flags: Readonly<Record<string, number>> = {
    edges,
    'max-connections': plan.connections,
    'heartbeat-seconds': plan.heartbeatSeconds,
    'admissions-per-second': MANY,
    'admission-burst': MANY,
    'attempts-per-address-per-second': MANY,
    'attempts-per-address-burst': MANY,
    'drain-closes-per-second': MANY,
    'drain-seconds': 5,
  };
  return [
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    '--transport',
    plan.transport,
    ...(plan.tls ? ['--tls'] : []),
  ];
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
