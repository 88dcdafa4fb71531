import { expect, test } from 'bun:test';
import { exampleFields, openReason } from './open-fields.ts';
import { sampleCell } from './sources.harness.ts';

test('fields with names that are kept for examples are open, and none of a platform of its own', () => {
  const { environment } = sampleCell('production');
  expect(exampleFields(environment)).toEqual(['certificates.gatewayHost', 'images.registry', 'push.url']);
  const own = {
    ...environment,
    images: { ...environment.images, registry: 'registry.counterexample.org/parley' },
    push: { url: 'https://push.acme.io:8443/v1' },
    certificates: { ...environment.certificates, gatewayHost: '*.chat.acme.io' },
  };
  expect(exampleFields(own)).toEqual([]);
  expect(exampleFields({ ...own, loadBalancer: { ...own.loadBalancer, annotations: { a: 'logs.acme.example' } } })).toEqual([
    'loadBalancer.annotations.a',
  ]);
});

test('the reason is told of a digest and of an example', () => {
  expect(openReason('charts.digests.keda')).toBe('has no digest');
  expect(openReason('push.url')).toContain('is an example');
});
