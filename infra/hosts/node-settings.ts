/**
 * The kernel settings of a node, from the table of host limits: those that no pod can set because they are the whole machine's.
 * A value that is safer already is left as it is; what a limit is for, and by how much, says its row.
 */
import { type BoxShape, DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import type { Sysctl } from '../../capacity/host-limit.ts';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';

export interface NodeSetting extends Sysctl {
  /** Set only where the last number of what is there is below it, or above. */
  readonly when: 'below' | 'above';
  /** Name of its row in the table. */
  readonly limit: string;
  readonly why: string;
}

/** The next power of two: a number that people recognise, and that need not change when a plan grows by a connection. */
export function roundUp(value: number): number {
  return value <= 1 ? value : 2 ** Math.ceil(Math.log2(value));
}

/** For a node with one box, or one load engine, of `connections`. With `hostNetwork` its own network namespace is the pod's too. */
export function nodeSettings(
  connections: number,
  shape: Partial<BoxShape> = {},
  network: 'podNetwork' | 'hostNetwork' = 'podNetwork',
): readonly NodeSetting[] {
  const whole: BoxShape = { ...DEFAULT_SHAPE, ...shape };
  return HOST_LIMITS.filter((limit) => limit.scope === 'node' || (network === 'hostNetwork' && limit.scope === 'netns')).flatMap(
    (limit) => {
      const when = limit.safer === 'larger' ? 'below' : 'above';
      const needed = limit.needed(connections, whole);
      const value = when === 'below' ? roundUp(needed) : needed;
      return limit.sysctls(value, whole).map((sysctl) => ({ ...sysctl, when, limit: limit.name, why: limit.why }));
    },
  );
}
