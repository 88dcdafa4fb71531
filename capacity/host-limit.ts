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
  /** Commands that bring it to a value, each one line for a shell. */
  lift(value: number): readonly string[];
  /** `previous` as the machine spelt it, such as "32768 60999". */
  undo(previous: string): readonly string[];
  /** May be applied while processes run and reaches them; otherwise `lift` says what must start anew. */
  readonly atRunTime: boolean;
  readonly pod: PodSetting;
}

/** What a pod's owner writes beside it; `lift` and `undo` of a limit that is one kernel setting. */
export function sysctl(setting: string): Pick<HostLimit, 'setting' | 'lift' | 'undo' | 'atRunTime'> {
  return {
    setting,
    lift: (value) => [`sysctl -w ${setting}=${value}`],
    undo: (previous) => [`sysctl -w ${setting}=${/\s/.test(previous) ? `"${previous}"` : previous}`],
    atRunTime: true,
  };
}

/** Rounding of products that are whole by construction. */
export function wholeBelow(value: number): number {
  return Math.max(0, Math.floor(value + 1e-6));
}

export function wholeAbove(value: number): number {
  return Math.ceil(value - 1e-6);
}
