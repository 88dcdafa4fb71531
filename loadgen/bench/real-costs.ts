/**
 * What a message costs each part of a box on real systems, left where the capacity model reads it: of the runs in which
 * nothing failed and nobody disturbed, the median of each part.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeHost } from '../../services/runtime/host/describe.ts';
import { FIGURES, type FigureName } from './figures.ts';
import { noiseOf } from './noise.ts';
import { type BenchRecord, isNotRun, type Outcome } from './run-outcome.ts';
import { type Spread, spreadOf } from './spread.ts';

const FILE = join(import.meta.dirname, '../../capacity/measurements/real-message.json');

const PARTS = {
  edge: 'messageEdgeUs',
  relay: 'messageRelayUs',
  dispatch: 'dispatchUs',
  kafka: 'kafkaUs',
  cassandra: 'cassandraUs',
  redis: 'redisUs',
  softirqOfMachine: 'messageSoftirqUs',
} as const satisfies Record<string, FigureName>;

export interface RealCosts {
  readonly schema: 1;
  readonly what: string;
  readonly measuredAt: string;
  readonly machine: ReturnType<typeof describeHost>;
  readonly system: string;
  readonly sendsPerSecond: number;
  readonly bodyBytes: number;
  /** Devices that got each message beside the one that sent it. */
  readonly deliveriesEach: number;
  readonly unit: string;
  readonly parts: Readonly<Record<string, Spread>>;
}

/** Gives its file, or undefined when no run stands. */
export function writeRealCosts(outcomes: readonly Outcome[], system: string): string | undefined {
  const costs = realCosts(outcomes, system);
  if (costs === undefined) return undefined;
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(costs, null, 1)}\n`);
  return FILE;
}

export function realCosts(outcomes: readonly Outcome[], system: string): RealCosts | undefined {
  const standing = outcomes.filter((outcome): outcome is BenchRecord => !isNotRun(outcome) && stands(outcome));
  const [first] = standing;
  if (first === undefined) return undefined;
  const parts: Record<string, Spread> = {};
  for (const [part, figure] of Object.entries(PARTS)) {
    const values = standing.map((record) => FIGURES[figure](record)).filter((value) => typeof value === 'number');
    const spread = spreadOf(values);
    if (spread !== undefined) parts[part] = spread;
  }
  const { sendsPerSecond, bodyBytes } = first.settings;
  return {
    schema: 1,
    what: 'CPU of a message at each part of a box on real systems',
    measuredAt: first.endedAt,
    machine: describeHost(),
    system,
    sendsPerSecond,
    bodyBytes,
    deliveriesEach: first.ledger.accepted === 0 ? 0 : first.ledger.delivered / first.ledger.accepted,
    unit: 'microseconds of processor time a message, user and system; softirq of the whole machine beside, not to be added',
    parts,
  };
}

function stands(record: BenchRecord): boolean {
  const { ledger } = record;
  return record.complete && ledger.lost + ledger.unknown + ledger.unsent === 0 && noiseOf(record, ['chat']).over === undefined;
}
