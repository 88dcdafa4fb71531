/**
 * Processor time of a run's own processes over a stretch of its chat, from its samples: what others on the machine use is not
 * the storm's. Samples come once a second; between two the time is taken to go evenly.
 */
import type { RunRecord, RunSample } from '../../capacity/run-record.ts';

/** Times in ms of the chat. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Undefined where the samples do not reach over it. */
export function processorUs(record: RunRecord, stretch: Stretch): number | undefined {
  const first = record.samples.find(({ phase }) => phase === 'chat');
  if (first === undefined || stretch.toMs <= stretch.fromMs) return undefined;
  const from = usedAt(record.samples, first.tMs + stretch.fromMs);
  const to = usedAt(record.samples, first.tMs + stretch.toMs);
  return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
}

/** Of a connect without a storm, both ends: from the windows of the ramp. Undefined where nothing was opened in them. */
export function usPerConnect(record: RunRecord): number | undefined {
  let us = 0;
  let handshakes = 0;
  for (const { name, roles, operations } of record.cpuWindows) {
    if (name !== 'handshake') continue;
    handshakes += operations.handshakes;
    for (const { userUs, systemUs } of Object.values(roles)) us += userUs + systemUs;
  }
  return handshakes === 0 ? undefined : us / handshakes;
}

function usedAt(samples: readonly RunSample[], tMs: number): number | undefined {
  const at = samples.findIndex((sample) => sample.tMs >= tMs);
  const after = samples[at];
  const before = samples[at - 1];
  if (after === undefined || before === undefined) return undefined;
  const share = (tMs - before.tMs) / Math.max(1, after.tMs - before.tMs);
  return used(before) + (used(after) - used(before)) * share;
}

function used({ cpuUs }: RunSample): number {
  return Object.values(cpuUs).reduce((sum, us) => sum + us, 0);
}
