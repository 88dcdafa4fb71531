import { describe, expect, test } from 'bun:test';
import type { StatefulSet } from 'kubernetes-types/apps/v1';
import type { Manifest } from '../manifest.ts';
import { ENVIRONMENTS, objectOf, sampleCell } from '../sources.harness.ts';
import { gatewayObjects } from './gateway.ts';
import { gatewayPlan } from './gateway-plan.ts';

const setOf = (objects: readonly Manifest[], name: string) => objectOf<StatefulSet>(objects, 'StatefulSet', name).spec!;

describe('the gateway of a cell', () => {
  const { cell, environment } = sampleCell('production');
  const objects = gatewayObjects(cell, environment);

  test('another image of the relay leaves the pods of the edges as they are, and the other way round', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const images = { ...environment.images, digests: { ...environment.images.digests, relay: digest } };
    const after = gatewayObjects(cell, { ...environment, images });
    const changed = after.filter((object, index) => JSON.stringify(object) !== JSON.stringify(objects[index]));
    expect(changed.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(['StatefulSet/relay']);
    expect(setOf(after, 'edges').template).toEqual(setOf(objects, 'edges').template);
    const other = { ...environment, images: { ...images, digests: { ...environment.images.digests, gateway: digest } } };
    expect(setOf(gatewayObjects(cell, other), 'relay').template).toEqual(setOf(objects, 'relay').template);
  });

  test('a box and its relay have one number, which is the partition of their deliveries', () => {
    for (const name of ['edges', 'relay']) {
      const [container] = setOf(objects, name).template.spec!.containers;
      expect(container!.env![0]).toMatchObject({
        name: 'PARLEY_GATEWAY',
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
      });
    }
    const scaler = objectOf<{ spec: { maxReplicaCount: number } }>(objects, 'ScaledObject', 'edges');
    expect(scaler.spec.maxReplicaCount).toBe(cell.kafka.partitions.deliveries);
  });

  test('two cells differ in their names and numbers only', () => {
    const other = { ...cell, cell: { ...cell.cell, number: 7, name: 'cell-007' } };
    const text = JSON.stringify(gatewayObjects(other, environment));
    expect(text.replaceAll('cell-007', 'cell-000').replaceAll('--cell=7', '--cell=0').replace('\\"cell\\": 7,', '\\"cell\\": 0,')).toBe(
      JSON.stringify(objects),
    );
  });
});

describe('the numbers of a gateway', () => {
  for (const name of ENVIRONMENTS) {
    const { cell, environment } = sampleCell(name);
    const plan = gatewayPlan(cell, environment);

    test(`${name}: a drain ends within its grace, behind the balancer and at the pace that the others can take`, () => {
      expect(plan.drainSeconds * plan.closesPerSecond).toBeGreaterThanOrEqual(plan.maxConnections);
      expect(plan.graceSeconds).toBeGreaterThan(environment.loadBalancer.deregistrationSeconds + plan.drainSeconds);
      const staying = Math.max(1, cell.gateway.gateways - plan.drainsAtOnce);
      expect(plan.closesPerSecond * plan.drainsAtOnce).toBeLessThanOrEqual(staying * plan.admissionsPerSecond);
    });

    test(`${name}: edges and relay share what the plan's machine has, and the memory carries the connections`, () => {
      const pool = cell.pools.gateway;
      expect(plan.edgesPod.cores + plan.relay.cores).toBeLessThanOrEqual(pool.podCores);
      expect(plan.edgesPod.memoryBytes + plan.relay.memoryBytes).toBeLessThanOrEqual(pool.podMemoryBytes);
      expect(plan.edgesPod.memoryBytes).toBeGreaterThan(plan.maxConnections * (cell.gateway.bytesPerConnection - 90));
    });

    test(`${name}: the autoscaler's fewest and most are the plan's`, () => {
      expect(plan.leastGateways).toBeLessThanOrEqual(cell.gateway.gateways);
      expect(plan.leastGateways).toBeGreaterThanOrEqual(Math.min(cell.cell.zones.length, cell.gateway.gateways));
      expect(plan.mostGateways).toBeGreaterThanOrEqual(cell.gateway.gateways);
    });
  }
});
