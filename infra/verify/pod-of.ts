/** The pod that a workload's template would make, for what the server refuses of pods only. */
import type { ApiObject } from './kubernetes-api.ts';

interface Template {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: unknown;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job'];

/** Undefined for what makes no pods itself; custom resources leave theirs to their operators. */
export function podOf({ kind, metadata, spec }: ApiObject): ApiObject | undefined {
  const inner = kind === 'CronJob' ? (spec as { jobTemplate: { spec: unknown } }).jobTemplate.spec : spec;
  if (!WORKLOADS.includes(kind) && kind !== 'CronJob') return undefined;
  const { template } = inner as { template: Template };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${metadata.name}-0`, namespace: metadata.namespace ?? 'default', ...template.metadata },
    spec: template.spec,
  };
}
