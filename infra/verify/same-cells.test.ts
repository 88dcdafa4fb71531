import { expect, test } from 'bun:test';
import type { ApiObject } from './kubernetes-api.ts';
import { cellDifferences } from './same-cells.ts';

const FIRST = { name: 'cell-000', number: 0, region: 'us-east-1', zones: ['us-east-1a', 'us-east-1b'] };
const SECOND = { name: 'cell-012', number: 12, region: 'us-east-2', zones: ['us-east-2a', 'us-east-2b'] };

const object = (place: typeof FIRST, replicas = 12, zone = 0): ApiObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'edge', labels: { cell: place.name, number: String(place.number) } },
  spec: { replicas, cell: place.number, zone: place.zones[zone], file: `{"cell": ${place.number}, "bus": "bus.${place.name}.svc:9093"}` },
});

const compare = (second: ApiObject) => cellDifferences([object(FIRST)], FIRST, [second], SECOND);

test('name, number, region and zones may differ, in texts too', () => {
  expect(compare(object(SECOND))).toEqual([]);
});

test('a size that differs is told, also where it happens to be the number of a cell', () => {
  expect(compare(object(SECOND, 13))).toEqual(['StatefulSet edge.spec.replicas: 12 and 13']);
  const firstAsNumber = cellDifferences([object(FIRST, 3)], FIRST, [object(SECOND, 12)], SECOND);
  expect(firstAsNumber).toEqual(['StatefulSet edge.spec.replicas: 3 and 12']);
});

test('another zone than the one in its place is told', () => {
  expect(compare(object(SECOND, 12, 1))).toEqual(['StatefulSet edge.spec.zone: "us-east-1a" and "us-east-2b"']);
});

test('an object more is told', () => {
  expect(cellDifferences([object(FIRST)], FIRST, [], SECOND)).toEqual(['1 objects in cell-000, 0 in cell-012']);
});
