import { expect, test } from 'bun:test';
import { misplaced, type PlacedPod } from './placement.ts';

const ZONES = new Map([
  ['n1', 'a'],
  ['n2', 'b'],
  ['n3', 'a'],
  ['n4', 'a'],
]);

const pod = (name: string, node: string | undefined): PlacedPod => ({ namespace: 'cell-000', name, node, uid: name, ready: true });

test('boxes one to a node with their relays, zones even', () => {
  expect(misplaced([pod('edges-0', 'n1'), pod('relay-0', 'n1'), pod('edges-1', 'n2'), pod('relay-1', 'n2')], ZONES)).toEqual([]);
});

test('two boxes on a node, a relay elsewhere, a pod on no node, zones uneven', () => {
  expect(misplaced([pod('edges-0', 'n1'), pod('edges-1', 'n1')], ZONES)).toEqual([
    '1 nodes have more than one gateway, such as n1 with cell-000/edges-0 and cell-000/edges-1',
    '1 cells are uneven over the zones, such as cell-000 with 2, 0',
  ]);
  expect(misplaced([pod('edges-0', 'n1'), pod('relay-0', 'n3'), pod('edges-1', 'n2')], ZONES)).toEqual([
    '1 relays are on another node than their edges, such as cell-000/relay-0',
  ]);
  expect(misplaced([pod('edges-0', undefined)], ZONES)).toEqual(['1 pods are on no node, such as cell-000/edges-0']);
});
