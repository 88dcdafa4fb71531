/** Asks the workers what they saw of a chat's turns. */
import type { RadioSeen } from '../client/radio.ts';
import type { WorkerGroup } from '../coordinator/worker-group.ts';
import type { NapsSeen } from '../worker/naps.ts';
import type { PhasesSeen, SendEnds } from '../worker/phase-tally.ts';

export interface WorkerPhases {
  readonly worker: number;
  readonly phases: PhasesSeen;
  readonly naps?: NapsSeen;
  readonly radio?: RadioSeen;
}

const LIMIT_MS = 5_000;

/** One that does not answer in time is left out: the run is then not complete. */
export async function phasesOfWorkers(group: WorkerGroup): Promise<WorkerPhases[]> {
  const answers = await group.ask({ type: 'phasesReport' }, (answer) => answer.type === 'phases', LIMIT_MS);
  return [...answers].flatMap(([worker, answer]) => {
    if (answer.type !== 'phases') return [];
    const { seen: phases, naps, radio } = answer;
    return [{ worker: worker.index, phases, ...(naps === undefined ? {} : { naps }), ...(radio === undefined ? {} : { radio }) }];
  });
}

export function addEnds(all: readonly SendEnds[]): SendEnds {
  const rejected: Record<string, number> = {};
  for (const one of all) for (const [name, count] of Object.entries(one.rejected)) rejected[name] = (rejected[name] ?? 0) + count;
  return { sequenced: all.reduce((sum, one) => sum + one.sequenced, 0), rejected };
}
