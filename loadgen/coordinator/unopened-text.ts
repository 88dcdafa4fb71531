/** Why a ramp came to its end early, as far as the load engine was told. */
import type { WorkerGroup } from './worker-group.ts';

export function unopenedText(group: WorkerGroup, size: number): string {
  const reasons = { ...group.byReason('refusals'), ...group.byReason('failures') };
  const [most] = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  return `only ${group.total('open')} of ${size} connections opened${most === undefined ? '' : `: ${most[0]} (${most[1]} times)`}`;
}
