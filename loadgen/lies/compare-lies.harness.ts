/** Lies in what is put side by side: each makes a side of runs that are no repeats of one thing. */
import type { RunRecord } from '../../capacity/run-record.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import type { Lie } from './lie.ts';

export interface CompareLie extends Lie {
  /** The runs of the side that is shown as the newer one; four honest ones are made into it. */
  readonly tell: (runs: readonly RunRecord[]) => readonly RunRecord[];
}

const first = (change: (run: RunRecord) => RunRecord) => (runs: readonly RunRecord[]) =>
  runs.map((run, at) => (at === 0 ? change(run) : run));
const told = 'parley compare';

export const COMPARE_LIES: readonly CompareLie[] = [
  {
    lie: 'results of two versions mixed in one side',
    told,
    verdict: 'refused',
    says: 'mixes runs of two kinds: parley',
    tell: first((run) => ({ ...run, host: { ...run.host, versions: { ...run.host.versions, parley: '0.2.0' } } })),
  },
  {
    lie: 'results of two trees of one version mixed in one side',
    told,
    verdict: 'refused',
    says: 'mixes runs of two kinds: sources',
    tell: first((run) => ({ ...run, host: { ...run.host, versions: { ...run.host.versions, sources: '0123456789ab' } } })),
  },
  {
    lie: 'results of another box, loaded by the same load engine, mixed in',
    told,
    verdict: 'refused',
    says: 'mixes runs of two kinds: box',
    tell: first((run) => ({
      ...run,
      host: { ...run.host, versions: { ...run.host.versions, box: 'parley 0.1.0, sources 0123456789ab' } },
    })),
  },
  {
    lie: 'results of two machines mixed in one side',
    told,
    verdict: 'refused',
    says: 'mixes runs of two kinds: processor',
    tell: first((run) => ({ ...run, host: { ...run.host, cpuModel: 'a faster one' } })),
  },
  {
    lie: 'results of an easier load mixed in',
    told,
    verdict: 'refused',
    says: 'mixes runs of two kinds: setting connections',
    tell: first((run) => ({ ...run, settings: { ...run.settings, connections: 400_000 } })),
  },
  { lie: 'one run counted as four repeats', told, verdict: 'refused', says: 'twice', tell: (runs) => runs.map(() => runs[0]!) },
  {
    lie: 'a run in which the load engine was late among the repeats',
    told,
    verdict: 'inconclusive',
    says: 'the load engine was late',
    tell: first((run) => ({ ...run, generator: { ...run.generator, latenessP99Us: 90_000 } })),
  },
  {
    lie: 'a lost message among repeats that are faster',
    told,
    verdict: 'refuted',
    says: 'messages lost',
    tell: first((run) => ({ ...run, ledger: { ...run.ledger, lost: 1, delivered: run.ledger.delivered - 1 } })),
  },
];

export function honestRuns(from: number): readonly RunRecord[] {
  return Array.from({ length: 4 }, (_, at) => ({ ...syntheticRun({ seed: from + at }), id: `run-${from + at}` }));
}
