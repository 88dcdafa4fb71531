/**
 * Kernel settings of pods: each where it may be set. A safe one anywhere; an unsafe one only where the node's kubelet allows it,
 * and then the pod must be kept to such nodes and others off them, or each refusal is followed by the next pod (I3); what is the
 * whole machine's in no pod at all.
 */
import { DEFAULT_SHAPE } from '../../capacity/box-shape.ts';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import type { Problem, Rule, Subject } from './finding.ts';
import { type PodTemplate, podsOf } from './pods.ts';

const SAMPLE = { ...DEFAULT_SHAPE, ports: [1] };
const SAFE = new Set(
  HOST_LIMITS.filter(({ pod }) => pod.kind === 'safe').flatMap((limit) => limit.sysctls(1, SAMPLE).map(({ name }) => name)),
);
const UNSAFE = new Set<string>(UNSAFE_POD_SYSCTLS);

export const SYSCTL_RULES: readonly Rule[] = [
  {
    name: 'sysctls in their scope',
    why: 'what belongs to the whole machine can not be set in a pod: the pod is refused, or the value is not there',
    check: ({ objects }) =>
      podsOf(objects).flatMap((pod): readonly Problem[] => {
        const names = sysctlsOf(pod);
        const place = (name: string) => `${pod.place}: spec.template.spec.securityContext.sysctls[${name}]`;
        return [
          ...names
            .filter((name) => !SAFE.has(name) && !UNSAFE.has(name))
            .map((name) => ({
              place: place(name),
              problem: 'is not a setting of a network namespace that pods may have: it is the node’s',
            })),
          ...(pod.spec.hostNetwork === true
            ? names
                .filter((name) => name.startsWith('net.'))
                .map((name) => ({ place: place(name), problem: 'can not be set with hostNetwork' }))
            : []),
          ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => ({ place: place(name), problem: 'stands twice' })),
        ];
      }),
  },
  {
    name: 'unsafe sysctls kept to their nodes',
    why: 'on a node that does not allow it the pod is refused and made again, thousands of times (I3)',
    check: (subject) => podsOf(subject.objects).flatMap((pod) => unsafeProblems(pod, subject)),
  },
  {
    name: 'sysctls of a box',
    why: 'a box whose network is as a new namespace begins loses handshakes and gives slow readers megabytes each',
    check: ({ objects }) =>
      podsOf(objects)
        .filter(({ labels }) => labels['app.kubernetes.io/name'] === 'edges')
        .flatMap((pod) =>
          ['net.ipv4.tcp_wmem', 'net.ipv4.tcp_rmem', 'net.ipv4.ip_local_reserved_ports']
            .filter((name) => !sysctlsOf(pod).includes(name))
            .map((name) => ({ place: `${pod.place}: spec.template.spec.securityContext.sysctls`, problem: `lacks ${name}` })),
        ),
  },
];

function sysctlsOf({ spec }: PodTemplate): readonly string[] {
  return (spec.securityContext?.sysctls ?? []).map(({ name }) => name);
}

function unsafeProblems(pod: PodTemplate, { environment, contracts, objects }: Subject): readonly Problem[] {
  const unsafe = sysctlsOf(pod).filter((name) => UNSAFE.has(name));
  if (unsafe.length === 0) return [];
  const { poolLabel } = environment.nodes;
  const { nodeSelector = {}, tolerations = [] } = pod.spec;
  const at = (field: string, problem: string): Problem => ({ place: `${pod.place}: spec.template.spec.${field}`, problem });
  // Where an environment keeps no pools apart, every node is of every pool.
  const pool = poolLabel === '' ? undefined : nodeSelector[poolLabel];
  const problems: Problem[] = [];
  if (poolLabel !== '' && pool === undefined)
    problems.push(at('nodeSelector', `has no ${poolLabel}: it may come to a node that refuses ${unsafe[0]}`));
  if (poolLabel !== '' && !tolerations.some(({ key, value }) => key === poolLabel && (pool === undefined || value === pool)))
    problems.push(at('tolerations', `does not tolerate ${poolLabel}, by whose taint other pods are kept off its nodes`));
  const contract = contracts.find((one) => (pool === undefined ? one.kubelet.allowedUnsafeSysctls.length > 0 : one.pool === pool));
  for (const name of unsafe) {
    if (!(contract?.kubelet.allowedUnsafeSysctls ?? []).includes(name))
      problems.push({
        place: `node contract ${pool ?? 'of any pool'}: kubelet.allowedUnsafeSysctls`,
        problem: `lacks ${name}, which ${pod.place} asks for`,
      });
  }
  const namespace = objects.find(({ kind, metadata }) => kind === 'Namespace' && metadata.name === pod.owner.metadata.namespace);
  if (namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'privileged')
    problems.push({
      place: `Namespace/${pod.owner.metadata.namespace}: metadata.labels[pod-security.kubernetes.io/enforce]`,
      problem: `is not privileged, and refuses ${unsafe[0]} of ${pod.place}`,
    });
  if (contract !== undefined && contract.poolLabel === undefined && poolLabel !== '')
    problems.push({ place: `node contract ${contract.pool}: poolLabel`, problem: 'has no taint that keeps other pods off' });
  return problems;
}
