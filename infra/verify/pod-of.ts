/** The pod that a workload's template would make, for what the server refuses of pods only. */
import type { ApiObject } from './kubernetes-api.ts';

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly volumes?: readonly unknown[] };
}

interface Claim {
  readonly metadata: { readonly name: string };
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'];

/** Undefined for what makes no pods itself; custom resources leave theirs to their operators. */
export function podOf({ kind, metadata, spec }: ApiObject): ApiObject | undefined {
  const inner = kind === 'CronJob' ? (spec as { jobTemplate: { spec: unknown } }).jobTemplate.spec : spec;
  if (!WORKLOADS.includes(kind) && kind !== 'CronJob') return undefined;
  const { template, volumeClaimTemplates = [] } = inner as { template: Template; volumeClaimTemplates?: readonly Claim[] };
  const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${metadata.name}-0` },
  }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${metadata.name}-0`, namespace: metadata.namespace ?? 'default', ...template.metadata },
    spec: claimed.length === 0 ? template.spec : { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...claimed] },
  };
}
