/**
 * The node tuner as a workload: for clusters whose nodes are made from an image that nobody here may change. It brings the kernel's
 * settings to the contract's on every node of a pool; what needs a restart of runtime or kubelet it can't do (`node-files.ts`).
 *
 * It is the only privileged thing of the stacks: a container that runs once at each start of the node, then one that waits and may
 * do nothing.
 */
import type { DaemonSet } from 'kubernetes-types/apps/v1';
import { type Manifest, manifest } from '../manifest.ts';
import type { NodeContract } from './node-contract.ts';
import { tunerScript } from './tuner-script.ts';

export interface TunerPlace {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** With a shell: busybox, or a distribution. Pinned by digest. */
  readonly image: string;
}

export function nodeTuner(contract: NodeContract, { namespace, labels, image }: TunerPlace): Manifest {
  const { pool, poolLabel, settings } = contract;
  const selector = { 'app.kubernetes.io/name': 'node-tuner', 'parley/tunes': pool };
  return manifest<DaemonSet>({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: `node-tuner-${pool}`, namespace, labels: { ...labels, ...selector } },
    spec: {
      selector: { matchLabels: selector },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels: { ...labels, ...selector } },
        spec: {
          // The node's own network namespace has the settings of the whole machine's network; a pod's has not.
          hostNetwork: true,
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          priorityClassName: 'system-node-critical',
          ...(poolLabel === undefined
            ? {}
            : {
                nodeSelector: { [poolLabel.key]: poolLabel.value },
                tolerations: [{ key: poolLabel.key, operator: 'Equal', value: poolLabel.value, effect: 'NoSchedule' }],
              }),
          initContainers: [
            {
              name: 'tune',
              image,
              command: ['/bin/sh', '-c', tunerScript(settings)],
              securityContext: { privileged: true, runAsUser: 0, readOnlyRootFilesystem: true },
              resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '32Mi' } },
            },
          ],
          containers: [
            {
              name: 'wait',
              image,
              // The shell would not pass the signal on.
              command: ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 3600 & wait $!; done'],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
                runAsUser: 65_534,
                capabilities: { drop: ['ALL'] },
                seccompProfile: { type: 'RuntimeDefault' },
              },
              resources: { requests: { cpu: '1m', memory: '8Mi' }, limits: { memory: '16Mi' } },
            },
          ],
          terminationGracePeriodSeconds: 5,
        },
      },
    },
  });
}
