/**
 * Which part of a box and its systems was the limit of a run: a process of one thread whose core is full, or the machine's
 * processors, with who used them. A guess from CPU alone: a part that waits for its disk shows as none of them.
 */
import {
  type ByRole,
  CLIENT_ROLES,
  type CpuWindow,
  type ProcessCpu,
  type Role,
  type RunRecord,
  SERVER_ROLES,
} from '../../capacity/run-record.ts';

/** Their work is one thread's; servers on JVMs have many. */
const SINGLE: ReadonlySet<Role> = new Set(['edge', 'relay', 'dispatch', 'redis', 'worker']);
const FULL_CORE = 0.85;
const FULL_MACHINE = 0.92;

export function limitOf(record: RunRecord): string {
  const windows = record.cpuWindows.filter((window) => window.name === 'chat').slice(1);
  const wallUs = windows.reduce((sum, window) => sum + window.wallMs, 0) * 1_000;
  if (wallUs === 0) return 'not known: the run has no window after its warm-up';
  const cores = coresOf(windows, wallUs);
  const full = cores.filter(({ role, each }) => SINGLE.has(role) && each >= FULL_CORE);
  const busy = 1 - windows.reduce((sum, { machine }) => sum + machine.idleUs, 0) / (wallUs * record.host.cores);
  const used = cores.map(({ role, all }) => `${role} ${all.toFixed(2)}`).join(', ');
  const machine = `the machine's ${record.host.cores} processors were busy for ${(busy * 100).toFixed(0)} % (cores: ${used})`;
  if (full.length > 0) return `${full.map(({ role }) => role).join(' and ')}, with a full core each; ${machine}`;
  return busy >= FULL_MACHINE ? machine : `no processor was full: something waited; ${machine}`;
}

function coresOf(windows: readonly CpuWindow[], wallUs: number): Array<{ role: Role; all: number; each: number }> {
  return [...SERVER_ROLES, ...CLIENT_ROLES]
    .map((role) => {
      const all = windows.reduce((sum, window) => sum + usedBy(window.roles, role), 0) / wallUs;
      return { role, all, each: all / Math.max(1, windows[0]!.roles[role]?.processes ?? 1) };
    })
    .filter(({ all }) => all >= 0.01)
    .sort((one, other) => other.all - one.all);
}

function usedBy(roles: ByRole<ProcessCpu>, role: Role): number {
  return (roles[role]?.userUs ?? 0) + (roles[role]?.systemUs ?? 0);
}
