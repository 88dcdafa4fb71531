/** A namespace with the pod security level that its pods are held to: what asks for more is refused by the API server itself. */
import type { Environment } from './environment.ts';
import { type Manifest, manifest } from './manifest.ts';
import { labels, NAMESPACES, type NamespaceName } from './names.ts';
import type { CellSizes } from './sizes.ts';

export function namespaceObject(part: NamespaceName, cell: CellSizes, { podSecurityVersion }: Environment): Manifest {
  const { name, podSecurity } = NAMESPACES[part];
  const level = (mode: string) => ({
    [`pod-security.kubernetes.io/${mode}`]: podSecurity,
    [`pod-security.kubernetes.io/${mode}-version`]: podSecurityVersion,
  });
  return manifest({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { ...labels(part, cell), ...level('enforce'), ...level('warn') } },
  });
}
