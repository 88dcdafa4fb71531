/** Fake nodes and pods: kwok gives nodes and pods the states that a kubelet would report, after delays that are set. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { type ControlPlane, spawn } from './control-plane.ts';
import { programs } from './programs.ts';

/** Annotations of a pod: how long it takes to be ready, and to be gone once it was told to go. */
export const READY_DELAY = 'pod-ready.stage.kwok.x-k8s.io/delay';
export const DELETE_DELAY = 'pod-delete.stage.kwok.x-k8s.io/delay';

export interface FakeKubelets {
  stop(): Promise<void>;
}

export async function startKwok(plane: ControlPlane, say: (line: string) => void): Promise<FakeKubelets> {
  const { kwok } = await programs(['kwok'], say);
  const stages = join(plane.directory, 'stages.yaml');
  writeFileSync(stages, [nodeReady, podReady, podGone].map((stage) => JSON.stringify(stage)).join('\n---\n'));
  const child: Subprocess = spawn(plane.directory, 'kwok', kwok, [
    ...['--kubeconfig', plane.kubeconfigFile, '--config', stages],
    ...['--manage-all-nodes=true', '--node-lease-duration-seconds=200'],
  ]);
  return {
    stop: async () => {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

const stage = (name: string, kind: 'Node' | 'Pod', spec: object) => ({
  apiVersion: 'kwok.x-k8s.io/v1alpha1',
  kind: 'Stage',
  metadata: { name },
  spec: { resourceRef: { apiGroup: 'v1', kind }, ...spec },
});

const delayed = (annotation: string) => ({
  durationMilliseconds: 1_000,
  durationFrom: { expressionFrom: `.metadata.annotations["${annotation}"]` },
});

const NODE_STATUS = `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
allocatable:
{{ YAML .status.allocatable 1 }}
capacity:
{{ YAML .status.capacity 1 }}
phase: Running
`;

const POD_STATUS = `
{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "Ready" "ContainersReady" }}
- lastTransitionTime: {{ $now | Quote }}
  status: "True"
  type: {{ $type }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  state:
    running:
      startedAt: {{ $now | Quote }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`;

const READY = '.status.conditions.[] | select( .type == "Ready" ) | .status';

const nodeReady = stage('node-ready', 'Node', {
  selector: { matchExpressions: [{ key: READY, operator: 'NotIn', values: ['True'] }] },
  next: { statusTemplate: NODE_STATUS },
});

const podReady = stage('pod-ready', 'Pod', {
  selector: {
    matchExpressions: [
      { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' },
      { key: '.status.phase', operator: 'In', values: ['Pending'] },
      { key: READY, operator: 'NotIn', values: ['True'] },
    ],
  },
  delay: delayed(READY_DELAY),
  next: { statusTemplate: POD_STATUS },
});

const podGone = stage('pod-gone', 'Pod', {
  selector: { matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }] },
  delay: delayed(DELETE_DELAY),
  next: { delete: true },
});
