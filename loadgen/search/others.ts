/**
 * Whether others hold the processors, before anything of ours runs: by what the processors did for some seconds and by the
 * kernel's pressure figure (`/proc/pressure/cpu`), the share of time in which something runnable waited.
 */
import { percentText } from '../../capacity/quantity-text.ts';
import { CpuMeter, cpuBetween } from '../coordinator/meter.ts';

/** Of all processors, and of the time: an idle machine is below a third of each. */
export const QUIET = { busyShare: 0.1, pressureShare: 0.1, stealShare: 0.02 } as const;

export interface Others {
  readonly busyShare: number;
  readonly stealShare: number;
  /** Left out where the kernel does not say. */
  readonly pressureShare?: number;
}

export async function watchOthers(seconds: number): Promise<Others> {
  const meter = new CpuMeter();
  const startedMs = performance.now();
  const from = meter.read({});
  await Bun.sleep(seconds * 1_000);
  const { machine } = cpuBetween(from, meter.read({}));
  const wallUs = (performance.now() - startedMs) * 1_000;
  const busyUs = machine.userUs + machine.systemUs + machine.softirqUs + machine.irqUs + machine.stealUs;
  const allUs = Math.max(1, busyUs + machine.idleUs);
  return {
    busyShare: busyUs / allUs,
    stealShare: machine.stealUs / allUs,
    ...(machine.pressureUs === undefined ? {} : { pressureShare: machine.pressureUs / wallUs }),
  };
}

/** One line with what to do; undefined: it is quiet. */
export function heldByOthers({ busyShare, stealShare, pressureShare }: Others): string | undefined {
  const found = [
    busyShare > QUIET.busyShare ? `the processors are ${percentText(busyShare)} busy` : '',
    stealShare > QUIET.stealShare ? `the hypervisor takes ${percentText(stealShare)} of them` : '',
    pressureShare !== undefined && pressureShare > QUIET.pressureShare
      ? `something waits for one ${percentText(pressureShare)} of the time (/proc/pressure/cpu)`
      : '',
  ].filter((part) => part !== '');
  if (found.length === 0) return undefined;
  return `others hold this machine: ${found.join(', ')}. Stop them (top -o %CPU shows who) or wait, then search again; nothing was started.`;
}
