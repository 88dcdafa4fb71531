/**
 * What machine this is, for the head of a record or a report. Nothing in it identifies the machine or its owner.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { readMachineMemory } from './kernel.ts';
import { isAbsent, readProcFile } from './proc-file.ts';

export interface HostDescription {
  readonly kernel: string;
  readonly cpuModel: string;
  /** Processors that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  readonly bun: string;
  /** The kernel keeps interrupt time out of process time; left out when its configuration can't be read. */
  readonly interruptTimeApart?: boolean;
}

export function describeHost(): HostDescription {
  const cpuinfo = readProcFile('/proc/cpuinfo');
  const memory = readMachineMemory();
  if (isAbsent(memory)) throw new Error(memory.absent);
  const apart = interruptTimeApart();
  return {
    kernel: release(),
    // Arm names no model there; the machine's architecture is all there is.
    cpuModel: (isAbsent(cpuinfo) ? undefined : /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]) ?? process.arch,
    cores: availableParallelism(),
    memoryBytes: memory.totalBytes,
    bun: process.versions.bun ?? 'none',
    ...(apart === undefined ? {} : { interruptTimeApart: apart }),
  };
}

function interruptTimeApart(): boolean | undefined {
  const config = kernelConfiguration();
  return config === undefined ? undefined : /^CONFIG_IRQ_TIME_ACCOUNTING=y$/m.test(config);
}

function kernelConfiguration(): string | undefined {
  const plain = readProcFile(`/boot/config-${release()}`);
  if (!isAbsent(plain)) return plain;
  try {
    return gunzipSync(readFileSync('/proc/config.gz')).toString('utf8');
  } catch {
    return undefined; // Built without it: not known, which is not the same as "no".
  }
}
