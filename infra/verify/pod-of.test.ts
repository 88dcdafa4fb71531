import { expect, test } from 'bun:test';
import { podOf } from './pod-of.ts';

const template = { metadata: { labels: { app: 'a' } }, spec: { volumes: [{ name: 'tmp' }], containers: [] } };
const workload = (kind: string, spec: object) => ({ apiVersion: 'x/v1', kind, metadata: { name: 'one', namespace: 'here' }, spec });

test('a workload gives the pod of its template, in its namespace', () => {
  const pod = podOf(workload('Deployment', { template }));
  expect(pod).toEqual({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'one-0', namespace: 'here', labels: { app: 'a' } },
    spec: template.spec,
  });
  expect(podOf(workload('CronJob', { jobTemplate: { spec: { template } } }))?.spec).toEqual(template.spec);
});

test('claims of a stateful set are volumes of its pods', () => {
  const spec = podOf(workload('StatefulSet', { template, volumeClaimTemplates: [{ metadata: { name: 'data' } }] }))?.spec;
  expect(spec).toEqual({
    ...template.spec,
    volumes: [{ name: 'tmp' }, { name: 'data', persistentVolumeClaim: { claimName: 'data-one-0' } }],
  });
});

test('what makes no pods itself gives none', () => {
  expect(podOf(workload('Kafka', { template }))).toBeUndefined();
});
