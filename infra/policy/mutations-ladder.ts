/**
 * Mistakes that no rule of ours looks for, since another knows better: a query that is none (promtool), a value that a chart does
 * not have (the chart's own files), a field or a value that the API server does not take, a number that only the kernel refuses.
 */
import { edit, editContainer, editPod, editValues, type Loose, type Mutation, same } from './mutation.ts';

const sysctlTo = (name: string, value: string) => (spec: Loose) => {
  spec.securityContext.sysctls.find((one: { name: string }) => one.name === name).value = value;
};

export const LADDER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a query with a bracket too many',
    rung: 2,
    apply: edit('ScaledObject', 'edges', (object) => {
      object.spec.triggers[0].metadata.query += ')';
    }),
  },
  {
    name: 'a query of a function that is none',
    rung: 2,
    apply: edit('ScaledObject', 'edges', (object) => {
      const { metadata } = object.spec.triggers[0];
      metadata.query = metadata.query.replace('sum(', 'total(');
    }),
  },
  {
    name: 'a value that its chart does not have',
    rung: 2,
    apply: same,
    releases: editValues('cert-manager', (values) => {
      values.webhook.replicas = values.webhook.replicaCount;
      delete values.webhook.replicaCount;
    }),
  },
  {
    name: 'a value of a chart inside the chart with a letter too few',
    rung: 2,
    apply: same,
    releases: editValues('kube-prometheus-stack', (values) => {
      values['kube-state-metric'] = values['kube-state-metrics'];
      delete values['kube-state-metrics'];
    }),
  },
  {
    name: 'a field with a letter too few',
    rung: 3,
    apply: editPod('Deployment', 'dispatch', (spec) => {
      spec.terminationGracePeriodSecond = spec.terminationGracePeriodSeconds;
      delete spec.terminationGracePeriodSeconds;
    }),
  },
  {
    name: 'a quantity in a unit that is none',
    rung: 3,
    apply: editContainer('Deployment', 'dispatch', (container) => {
      container.resources.requests.memory = '512MB';
      container.resources.limits.memory = '512MB';
    }),
  },
  {
    name: 'a mount of a volume that is not there',
    rung: 3,
    apply: editContainer('StatefulSet', 'relay', (container) => container.volumeMounts.push({ name: 'cache', mountPath: '/var/cache' })),
  },
  {
    name: 'a budget that says both ends',
    rung: 3,
    apply: edit('PodDisruptionBudget', 'dispatch', (object) => {
      object.spec.minAvailable = 1;
    }),
  },
  {
    name: 'a job that is started again for ever',
    rung: 3,
    apply: (objects) =>
      edit(
        'Job',
        objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name.startsWith('migrations'))?.metadata.name ?? '',
        (object) => {
          object.spec.template.spec.restartPolicy = 'Always';
        },
      )(objects),
  },
  {
    name: 'a topic in a version of the resource that is no longer served',
    rung: 3,
    apply: (objects) =>
      edit('KafkaTopic', objects.find(({ kind }) => kind === 'KafkaTopic')?.metadata.name ?? '', (object) => {
        object.apiVersion = 'kafka.strimzi.io/v1beta2';
      })(objects),
  },
  {
    name: 'an unknown field of an autoscaler',
    rung: 3,
    apply: edit('ScaledObject', 'edges', (object) => {
      object.spec.fallback.behaviour = object.spec.fallback.behavior;
    }),
  },
  {
    name: 'a certificate for a key that nobody makes',
    rung: 3,
    apply: edit('Certificate', 'gateway-tls', (object) => {
      object.spec.privateKey.algorithm = 'ECDSA256';
    }),
  },
  {
    name: 'a switch of the kernel at seven',
    rung: 6,
    apply: editPod('StatefulSet', 'edges', sysctlTo('net.ipv4.tcp_migrate_req', '7')),
  },
  {
    name: 'a buffer without its third number, of another kind',
    rung: 6,
    apply: editPod('StatefulSet', 'edges', sysctlTo('net.ipv4.tcp_wmem', '4096 16384 64K')),
  },
];
