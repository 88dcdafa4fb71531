/**
 * The kernel settings that a pod of the box asks for in `securityContext.sysctls`, from the table of host limits: those that
 * belong to its network namespace, and only where what a new namespace begins with is not enough. Kubernetes lets every pod
 * set the safe ones; the unsafe ones need the allowance of the kubelet (`node-contract.ts`). None may be set with hostNetwork.
 */
import { type BoxShape, DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import type { HostLimit, PodSetting, Sysctl } from '../../capacity/host-limit.ts';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';

export interface PodSysctl extends Sysctl {
  readonly kind: 'safe' | 'unsafe';
  /** Version of Kubernetes in which it became safe; left out when it always was, or is not. */
  readonly since?: string;
  /** Name of its row in the table. */
  readonly limit: string;
}

/**
 * For a pod that holds `connections` and listens on `ports`. `shape` says how: edges, rate of connections, and workers where
 * the pod is the load engine's. In the order of the table, each name once.
 */
export function podSysctls(connections: number, ports: readonly number[], shape: Partial<BoxShape> = {}): readonly PodSysctl[] {
  const whole: BoxShape = { ...DEFAULT_SHAPE, ...shape, ports };
  return HOST_LIMITS.flatMap((limit) => {
    const { pod } = limit;
    if (pod.kind === 'node') return [];
    const value = valueInPod(limit, connections, whole);
    return value === undefined ? [] : limit.sysctls(value, whole).map((sysctl) => ({ ...sysctl, ...kindOf(pod), limit: limit.name }));
  });
}

export function unsafeSysctls(sysctls: readonly PodSysctl[]): readonly PodSysctl[] {
  return sysctls.filter((sysctl) => sysctl.kind === 'unsafe');
}

/** What to set, or undefined where any kernel's own is enough. Never less safe than what the kernel would have taken by itself. */
function valueInPod(limit: HostLimit, connections: number, shape: BoxShape): number | undefined {
  const needed = limit.needed(connections, shape);
  if (limit.fresh === undefined) return needed;
  const [least, most] = limit.fresh;
  if (limit.safer === 'larger') return needed > least ? Math.max(needed, most) : undefined;
  return needed < most ? Math.min(needed, least) : undefined;
}

function kindOf(pod: Exclude<PodSetting, { kind: 'node' }>): Pick<PodSysctl, 'kind' | 'since'> {
  return pod.kind === 'safe' && pod.since !== undefined ? { kind: 'safe', since: pod.since } : { kind: pod.kind };
}
