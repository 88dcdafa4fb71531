/** Cuts a failing schedule down: takes away whatever it still fails without, in smaller and smaller pieces. */
import type { Schedule } from './schedule.ts';

export interface Shrunk {
  readonly schedule: Schedule;
  readonly tries: number;
}

export function shrink(failing: Schedule, fails: (schedule: Schedule) => boolean, mostTries = 500): Shrunk {
  let schedule = failing;
  let tries = 0;
  const take = (candidate: Schedule): boolean => {
    if (tries >= mostTries) return false;
    tries++;
    if (!fails(candidate)) return false;
    schedule = candidate;
    return true;
  };
  for (let before = -1; before !== sizeOf(schedule) && tries < mostTries; ) {
    before = sizeOf(schedule);
    cut('faults', take, () => schedule);
    cut('operations', take, () => schedule);
    if (schedule.failures > 0) take({ ...schedule, failures: 0 });
    for (const key of ['gateways', 'edges', 'dispatchers', 'partitions'] as const) {
      if (schedule[key] > 1) take({ ...schedule, [key]: 1 });
    }
    while (schedule.clients.length > 1 && take({ ...schedule, clients: schedule.clients.slice(0, -1) }));
    schedule.faults.forEach((fault, index) => {
      if (fault.forMs < 40) return;
      take({ ...schedule, faults: schedule.faults.with(index, { ...fault, forMs: Math.floor(fault.forMs / 2) }) });
    });
  }
  return { schedule, tries };
}

/** Halves, quarters and so on of a list, down to single ones. */
function cut(key: 'faults' | 'operations', take: (candidate: Schedule) => boolean, now: () => Schedule): void {
  for (let size = Math.ceil(now()[key].length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < now()[key].length; ) {
      const without = now()[key].filter((_, index) => index < at || index >= at + size);
      if (!take({ ...now(), [key]: without })) at += size;
    }
  }
}

function sizeOf({ faults, operations, clients, gateways, edges, dispatchers, partitions, failures }: Schedule): number {
  const parts = gateways + edges + dispatchers + partitions + clients.length;
  return faults.length + operations.length + parts + failures + faults.reduce((sum, { forMs }) => sum + forMs, 0);
}
