import { expect, test } from 'bun:test';
import { lost } from './read-back.ts';

test('what the server adds is no difference', () => {
  expect(lost({ spec: { replicas: 2 } }, { spec: { replicas: 2, minReadySeconds: 0 }, status: {} })).toEqual([]);
});

test('what the server dropped is told with its path', () => {
  expect(lost({ spec: { replicas: 2, maxUnavailable: 3 } }, { spec: { replicas: 2 } })).toEqual([
    'spec.maxUnavailable: 3 was written, nothing is there',
  ]);
});

test('the same amount in another writing is told, since each plan would show it as a change', () => {
  expect(lost({ cpu: '1000m' }, { cpu: '1' })).toEqual(['cpu: "1000m" was written, "1" is there']);
});

test('an empty object counts when it is dropped', () => {
  expect(lost({ emptyDir: {}, affinity: {} }, { emptyDir: {} })).toEqual(['affinity: {} was written, nothing is there']);
});

test('lists are compared item by item, and by their lengths', () => {
  expect(lost({ ports: [{ port: 1 }, { port: 2 }] }, { ports: [{ port: 1 }, { port: 3 }] })).toEqual([
    'ports[1].port: 2 was written, 3 is there',
  ]);
  expect(lost({ ports: [1, 2] }, { ports: [1] })).toEqual(['ports: 2 items were written, 1 are there']);
});

test('keys that the server adds to a map of ours are told, but for labels of the object itself', () => {
  const labels = { app: 'edge' };
  const written = { metadata: { labels }, spec: { template: { metadata: { labels } } } };
  const kept = { metadata: { labels: { ...labels, added: '1' } }, spec: { template: { metadata: { labels: { ...labels, added: '1' } } } } };
  expect(lost(written, kept)).toEqual(['spec.template.metadata.labels: the server added added to what was written']);
  expect(lost(written, kept, ['metadata.labels', 'spec.template.metadata.labels'])).toEqual([]);
});
