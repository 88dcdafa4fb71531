/** What a try of a search runs: a fresh box with embedded backends for each, or one box on real systems for all. */
import { join } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { runBox } from '../bench/box-run.ts';
import type { RealLoad } from '../bench/real-box.ts';
import { isNotRun, type NotRun } from '../bench/run-outcome.ts';
import { writeReport } from '../report/run-folder.ts';

export interface BoxTry {
  readonly connections: number;
  readonly sendsPerSecond: number;
  readonly seconds: number;
  readonly connectionsPerSecond: number;
  readonly heartbeatSeconds: number;
  readonly tls: boolean;
  readonly edges?: number | undefined;
}

/** Before messages, so that what heartbeats cost can be taken off. */
const IDLE_SECONDS = 10;

export async function tryBox(what: BoxTry, name: string, parent: string, signal: AbortSignal): Promise<RunRecord | NotRun> {
  const folder = join(parent, name);
  const { seconds, ...load } = what;
  const holdsOnly = what.sendsPerSecond === 0;
  const record = await runBox(
    {
      ...load,
      name,
      idleSeconds: holdsOnly ? seconds : IDLE_SECONDS,
      chatSeconds: holdsOnly ? 0 : seconds,
      tokenAlgorithm: 'HS256',
      transport: 'bun',
    },
    folder,
    signal,
  );
  if (isNotRun(record)) return record;
  await writeReport(folder, record);
  return record;
}

/** The first try warms all of it, since JVMs compile; later ones what their rate brings. */
export function realTry(sendsPerSecond: number, number: number, seconds: number, warmSeconds: number): RealLoad {
  return { sendsPerSecond, warmSeconds: number === 0 ? warmSeconds : Math.ceil(seconds / 2), seconds };
}
