/**
 * What rung 5 shows to a scheduler: nodes as the plan buys them, spread over the zones, and the gateways of as many cells as
 * still have a node each when a zone is gone. A cell is a cluster of its own in earnest; here cells share one, each with its
 * namespaces renamed, which changes no rule of placement since all of those look into their own namespace. Pure.
 */
import type { BuiltStack } from '../app.ts';
import type { Environment } from '../environment.ts';
import type { CellSizes } from '../sizes.ts';
import type { ApiObject } from './kubernetes-api.ts';
import { DELETE_DELAY, READY_DELAY } from './kwok.ts';

/** What places and guards the boxes. Tuner, autoscaler and network are others' business here. */
const KINDS = ['Namespace', 'ServiceAccount', 'Service', 'StatefulSet', 'PodDisruptionBudget'];

export function fleetNodes(count: number, cell: CellSizes, { nodes }: Environment): ApiObject[] {
  const { shapeCores, shapeMemoryBytes } = cell.pools.gateway;
  const resources = {
    cpu: `${Math.floor((shapeCores - nodes.reservedCores) * 1_000)}m`,
    memory: `${Math.floor((shapeMemoryBytes - nodes.reservedMemoryBytes) / 2 ** 20)}Mi`,
    'ephemeral-storage': '50Gi',
    pods: '110',
  };
  const pool = nodes.poolLabel === '' ? {} : { [nodes.poolLabel]: 'gateway' };
  const taints = nodes.poolLabel === '' ? [] : [{ key: nodes.poolLabel, value: 'gateway', effect: 'NoSchedule' }];
  return Array.from({ length: count }, (_, index) => {
    const name = `node-${String(index).padStart(4, '0')}`;
    const zone = cell.cell.zones[index % cell.cell.zones.length]!;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'topology.kubernetes.io/zone': zone,
          'topology.kubernetes.io/region': cell.cell.region,
          ...pool,
        },
      },
      spec: { taints },
      status: { capacity: resources, allocatable: resources },
    };
  });
}

/** As many as keep a node for each of their boxes when one zone is lost. */
export function cellsFor(nodes: number, cells: readonly CellSizes[]): readonly CellSizes[] {
  const [first] = cells;
  const zones = first!.cell.zones.length;
  const left = nodes - Math.ceil(nodes / zones);
  return cells.filter(({ cell }) => cell.region === first!.cell.region).slice(0, Math.max(1, Math.floor(left / first!.gateway.gateways)));
}

/** Drain, start and waiting between two boxes of an upgrade, as the objects have them, in seconds. */
export interface BoxTimes {
  readonly beforeDrainSeconds: number;
  readonly connections: number;
  readonly closesPerSecond: number;
  readonly graceSeconds: number;
  readonly betweenSeconds: number;
}

interface StatefulSet extends ApiObject {
  readonly spec: {
    readonly minReadySeconds?: number;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly containers: ReadonlyArray<{
          readonly image: string;
          readonly args?: readonly string[];
          readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
        }>;
      };
    };
  };
}

export function boxTimes(objects: readonly ApiObject[]): BoxTimes {
  const edges = objects.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'edges') as StatefulSet;
  const { terminationGracePeriodSeconds = 30, containers } = edges.spec.template.spec;
  const [container] = containers;
  const told = (flag: string) => Number(container!.args?.find((word) => word.startsWith(`${flag}=`))?.split('=')[1]);
  return {
    beforeDrainSeconds: container!.lifecycle?.preStop?.sleep?.seconds ?? 0,
    connections: told('--max-connections'),
    closesPerSecond: told('--drain-closes-per-second'),
    graceSeconds: terminationGracePeriodSeconds,
    betweenSeconds: edges.spec.minReadySeconds ?? 0,
  };
}

export const drainSeconds = ({ beforeDrainSeconds, connections, closesPerSecond }: BoxTimes) =>
  beforeDrainSeconds + connections / closesPerSecond;

export const fleetNamespace = (cell: CellSizes, namespace: string) => `${cell.cell.name}-${namespace}`;

/** A cell's objects for the fleet: its own namespaces, time gone faster by `haste`. */
export function fleetObjects(stack: BuiltStack, haste: number): ApiObject[] {
  const objects = stack.stack.contents.objects as unknown as readonly ApiObject[];
  const times = boxTimes(objects);
  return objects
    .filter(({ kind }) => KINDS.includes(kind))
    .map((object) => {
      const { metadata } = object;
      const renamed = {
        ...metadata,
        ...(object.kind === 'Namespace' ? { name: fleetNamespace(stack.cell, metadata.name) } : {}),
        ...(metadata.namespace === undefined ? {} : { namespace: fleetNamespace(stack.cell, metadata.namespace) }),
      };
      const copy = { ...object, metadata: renamed };
      return object.kind === 'StatefulSet' ? hurried(copy as StatefulSet, times, haste) : copy;
    });
}

function hurried(object: StatefulSet, times: BoxTimes, haste: number): ApiObject {
  const { template } = object.spec;
  const goneSeconds = object.metadata.name === 'edges' ? drainSeconds(times) : 5;
  const annotations = {
    ...template.metadata.annotations,
    [READY_DELAY]: '500ms',
    [DELETE_DELAY]: `${Math.ceil((goneSeconds / haste) * 1_000)}ms`,
  };
  return {
    ...object,
    spec: {
      ...object.spec,
      minReadySeconds: Math.ceil((object.spec.minReadySeconds ?? 0) / haste),
      template: { ...template, metadata: { ...template.metadata, annotations } },
    },
  };
}

/** The same with another image: what an upgrade is. */
export function upgraded(object: ApiObject): ApiObject {
  const { spec } = object as StatefulSet;
  const containers = spec.template.spec.containers.map((one) => ({ ...one, image: `${one.image.split('@')[0]}-next` }));
  return { ...object, spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } } };
}
