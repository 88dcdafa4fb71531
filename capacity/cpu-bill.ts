/**
 * What a handshake, a heartbeat and a message cost in CPU-microseconds, by process role, user and system apart. A message
 * is one send with all its frames and deliveries. Softirq is the machine's and stands beside, never inside, the sums.
 *
 * Heartbeats go on while connections open and while messages are sent. Their cost, measured in the window in which there
 * was nothing else, is taken off those windows. It is measured at its own rate, where a wake-up serves fewer events, so
 * it errs to the high side, and with it handshake and message to the low side: `heartbeatsOffUs` says by how much at most.
 */
import { type ByRole, CLIENT_ROLES, type CpuWindow, type Role, type RunRecord, SERVER_ROLES } from './run-record.ts';

export const OPERATIONS = ['handshake', 'heartbeat', 'message'] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface RoleCpu {
  readonly userUs: number;
  readonly systemUs: number;
}

export interface CpuCost {
  readonly operation: Operation;
  /** How many the window saw. */
  readonly operations: number;
  readonly perSecond: number;
  /** Devices that got each message; 0 for what is no message. One mix of group sizes can't tell a send from its deliveries. */
  readonly deliveriesEach: number;
  /** Microseconds an operation. */
  readonly roles: ByRole<RoleCpu>;
  /** Supervisor, edges and relay. */
  readonly gatewayUs: number;
  /** Of the whole box, embedded backends included: standard error over the windows of its kind; unknown from one window. */
  readonly boxError?: number;
  readonly embeddedUs: number;
  readonly clientUs: number;
  /** The machine's, for both ends where both are here. */
  readonly softirqUs: number;
  /** What was taken off for heartbeats in the same window, all roles together. */
  readonly heartbeatsOffUs: number;
}

export interface NoCost {
  readonly operation: Operation;
  readonly missing: string;
}

export interface CpuBill {
  readonly costs: readonly (CpuCost | NoCost)[];
  /** What the processes use in a second without any connection; left out when that was not measured. */
  readonly idle?: ByRole<RoleCpu>;
  readonly notes: readonly string[];
}

const WINDOWS: Readonly<Record<Operation, { readonly window: CpuWindow['name']; readonly count: keyof CpuWindow['operations'] }>> = {
  handshake: { window: 'handshake', count: 'handshakes' },
  heartbeat: { window: 'heartbeat', count: 'heartbeats' },
  message: { window: 'chat', count: 'sends' },
};

/** Ten kernel ticks of 10 ms: below it a window's CPU is mostly rounding. */
const LEAST_CPU_US = 100_000;
const LEAST_IDLE_SECONDS = 1.5;
const ROLES: readonly Role[] = [...SERVER_ROLES, ...CLIENT_ROLES];

export function cpuBill(record: RunRecord): CpuBill {
  const idle = idleOf(record);
  const heartbeat = costOf('heartbeat', record, idle, undefined);
  const known = 'missing' in heartbeat ? undefined : heartbeat;
  const costs = [costOf('handshake', record, idle, known), heartbeat, costOf('message', record, idle, known)];
  return { costs, ...(idle === undefined ? {} : { idle }), notes: [...notesOf(record, idle, known), ...costs.flatMap(drownedNote)] };
}

/** The costs that are known, by operation. */
export function knownCosts(bill: CpuBill): Readonly<Partial<Record<Operation, CpuCost>>> {
  return Object.fromEntries(bill.costs.flatMap((cost) => ('missing' in cost ? [] : [[cost.operation, cost]])));
}

function idleOf(record: RunRecord): ByRole<RoleCpu> | undefined {
  const windows = record.cpuWindows.filter((window) => window.name === 'idle');
  const seconds = sumOf(windows, (window) => window.wallMs) / 1_000;
  if (seconds < LEAST_IDLE_SECONDS) return undefined;
  return perRole(windows, (cpu) => ({ userUs: cpu.userUs / seconds, systemUs: cpu.systemUs / seconds }));
}

function costOf(
  operation: Operation,
  record: RunRecord,
  idle: ByRole<RoleCpu> | undefined,
  heartbeat: CpuCost | undefined,
): CpuCost | NoCost {
  const { window: name, count } = WINDOWS[operation];
  const windows = record.cpuWindows.filter((window) => window.name === name);
  if (windows.length === 0) return { operation, missing: `the run has no ${name} window` };
  const operations = sumOf(windows, (window) => window.operations[count]);
  if (operations === 0) return { operation, missing: `no ${operation} in the ${name} window` };
  const used = sumOf(windows, (window) => sumOf(ROLES, (role) => cpuOf(window, role)));
  if (used < LEAST_CPU_US) return { operation, missing: `${Math.round(used / 1_000)} ms of CPU in the window are too few to divide` };
  const seconds = sumOf(windows, (window) => window.wallMs) / 1_000;
  const heartbeats = operation === 'heartbeat' ? 0 : sumOf(windows, (window) => window.operations.heartbeats);
  const offShare = heartbeat === undefined ? 0 : heartbeats / operations;
  const roles = perRole(windows, (cpu, role) => ({
    userUs: (cpu.userUs - seconds * (idle?.[role]?.userUs ?? 0)) / operations - offShare * (heartbeat?.roles[role]?.userUs ?? 0),
    systemUs: (cpu.systemUs - seconds * (idle?.[role]?.systemUs ?? 0)) / operations - offShare * (heartbeat?.roles[role]?.systemUs ?? 0),
  }));
  const error = errorOver(windows, count);
  const cost = {
    ...(error === undefined ? {} : { boxError: error }),
    operation,
    operations,
    perSecond: operations / seconds,
    deliveriesEach: operation === 'message' ? sumOf(windows, (window) => window.operations.deliveries) / operations : 0,
    roles,
    gatewayUs: ofRoles(roles, ['supervisor', 'edge', 'relay']),
    embeddedUs: ofRoles(roles, ['embedded']),
    clientUs: ofRoles(roles, CLIENT_ROLES),
    softirqUs: sumOf(windows, (window) => window.machine.softirqUs) / operations - offShare * (heartbeat?.softirqUs ?? 0),
    heartbeatsOffUs: offShare * (heartbeat === undefined ? 0 : heartbeat.gatewayUs + heartbeat.embeddedUs + heartbeat.clientUs),
  };
  if (cost.gatewayUs <= 0) return { operation, missing: 'what runs beside it explains all of the CPU in its window' };
  return cost;
}

/** Each role's CPU over all windows, put through `value`. */
function perRole(windows: readonly CpuWindow[], value: (cpu: RoleCpu, role: Role) => RoleCpu): ByRole<RoleCpu> {
  const seen = ROLES.filter((role) => windows.some((window) => window.roles[role] !== undefined));
  return Object.fromEntries(
    seen.map((role) => {
      const userUs = sumOf(windows, (window) => window.roles[role]?.userUs ?? 0);
      const systemUs = sumOf(windows, (window) => window.roles[role]?.systemUs ?? 0);
      return [role, value({ userUs, systemUs }, role)];
    }),
  );
}

function errorOver(windows: readonly CpuWindow[], count: keyof CpuWindow['operations']): number | undefined {
  const values = windows
    .filter((window) => window.operations[count] > 0)
    .map((window) => SERVER_ROLES.reduce((sum, role) => sum + cpuOf(window, role), 0) / window.operations[count]);
  if (values.length < 2) return undefined;
  const mid = sumOf(values, (value) => value) / values.length;
  return Math.sqrt(sumOf(values, (value) => (value - mid) ** 2) / (values.length - 1) / values.length);
}

function cpuOf(window: CpuWindow, role: Role): number {
  return (window.roles[role]?.userUs ?? 0) + (window.roles[role]?.systemUs ?? 0);
}

function drownedNote(cost: CpuCost | NoCost): readonly string[] {
  if ('missing' in cost || cost.heartbeatsOffUs <= cost.gatewayUs + cost.embeddedUs + cost.clientUs) return [];
  const off = cost.heartbeatsOffUs.toFixed(0);
  return [
    `a ${cost.operation} costs less than the heartbeats beside it (${off} us taken off each): a run with fewer connections tells it better`,
  ];
}

function notesOf(record: RunRecord, idle: ByRole<RoleCpu> | undefined, heartbeat: CpuCost | undefined): readonly string[] {
  const notes: string[] = [];
  if (record.host.interruptTimeApart === true)
    notes.push('softirq is the machine’s, and in no process’s time: add it to what the kernel did');
  else notes.push('this kernel counts softirq in the time of the process it interrupted: softirq is shown beside, and not to be added');
  if (idle !== undefined) {
    const box = ofRoles(idle, SERVER_ROLES) / 1_000;
    notes.push(`what the processes use without a connection is taken off (the box: ${box.toFixed(1)} ms a second)`);
  }
  const others = record.cpuWindows.some((window) => window.name !== 'heartbeat' && window.operations.heartbeats > 0);
  if (others && heartbeat === undefined)
    notes.push('heartbeats within handshakes and messages are not taken off: no window of heartbeats alone');
  if (others && heartbeat !== undefined) notes.push('heartbeats within handshakes and messages are taken off, at the cost they have alone');
  return notes;
}

function ofRoles(roles: CpuCost['roles'], chosen: readonly Role[]): number {
  return chosen.reduce((sum, role) => sum + (roles[role]?.userUs ?? 0) + (roles[role]?.systemUs ?? 0), 0);
}

function sumOf<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((sum, one) => sum + value(one), 0);
}
