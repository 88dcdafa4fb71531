/**
 * A Valkey of a stack; in a secured one a Redis, which reads the same configuration. It keeps nothing on disk: what stands in
 * it must survive its coming back empty.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StackSecrets } from './secrets.ts';
import type { ServerPlan } from './server.ts';

export function valkeyPlan(
  index: number,
  port: number,
  /** Where the nodes of a cluster talk; undefined for a single one. */
  clusterPort: number | undefined,
  directory: string,
  program: string,
  secrets: StackSecrets | undefined,
): ServerPlan {
  const folder = join(directory, `valkey-${index + 1}`);
  const configuration = join(folder, 'valkey.conf');
  return {
    name: `valkey-${index + 1}`,
    kind: 'valkey',
    port,
    command: [program, configuration],
    prepare: async () => writeFileSync(configuration, lines(port, clusterPort, folder, secrets), { mode: 0o600 }),
  };
}

function lines(port: number, clusterPort: number | undefined, folder: string, secrets: StackSecrets | undefined): string {
  const settings = ['bind 127.0.0.1', `dir ${folder}`, 'save ""', 'appendonly no', 'maxclients 2000'];
  if (clusterPort !== undefined) {
    settings.push('cluster-enabled yes', `cluster-port ${clusterPort}`, 'cluster-config-file nodes.conf', 'cluster-node-timeout 5000');
  }
  if (secrets === undefined) settings.push(`port ${port}`);
  else {
    const digest = createHash('sha256').update(secrets.password()).digest('hex');
    settings.push(
      'port 0',
      `tls-port ${port}`,
      `tls-cert-file ${secrets.certificateFile}`,
      `tls-key-file ${secrets.keyFile}`,
      `tls-ca-cert-file ${secrets.authorityFile}`,
      'tls-auth-clients no',
      'user default off',
      `user ${secrets.user} on #${digest} ~* &* +@all`,
    );
    if (clusterPort !== undefined) settings.push('tls-cluster yes');
  }
  return `${settings.join('\n')}\n`;
}
