/** The files that `backends.json` names, as volumes and mounts of a pod: the settings themselves, logins, the authority. */
import type { Volume, VolumeMount } from 'kubernetes-types/core/v1';
import type { Environment } from '../environment.ts';
import { BACKENDS_CONFIG, SECRET_MOUNTS } from '../names.ts';
import type { BackendsUser } from './data-backends.ts';
import { namedSecretFile } from './pod-parts.ts';

export interface BackendsFiles {
  /** What `--backends` is told. */
  readonly path: string;
  readonly volumes: readonly Volume[];
  readonly mounts: readonly VolumeMount[];
}

export function backendsFiles(user: BackendsUser, environment: Environment): BackendsFiles {
  const file = (name: keyof typeof SECRET_MOUNTS, secret: Parameters<typeof namedSecretFile>[1]) =>
    namedSecretFile(name, secret, environment, SECRET_MOUNTS[name]);
  const files = [
    file('kafka', user === 'relay' ? 'kafkaRelay' : 'kafkaDispatch'),
    file('cassandra', 'cassandraService'),
    file('redis', 'redis'),
    file('authority', 'dataAuthorityCertificate'),
    ...(environment.push.url === '' ? [] : [file('push', 'pushAuthorization')]),
  ];
  const { name, key, mountPath } = BACKENDS_CONFIG;
  return {
    path: `${mountPath}/${key}`,
    volumes: [{ name: 'backends', configMap: { name, defaultMode: 0o444 } }, ...files.map(({ volume }) => volume)],
    mounts: [{ name: 'backends', mountPath, readOnly: true }, ...files.map(({ mount }) => mount)],
  };
}
