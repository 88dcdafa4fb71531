/** What a pod may do and must say, whatever it is for. The node tuner is the one that may do more, in one container. */
import type { Probe } from 'kubernetes-types/core/v1';
import type { Rule } from './finding.ts';
import { containersOf, type PlacedContainer, type PodTemplate, podsOf } from './pods.ts';

/** Runs once at each start of a node, to set what belongs to the whole machine. */
export function isTuner({ owner }: PodTemplate): boolean {
  return owner.kind === 'DaemonSet' && owner.metadata.name.startsWith('node-tuner-');
}

const tunes = ({ template, init }: PlacedContainer) => isTuner(template) && init;

const runsOn = ({ owner }: PodTemplate) => ['Deployment', 'StatefulSet'].includes(owner.kind);

export const POD_SAFETY_RULES: readonly Rule[] = [
  {
    name: 'resources',
    why: 'without a request a pod is put where there is no room, without a limit it takes the memory of others',
    check: ({ objects }) =>
      containersOf(objects).flatMap(({ container, place }) => {
        const { requests = {}, limits = {} } = container.resources ?? {};
        const problems: string[] = [];
        if (requests.cpu === undefined) problems.push('requests no processors');
        if (requests.memory === undefined) problems.push('requests no memory');
        if (limits.memory === undefined) problems.push('has no limit of memory');
        return problems.map((problem) => ({ place: `${place}.resources`, problem }));
      }),
  },
  {
    name: 'probes',
    why: 'what is never asked is sent work that it can not do, and is never started again when it hangs',
    check: ({ objects }) =>
      containersOf(objects)
        .filter(({ template }) => runsOn(template))
        .filter(({ init }) => !init)
        .flatMap(({ container, place }) => {
          const ports = (container.ports ?? []).flatMap(({ containerPort, name }) => [containerPort, name]);
          return (['readinessProbe', 'livenessProbe'] as const).flatMap((name) => {
            const probe: Probe | undefined = container[name];
            if (probe === undefined) return [{ place: `${place}.${name}`, problem: 'is missing' }];
            const asked = probe.httpGet?.port ?? probe.tcpSocket?.port;
            if (asked === undefined || ports.includes(asked as number)) return [];
            return [{ place: `${place}.${name}`, problem: `asks port ${asked}, which the container does not declare` }];
          });
        }),
  },
  {
    name: 'images',
    why: 'a tag can mean another image tomorrow, and each node another one',
    check: ({ objects, environment }) =>
      containersOf(objects).flatMap(({ container, place }) => {
        const image = container.image ?? '';
        const [name, digest] = image.split('@') as [string, string | undefined];
        const tag = /:([^:/]+)$/.exec(name)?.[1];
        if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))
          return [{ place: `${place}.image`, problem: `${image}: no digest` }];
        if (digest !== undefined) return [];
        if (tag === undefined || tag === 'latest') return [{ place: `${place}.image`, problem: `${image} is whatever is newest` }];
        return environment.images.mustBePinned ? [{ place: `${place}.image`, problem: `${image} is not pinned by digest` }] : [];
      }),
  },
  {
    name: 'privileges',
    why: 'a process that is taken over has what its pod has',
    check: ({ objects }) => [
      ...podsOf(objects).flatMap((template) => {
        const { spec, place } = template;
        const at = (field: string, problem: string) => ({ place: `${place}: spec.template.spec.${field}`, problem });
        const problems = [];
        if (spec.hostPID === true || spec.hostIPC === true) problems.push(at('hostPID', 'sees the processes of the node'));
        if (spec.hostNetwork === true && !isTuner(template)) problems.push(at('hostNetwork', 'has the network of the node'));
        if ((spec.volumes ?? []).some(({ hostPath }) => hostPath !== undefined)) problems.push(at('volumes', 'mounts files of the node'));
        return problems;
      }),
      ...containersOf(objects).flatMap((placed) => {
        if (tunes(placed)) return [];
        const { container, template, place } = placed;
        const own = container.securityContext ?? {};
        const pod = template.spec.securityContext ?? {};
        const at = (field: string, problem: string) => ({ place: `${place}.securityContext.${field}`, problem });
        const problems = [];
        if (own.privileged === true) problems.push(at('privileged', 'may do everything'));
        if (own.allowPrivilegeEscalation !== false) problems.push(at('allowPrivilegeEscalation', 'is not false'));
        if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) problems.push(at('runAsNonRoot', 'is not true'));
        if ((own.runAsUser ?? pod.runAsUser) === 0) problems.push(at('runAsUser', 'is root'));
        if (!(own.capabilities?.drop ?? []).includes('ALL')) problems.push(at('capabilities.drop', 'does not drop ALL'));
        if ((own.capabilities?.add ?? []).length > 0) problems.push(at('capabilities.add', `adds ${own.capabilities!.add!.join(', ')}`));
        const seccomp = own.seccompProfile ?? pod.seccompProfile;
        if (seccomp?.type !== 'RuntimeDefault') problems.push(at('seccompProfile', 'is not the runtime’s'));
        return problems;
      }),
    ],
  },
  {
    name: 'read-only root',
    why: 'what can write its own files can be changed for good',
    check: ({ objects }) =>
      containersOf(objects)
        .filter(({ container }) => container.securityContext?.readOnlyRootFilesystem !== true)
        .map(({ place }) => ({ place: `${place}.securityContext.readOnlyRootFilesystem`, problem: 'is not true' })),
  },
  {
    name: 'token',
    why: 'a token of the API in a pod that never asks it serves only who breaks in',
    check: ({ objects }) => {
      const bound = new Set(
        objects
          .filter(({ kind }) => kind === 'RoleBinding' || kind === 'ClusterRoleBinding')
          .flatMap((one) => (one as unknown as { subjects?: ReadonlyArray<{ namespace?: string; name: string }> }).subjects ?? [])
          .map(({ namespace, name }) => `${namespace}/${name}`),
      );
      return podsOf(objects).flatMap(({ spec, owner, place }) => {
        const asks = bound.has(`${owner.metadata.namespace}/${spec.serviceAccountName}`);
        if (spec.automountServiceAccountToken === false || (asks && spec.automountServiceAccountToken === true)) return [];
        return [{ place: `${place}: spec.template.spec.automountServiceAccountToken`, problem: 'mounts a token that it has no role for' }];
      });
    },
  },
  {
    name: 'service links',
    why: 'Kubernetes would add variables by the names of services, and ours read PARLEY_… as settings',
    check: ({ objects }) =>
      podsOf(objects)
        .filter(({ spec }) => spec.enableServiceLinks !== false)
        .map(({ place }) => ({ place: `${place}: spec.template.spec.enableServiceLinks`, problem: 'is not false' })),
  },
];
