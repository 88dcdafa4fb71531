/** The pods that objects would make: templates of workloads, and of custom resources where they are plain. Pure. */
import type { Container, PodSpec } from 'kubernetes-types/core/v1';
import type { Manifest } from '../manifest.ts';

export interface PodTemplate {
  readonly owner: Manifest;
  /** `StatefulSet/parley-gateway/edges` */
  readonly place: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: PodSpec;
}

export interface PlacedContainer {
  readonly template: PodTemplate;
  readonly container: Container;
  readonly init: boolean;
  /** `StatefulSet/parley-gateway/edges: spec.template.spec.containers[edges]` */
  readonly place: string;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'];

interface Spec {
  readonly template?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> }; readonly spec?: PodSpec };
  readonly jobTemplate?: { readonly spec?: Spec };
}

export function placeOf({ kind, metadata }: Manifest): string {
  return [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name].join('/');
}

export function specOf<Kind = Record<string, unknown>>(object: Manifest): Kind {
  return ((object as unknown as { spec?: Kind }).spec ?? {}) as Kind;
}

/** Which k6 itself listens on. */
const K6_PORT = 6_565;

interface Runner {
  readonly runner?: PodSpec &
    Container & {
      readonly containerSecurityContext?: Container['securityContext'];
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
    };
}

/** The operator of k6 makes a pod of the parts of one, with its container's parts beside them. */
function runnerOf(owner: Manifest): readonly PodTemplate[] {
  const { runner } = specOf<Runner>(owner);
  if (runner === undefined) return [];
  const { image, env, resources, volumeMounts, containerSecurityContext, metadata, ...pod } = runner;
  const container = {
    name: 'k6',
    image,
    env,
    resources,
    volumeMounts,
    securityContext: containerSecurityContext,
    ports: [{ containerPort: K6_PORT }],
  } as Container;
  const spec = {
    ...pod,
    enableServiceLinks: false,
    automountServiceAccountToken: String(pod.automountServiceAccountToken) !== 'false',
    containers: [container],
  };
  return [{ owner, place: placeOf(owner), labels: metadata?.labels ?? {}, spec: spec as PodSpec }];
}

export function podsOf(objects: readonly Manifest[]): readonly PodTemplate[] {
  return objects.flatMap((owner) => {
    if (owner.kind === 'TestRun') return runnerOf(owner);
    if (!WORKLOADS.includes(owner.kind)) return [];
    const spec = specOf<Spec>(owner);
    const template = owner.kind === 'CronJob' ? spec.jobTemplate?.spec?.template : spec.template;
    if (template?.spec === undefined) return [];
    return [{ owner, place: placeOf(owner), labels: template.metadata?.labels ?? {}, spec: template.spec }];
  });
}

export function containersOf(objects: readonly Manifest[]): readonly PlacedContainer[] {
  return podsOf(objects).flatMap((template) => {
    const placed = (container: Container, init: boolean): PlacedContainer => ({
      template,
      container,
      init,
      place: `${template.place}: spec.template.spec.${init ? 'initContainers' : 'containers'}[${container.name}]`,
    });
    return [
      ...(template.spec.initContainers ?? []).map((one) => placed(one, true)),
      ...template.spec.containers.map((one) => placed(one, false)),
    ];
  });
}
