/** Parts that the pods of several stacks share: what a container may do, probes, secrets as files, the flags of a verb. */
import type { PodSpec, Probe, ResourceRequirements, SecurityContext, Volume, VolumeMount } from 'kubernetes-types/core/v1';
import { flagOf } from '../../services/runtime/setting-table.ts';
import type { Environment, SecretName } from '../environment.ts';
import { cpu, memory } from '../quantity.ts';

/** The user of the images; it owns nothing in them. */
export const RUN_AS = 10_001;

/** Every pod of ours: no token of the API, no user of the host, no system call beyond the runtime's list. */
export const POD_SAFETY = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
} as const satisfies Partial<PodSpec>;

export const POD_USER = {
  runAsNonRoot: true,
  runAsUser: RUN_AS,
  runAsGroup: RUN_AS,
  fsGroup: RUN_AS,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

export const CONTAINER_SAFETY = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} satisfies SecurityContext;

/**
 * Memory that is asked for is memory that is there: request and limit are one. Processors are asked for and not limited: a box
 * has its node for itself, and a limit would hold it up in each tenth of a second in which many come at once.
 */
export function resources(cores: number, memoryBytes: number): ResourceRequirements {
  const bytes = memory(memoryBytes);
  return { requests: { cpu: cpu(cores), memory: bytes }, limits: { memory: bytes } };
}

export interface ProbePatience {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

export function httpProbe(path: string, port: number, { periodSeconds, failureThreshold }: ProbePatience): Probe {
  return { httpGet: { path, port }, periodSeconds, failureThreshold, timeoutSeconds: 5 };
}

export interface SecretFile {
  readonly volume: Volume;
  readonly mount: VolumeMount;
  /** Where its process finds it. */
  readonly path: string;
}

/** One key of a secret as one file. The secret is somebody else's: it is named, never written. */
export function secretFile(volumeName: string, secretName: string, key: string, directory: string): SecretFile {
  return {
    volume: { name: volumeName, secret: { secretName, defaultMode: 0o440, items: [{ key, path: key }] } },
    mount: { name: volumeName, mountPath: directory, readOnly: true },
    path: `${directory}/${key}`,
  };
}

export function namedSecretFile(volumeName: string, secret: SecretName, environment: Environment, directory: string): SecretFile {
  const { name, key } = environment.secrets[secret];
  return secretFile(volumeName, name, key, directory);
}

/** `--drain-seconds=300`: the flags of a verb by the names of its settings. */
export function flags(settings: Readonly<Record<string, string | number | boolean>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (value === true) return [flagOf(name)];
    return value === false ? [] : [`${flagOf(name)}=${value}`];
  });
}
