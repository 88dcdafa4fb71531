/**
 * CPU and memory of a run's processes by role, from the probes of the host. A process that ended keeps what it had used:
 * the total of a role never falls.
 */
import type { ByRole, MachineCpu, MemoryCheckpoint, ProcessCpu, Role } from '../../capacity/run-record.ts';
import {
  type MachineCpuReading,
  readCpuPressureUs,
  readMachineCpu,
  readMachineMemory,
  readSlabBytes,
  readSocketCounts,
} from '../../services/runtime/host/kernel.ts';
import { isAbsent } from '../../services/runtime/host/proc-file.ts';
import { type ProcessCpuReading, readProcessCpu, sumProcessMemory } from '../../services/runtime/host/processes.ts';

export type PidsByRole = Readonly<Partial<Record<Role, readonly number[]>>>;

export interface CpuReading {
  readonly roles: ByRole<ProcessCpu>;
  readonly machine: MachineCpuReading;
  readonly pressureUs?: number;
}

export class CpuMeter {
  private readonly last = new Map<number, { readonly role: Role; readonly reading: ProcessCpuReading }>();

  read(pids: PidsByRole): CpuReading {
    const processes = new Map<Role, number>();
    for (const [role, list] of Object.entries(pids) as Array<[Role, readonly number[]]>) {
      processes.set(role, list.length);
      for (const pid of list) {
        const reading = readProcessCpu(pid);
        if (!isAbsent(reading)) this.last.set(pid, { role, reading });
      }
    }
    const roles: Partial<Record<Role, ProcessCpu>> = {};
    for (const { role, reading } of this.last.values()) {
      const sum = roles[role] ?? { processes: processes.get(role) ?? 0, userUs: 0, systemUs: 0 };
      roles[role] = { ...sum, userUs: sum.userUs + reading.userUs, systemUs: sum.systemUs + reading.systemUs };
    }
    const machine = readMachineCpu();
    const pressureUs = readCpuPressureUs();
    return {
      roles,
      machine: isAbsent(machine) ? { userUs: 0, systemUs: 0, softirqUs: 0, irqUs: 0, stealUs: 0, idleUs: 0 } : machine,
      ...(isAbsent(pressureUs) ? {} : { pressureUs }),
    };
  }

  /** What one process has used so far, as last read. */
  of(pid: number): number {
    const reading = this.last.get(pid)?.reading;
    return reading === undefined ? 0 : reading.userUs + reading.systemUs;
  }
}

/** What was used between two readings. */
export function cpuBetween(from: CpuReading, to: CpuReading): { readonly roles: ByRole<ProcessCpu>; readonly machine: MachineCpu } {
  const roles: Partial<Record<Role, ProcessCpu>> = {};
  for (const [role, after] of Object.entries(to.roles) as Array<[Role, ProcessCpu]>) {
    const before = from.roles[role];
    roles[role] = {
      processes: after.processes,
      userUs: after.userUs - (before?.userUs ?? 0),
      systemUs: after.systemUs - (before?.systemUs ?? 0),
    };
  }
  const machine = {
    userUs: to.machine.userUs - from.machine.userUs,
    systemUs: to.machine.systemUs - from.machine.systemUs,
    softirqUs: to.machine.softirqUs - from.machine.softirqUs,
    irqUs: to.machine.irqUs - from.machine.irqUs,
    stealUs: to.machine.stealUs - from.machine.stealUs,
    idleUs: to.machine.idleUs - from.machine.idleUs,
  };
  if (from.pressureUs === undefined || to.pressureUs === undefined) return { roles, machine };
  return { roles, machine: { ...machine, pressureUs: to.pressureUs - from.pressureUs } };
}

export function busyUs(machine: MachineCpuReading): number {
  return machine.userUs + machine.systemUs + machine.softirqUs + machine.irqUs + machine.stealUs;
}

/** Walks the page tables of every process: at checkpoints only. */
export function memoryCheckpoint(tMs: number, connections: number, pids: PidsByRole): MemoryCheckpoint | undefined {
  const memory = readMachineMemory();
  const sockets = readSocketCounts();
  if (isAbsent(memory) || isAbsent(sockets)) return undefined;
  const slab = readSlabBytes();
  return {
    tMs,
    connections,
    roles: Object.fromEntries(
      (Object.entries(pids) as Array<[Role, readonly number[]]>)
        .filter(([, list]) => list.length > 0)
        .map(([role, list]) => {
          const { processes, sum } = sumProcessMemory(list);
          return [role, { processes, ...sum }];
        }),
    ),
    ...(isAbsent(slab) ? {} : { slabBytes: slab }),
    slabTotalBytes: memory.slabBytes,
    socketBufferBytes: sockets.tcpQueueBytes,
    tcpSockets: sockets.tcpInUse,
    pageTablesBytes: memory.pageTablesBytes,
    memAvailableBytes: memory.availableBytes,
  };
}
