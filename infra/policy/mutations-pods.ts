/** Mistakes in what a pod is: resources, probes, images, privileges, secrets, kernel settings, ports. */
import { edit, editContainer, editPod, type Loose, type Mutation, same, told } from './mutation.ts';

const EDGES = ['StatefulSet', 'edges'] as const;
const RELAY = ['StatefulSet', 'relay'] as const;
const DISPATCH = ['Deployment', 'dispatch'] as const;

const sysctl = (name: string, value: string) => (spec: Loose) => spec.securityContext.sysctls.push({ name, value });
const withoutSysctl = (part: string) => (spec: Loose) => {
  spec.securityContext.sysctls = spec.securityContext.sysctls.filter(({ name }: { name: string }) => !name.includes(part));
};

export const POD_MUTATIONS: readonly Mutation[] = [
  {
    name: 'no limit of memory',
    rung: 1,
    rule: 'resources',
    field: 'containers[dispatch].resources',
    apply: editContainer(...DISPATCH, (container) => delete container.resources.limits),
  },
  {
    name: 'no request for processors',
    rung: 1,
    rule: 'resources',
    field: 'containers[relay].resources',
    apply: editContainer(...RELAY, (container) => delete container.resources.requests.cpu),
  },
  {
    name: 'no readiness probe',
    rung: 1,
    rule: 'probes',
    field: 'containers[edges].readinessProbe',
    apply: editContainer(...EDGES, (container) => delete container.readinessProbe),
  },
  {
    name: 'a probe of a port that nobody has',
    rung: 1,
    rule: 'probes',
    field: 'containers[dispatch].livenessProbe',
    apply: editContainer(...DISPATCH, (container) => {
      container.livenessProbe.httpGet.port = 9_999;
    }),
  },
  {
    name: 'an image by its tag alone',
    rung: 1,
    rule: 'images',
    field: 'containers[relay].image',
    apply: editContainer(...RELAY, (container) => {
      container.image = container.image.split('@')[0];
    }),
  },
  {
    name: 'whatever image is newest',
    rung: 1,
    rule: 'images',
    field: 'containers[dispatch].image',
    apply: editContainer(...DISPATCH, (container) => {
      container.image = 'registry.example.org/parley/dispatch:latest';
    }),
  },
  {
    name: 'a privileged container',
    rung: 1,
    rule: 'privileges',
    field: 'securityContext.privileged',
    apply: editContainer(...EDGES, (container) => {
      container.securityContext.privileged = true;
    }),
  },
  {
    name: 'a capability to tune the node from a box',
    rung: 1,
    rule: 'privileges',
    field: 'capabilities.add',
    apply: editContainer(...EDGES, (container) => {
      container.securityContext.capabilities.add = ['NET_ADMIN'];
    }),
  },
  {
    name: 'a file of the node mounted',
    rung: 1,
    rule: 'privileges',
    field: 'spec.volumes',
    apply: editPod(...RELAY, (spec) => spec.volumes.push({ name: 'host', hostPath: { path: '/run' } })),
  },
  {
    name: 'root',
    rung: 1,
    rule: 'privileges',
    field: 'runAsNonRoot',
    apply: editPod(...DISPATCH, (spec) => delete spec.securityContext.runAsNonRoot),
  },
  {
    name: 'a root file system that can be written',
    rung: 1,
    rule: 'read-only root',
    field: 'readOnlyRootFilesystem',
    apply: editContainer(...RELAY, (container) => delete container.securityContext.readOnlyRootFilesystem),
  },
  {
    name: 'a token of the API where none is used',
    rung: 1,
    rule: 'token',
    field: 'automountServiceAccountToken',
    apply: editPod(...EDGES, (spec) => delete spec.automountServiceAccountToken),
  },
  {
    name: 'variables by the names of services',
    rung: 1,
    rule: 'service links',
    field: 'enableServiceLinks',
    apply: editPod(...EDGES, (spec) => delete spec.enableServiceLinks),
  },
  {
    name: 'a password in a variable',
    rung: 1,
    rule: 'secrets by reference',
    field: 'env[REDIS_PASSWORD]',
    apply: editContainer(...RELAY, (container) => container.env.push({ name: 'REDIS_PASSWORD', value: 'not so secret' })),
  },
  {
    name: 'a password in the settings file',
    rung: 1,
    rule: 'secrets by reference',
    field: 'data[backends.json]',
    apply: edit('ConfigMap', 'parley-backends', (object) => {
      object.data['backends.json'] = object.data['backends.json'].replace('"passwordFile"', '"password": "not so secret", "passwordFile"');
    }),
  },
  {
    name: 'a secret that nobody makes',
    rung: 1,
    rule: 'known secrets',
    field: 'spec.volumes',
    apply: editPod(...EDGES, (spec) => {
      spec.volumes.find(({ name }: { name: string }) => name === 'tls').secret.secretName = 'gateway-tsl';
    }),
  },
  // I3: one mistake, multiplied by a controller. Four of four.
  {
    name: 'I3: the kubelet does not allow what the pod asks for',
    rung: 1,
    rule: 'unsafe sysctls kept to their nodes',
    field: 'kubelet.allowedUnsafeSysctls',
    apply: same,
    contracts: (contracts) =>
      contracts.map((one) => (one.pool === 'gateway' ? { ...one, kubelet: { ...one.kubelet, allowedUnsafeSysctls: [] } } : one)),
  },
  {
    name: 'I3: the pod may come to any node',
    rung: 1,
    rule: 'unsafe sysctls kept to their nodes',
    field: 'spec.nodeSelector',
    apply: editPod(...EDGES, (spec) => delete spec.nodeSelector),
  },
  {
    name: 'I3: no taint keeps others off its nodes',
    rung: 1,
    rule: 'unsafe sysctls kept to their nodes',
    field: 'spec.tolerations',
    apply: editPod(...EDGES, (spec) => delete spec.tolerations),
  },
  {
    name: 'I3: a setting of the whole machine in a pod',
    rung: 1,
    rule: 'sysctls in their scope',
    field: 'sysctls[net.core.rmem_max]',
    apply: editPod(...EDGES, sysctl('net.core.rmem_max', '4194304')),
  },
  {
    name: 'kernel settings of a pod that has the network of its node',
    rung: 1,
    rule: 'sysctls in their scope',
    field: 'sysctls[net.ipv4.tcp_wmem]',
    apply: editPod(...EDGES, (spec) => {
      spec.hostNetwork = true;
    }),
  },
  {
    name: 'slow readers with the buffers of a new namespace',
    rung: 1,
    rule: 'sysctls of a box',
    field: 'securityContext.sysctls',
    apply: editPod(...EDGES, withoutSysctl('tcp_wmem')),
  },
  {
    name: 'a namespace that refuses its own pods',
    rung: 1,
    rule: 'unsafe sysctls kept to their nodes',
    field: 'pod-security.kubernetes.io/enforce',
    apply: edit('Namespace', 'parley-gateway', (object) => {
      object.metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline';
    }),
  },
  // I1: one resource, two tables.
  {
    name: 'I1: a port in the range that the kernel takes source ports from',
    rung: 1,
    rule: 'ports out of the kernel’s way',
    field: 'ip_local_reserved_ports',
    apply: editContainer(...RELAY, (container) => {
      told('--admin-port', 40_000)(container);
      container.ports[1].containerPort = 40_000;
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) container[probe].httpGet.port = 40_000;
    }),
  },
  {
    name: 'I1: the wide range of source ports over a port that is listened on',
    rung: 1,
    rule: 'ports out of the kernel’s way',
    field: 'ip_local_reserved_ports',
    apply: editPod(...EDGES, (spec) => {
      withoutSysctl('reserved')(spec);
      sysctl('net.ipv4.ip_local_port_range', '1024 65535')(spec);
    }),
  },
  {
    name: 'a port that the process is not told',
    rung: 1,
    rule: 'ports as configured',
    field: 'containers[dispatch].ports',
    apply: editContainer(...DISPATCH, (container) => {
      container.ports[0].containerPort = 9_200;
    }),
  },
];
