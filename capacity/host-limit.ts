/**
 * What a limit of the host is: one row of the table in `host-limits.ts`.
 *
 * A value of -1 stands for "no limit". A limit `stops` when the connections can't be held beyond it, and `degrades` when
 * they can, but something else suffers (rate, latency, safety) in the event that `symptom` names.
 */
import type { BoxShape } from './box-shape.ts';

export const NO_LIMIT = -1;

/** Who owns the value: the whole machine, a network namespace (a pod), a process, or the runtime that starts containers. */
export type LimitScope = 'node' | 'netns' | 'process' | 'runtime';

/** How a pod may set it: by Kubernetes' safe list (since that version), by the kubelet's allowance, or only on its node. */
export type PodSetting = { readonly kind: 'safe'; readonly since?: string } | { readonly kind: 'unsafe' } | { readonly kind: 'node' };

export interface HostLimit {
  readonly name: string;
  /** As the kernel or the runtime calls it. */
  readonly setting: string;
  readonly scope: LimitScope;
  readonly unit: string;
  readonly effect: 'stops' | 'degrades';
  /** A larger value is the safer one, but for the few where the smaller is. */
  readonly safer: 'larger' | 'smaller';
  /** The value that `connections` ask for. Never falls when connections grow (never rises where `safer` is smaller). */
  needed(connections: number, shape: BoxShape): number;
  /** Connections at which a value binds, `Infinity` when it never does. Never falls when the value gets safer. */
  holds(value: number, shape: BoxShape): number;
  readonly why: string;
  readonly symptom: string;
  /** Kernel settings that bring it to a value, in the order in which they are set; empty where it is none of the kernel's. */
  sysctls(value: number, shape: BoxShape): readonly Sysctl[];
  /**
   * The least and the most that a kernel takes by itself for a new network namespace (5.14 and newer; some go by the memory of
   * the machine). A pod begins with these, not with its node's values. Left out where no network namespace has it.
   */
  readonly fresh?: readonly [least: number, most: number];
  /** Commands that bring it to a value, each one line for a shell. */
  lift(value: number, shape: BoxShape): readonly string[];
  /** `previous` as the machine spelt it, such as "32768 60999". */
  undo(previous: string): readonly string[];
  /** May be applied while processes run and reaches them; otherwise `lift` says what must start anew. */
  readonly atRunTime: boolean;
  readonly pod: PodSetting;
}

/** A kernel setting as a pod's specification and sysctl(8) spell it. */
export interface Sysctl {
  readonly name: string;
  readonly value: string;
}

type KernelSetting = Pick<HostLimit, 'setting' | 'sysctls' | 'lift' | 'undo' | 'atRunTime'>;

/** What a limit that is one kernel setting needs, a single number or, by `spell`, several with the limit as the last. */
export function sysctl(name: string, spell: (value: number) => string = String): KernelSetting {
  const sysctls = (value: number) => [{ name, value: spell(value) }];
  return {
    setting: spell(1) === '1' ? name : `${name} (third value)`,
    sysctls,
    lift: (value) => sysctls(value).map(sysctlCommand),
    undo: (previous) => [sysctlCommand({ name, value: previous })],
    atRunTime: true,
  };
}

export function sysctlCommand({ name, value }: Sysctl): string {
  return `sysctl -w ${name}=${/\s/.test(value) ? `"${value}"` : value}`;
}

/** `sysctls` of a limit that is no kernel setting. */
export const noSysctls = (): readonly Sysctl[] => [];

/** Rounding of products that are whole by construction. */
export function wholeBelow(value: number): number {
  return Math.max(0, Math.floor(value + 1e-6));
}

export function wholeAbove(value: number): number {
  return Math.ceil(value - 1e-6);
}
