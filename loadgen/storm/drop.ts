/** The loss itself: at the clients' end, by killing edges, or by killing the whole box and starting it again. */
import { ownClockMs } from '../clock/offset.ts';
import type { Box } from '../coordinator/box.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import type { StormOptions } from './storm-options.ts';

export interface Fallen {
  /** Nobody could connect for so long. */
  readonly closedSeconds: number;
}

const LEAD_MS = 200;

/** Workers follow their connections from a moment before the loss. */
export async function drop(options: StormOptions, box: Box, { group }: RunningChat, cohort: boolean): Promise<Fallen> {
  await box.refresh();
  const startMs = ownClockMs() + (options.drop === 'clients' ? 0 : LEAD_MS);
  if (options.drop === 'clients') {
    const workers = cohort ? group.present.slice(0, -1) : group.present;
    const shares = evenly(Math.round(options.share * options.connections), workers.length);
    for (const worker of group.present) group.send(worker, { type: 'storm', startMs, drop: shares[workers.indexOf(worker)] ?? 0 });
    return { closedSeconds: 0 };
  }
  group.broadcast({ type: 'storm', startMs, drop: 0 });
  await Bun.sleep(startMs - ownClockMs());
  if (options.drop === 'edges') {
    const { edges } = box.info.pids;
    for (const pid of edges.slice(0, Math.max(1, Math.round(options.share * edges.length)))) process.kill(pid, 'SIGKILL');
    return { closedSeconds: 0 };
  }
  await box.restart('SIGKILL');
  return { closedSeconds: (ownClockMs() - startMs) / 1_000 };
}

function evenly(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, part) => Math.floor((total * (part + 1)) / parts) - Math.floor((total * part) / parts));
}
