/**
 * What is in a cell's cluster by name: the objects of its synthesized stacks, and what Kubernetes and the operators make of
 * them (a pod of a StatefulSet, a broker's pod, a rack of Cassandra). From the stacks' Terraform JSON. Pure.
 */

export interface ClusterObject {
  readonly kind: string;
  /** Undefined for what belongs to no namespace. */
  readonly namespace: string | undefined;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly string[];
}

export interface Cluster {
  readonly namespaces: ReadonlySet<string>;
  readonly objects: readonly ClusterObject[];
  /** `NAMESPACE/NAME` of secrets that stacks refer to or have made. */
  readonly secrets: ReadonlySet<string>;
  /** Of pods, by namespace. */
  readonly pods: readonly { readonly namespace: string; readonly name: RegExp; readonly containers: readonly string[] }[];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: Spec;
}

/** As far as it is read here. */
interface Spec {
  readonly secretName?: string;
  readonly template?: { readonly spec?: { readonly containers?: readonly Named[] } };
  readonly cassandra?: { readonly datacenters: readonly { readonly metadata: Named; readonly racks: readonly Named[] }[] };
}

interface Named {
  readonly name: string;
}

/** `secrets`: those of the order of apply. */
export function clusterOf(stacks: readonly unknown[], secrets: readonly { readonly namespace: string; readonly name: string }[]): Cluster {
  const manifests = stacks.flatMap((stack) => {
    const { resource } = stack as { readonly resource: { readonly kubernetes_manifest?: Record<string, { readonly manifest: Manifest }> } };
    return Object.values(resource.kubernetes_manifest ?? {}).map(({ manifest }) => manifest);
  });
  const objects = manifests.map(({ kind, metadata, spec }): ClusterObject => {
    const containers = (spec?.template?.spec?.containers ?? []).map(({ name }) => name);
    return { kind, namespace: metadata.namespace, name: metadata.name, labels: metadata.labels ?? {}, containers };
  });
  const made = manifests.flatMap(({ kind, metadata, spec }) =>
    kind === 'Certificate' ? [`${metadata.namespace}/${spec?.secretName}`] : [],
  );
  return {
    namespaces: new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ name }) => name)),
    objects,
    secrets: new Set([...secrets.map(({ namespace, name }) => `${namespace}/${name}`), ...made]),
    pods: manifests.flatMap(podsOf),
  };
}

/** A number, or the word that stands for one. */
const ORDINAL = '(N|\\d+)';

function podsOf({ kind, metadata: { name, namespace = '', labels = {} }, spec }: Manifest) {
  const pod = (pattern: string, containers: readonly string[]) => [{ namespace, name: new RegExp(`^${pattern}$`), containers }];
  switch (kind) {
    case 'StatefulSet':
      return pod(
        `${name}-${ORDINAL}`,
        (spec?.template?.spec?.containers ?? []).map((one) => one.name),
      );
    case 'KafkaNodePool': // Strimzi: CLUSTER-POOL-ID
      return pod(`${labels['strimzi.io/cluster']}-${name}-${ORDINAL}`, ['kafka']);
    case 'K8ssandraCluster': // CLUSTER-DATACENTER-RACK-sts-ORDINAL
      return (spec?.cassandra?.datacenters ?? []).flatMap((one) =>
        pod(`${name}-${one.metadata.name}-(ZONE|${one.racks.map((rack) => rack.name).join('|')})-sts-${ORDINAL}`, ['cassandra']),
      );
    case 'RedisCluster': // OT's operator: NAME-leader-ORDINAL, NAME-follower-ORDINAL
      return pod(`${name}-(leader|follower)-${ORDINAL}`, []);
    default:
      return [];
  }
}
