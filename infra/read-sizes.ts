/**
 * A plan and an environment put together: which cells there are, and the sizes of each. All cells of a plan are as large as each
 * other, so what is read once serves all of them; they differ in number, region and zones.
 */
import { offersFor, withoutOffer } from '../capacity/model/cost.ts';
import { lostZoneFactor } from '../capacity/model/headroom.ts';
import type { PriceList } from '../capacity/model/prices.ts';
import { watchedPlanNames } from '../dashboards/for-stacks.ts';
import type { Environment } from './environment.ts';
import { type Moved, type PlanDocument, PlanMistake, PlanReader, readPlanDocument } from './plan-reader.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { type CellSizes, cellName, type NodePool, POOLS, type PoolName } from './sizes.ts';

/** A document with the file that it came from, for messages. */
export interface Sourced<T> {
  readonly value: T;
  readonly file: string;
}

export interface FleetSizes {
  readonly cells: readonly CellSizes[];
  /** Value by field of the plan, of everything that the stacks hang on. */
  readonly used: ReadonlyMap<string, number>;
}

export interface SizeSources {
  /** As `parley plan --json` wrote it. */
  readonly plan: Sourced<unknown>;
  readonly environment: Sourced<Environment>;
  readonly shapes: Sourced<PriceList>;
}

export function readSizes(sources: SizeSources): FleetSizes | Refusal {
  const document = readPlanDocument(sources.plan.value, sources.plan.file);
  return isRefusal(document) ? document : sizesOfPlan(document, sources);
}

/** `moved`: with one number of the plan taken for another, which the rest of it need not fit. */
export function sizesOfPlan(document: PlanDocument, { plan, environment, shapes }: SizeSources, moved?: Moved): FleetSizes | Refusal {
  const reader = new PlanReader(document, plan.file, moved);
  try {
    const places = placesOf(reader, environment);
    const sizes = sizesOf(reader, environment.value, shapes);
    return { cells: places.map((cell) => ({ cell, ...sizes })), used: reader.used };
  } catch (failure) {
    if (failure instanceof PlanMistake) return failure.refusal;
    throw failure;
  }
}

function placesOf(reader: PlanReader, { value: environment, file }: Sourced<Environment>): readonly CellSizes['cell'][] {
  const cells = reader.count('cells.cells');
  const zones = reader.workload('zones');
  const regions = reader.workload('regions');
  const mistake = (field: string, refused: string): never => {
    throw new PlanMistake({ refused, field, file });
  };
  const whole = reader.moved === undefined;
  if (whole && environment.regions.length !== regions)
    mistake('regions', `${environment.regions.length} of them, and the plan is for ${regions} (workload.regions)`);
  for (const [index, region] of environment.regions.entries()) {
    if (whole && region.zones.length !== zones)
      mistake(`regions[${index}].zones`, `${region.zones.length} of them, and the plan is for ${zones} (workload.zones)`);
  }
  const wanted = environment.cells === 'all' ? Array.from({ length: cells }, (_, number) => number) : environment.cells;
  return wanted.map((number, index) => {
    if (whole && number >= cells) mistake(`cells[${index}]`, `there is no cell ${number}: the plan has ${cells}, from 0`);
    // As many cells in each region, in order: the plan rounds up to a multiple.
    const region = environment.regions[Math.min(environment.regions.length - 1, Math.floor((number * regions) / cells))]!;
    return { number, name: cellName(number), region: region.name, zones: region.zones, cells };
  });
}

function sizesOf(reader: PlanReader, environment: Environment, shapes: Sourced<PriceList>): Omit<CellSizes, 'cell'> {
  const pool = (name: PoolName) => poolOf(name, reader, environment, shapes);
  const pools = Object.fromEntries(POOLS.map((name) => [name, pool(name)])) as Record<PoolName, NodePool>;
  const zones = reader.workload('zones');
  const upgradeShare = reader.coefficient('upgradeShare');
  const connections = reader.row('gateway.connections');
  const gateways = reader.count('gateway.gatewaysPerCell');
  return {
    pools,
    gateway: {
      gateways,
      connections,
      connectionsFull: Math.ceil(connections * Math.max(lostZoneFactor(zones), 1 / (1 - upgradeShare))),
      connectionsMost: Math.floor(reader.row('gateway.connectionsMost')),
      admissionsPerSecond: reader.row('gateway.admissionsPerSecond'),
      memoryBytes: reader.row('gateway.memoryBytes'),
      bytesPerConnection: reader.row('gateway.bytesPerConnection'),
      cores: reader.row('gateway.cores'),
      relayBusyCores: reader.row('relay.busyCores'),
      busyCores: reader.row('gateway.busyCores'),
      heartbeatSeconds: reader.workload('heartbeatSeconds'),
      upgradeShare,
      stormShare: reader.workload('stormShare'),
      stormSeconds: reader.workload('stormSeconds'),
    },
    kafka: kafkaOf(reader, gateways),
    dispatch: {
      boxes: reader.count('dispatch.boxesPerCell'),
      messageProcesses: reader.count('dispatch.messageProcesses'),
      receiptProcesses: reader.count('dispatch.receiptProcesses'),
      memoryBytes: reader.row('dispatch.memoryBytes'),
    },
    cassandra: {
      nodes: reader.count('cassandra.nodesPerCell'),
      replicas: reader.wholeCoefficient('cassandraReplicas'),
      nodeBytes: reader.row('cassandra.nodeBytes'),
      nodeDiskBytes: reader.row('cassandra.nodeDiskBytes'),
      nodeMemoryBytes: reader.coefficient('cassandraNodeMemoryBytes'),
    },
    redis: {
      primaries: primariesOf(reader),
      replicasPerPrimary: reader.coefficient('redisReplicasPerPrimary'),
      memoryBytes: reader.row('redis.memoryBytes'),
      memoryUse: reader.coefficient('redisMemoryUse'),
    },
    push: {
      boxes: reader.count('push.boxesPerCell'),
      connections: reader.count('push.connectionsPerCell'),
      noticesPerSecond: reader.row('push.noticesPerSecond'),
    },
    observability: {
      servers: reader.count('observability.serversPerCell'),
      replicas: reader.wholeCoefficient('observabilityReplicas'),
      series: reader.row('observability.series'),
      scrapeSeconds: reader.coefficient('observabilityScrapeSeconds'),
      retentionDays: reader.coefficient('observabilityRetentionDays'),
      storedBytes: reader.row('observability.storedBytes'),
    },
    watched: new Map(
      watchedPlanNames().map(({ of, name, id }) => [
        id,
        of === 'row' ? reader.row(name) : of === 'workload' ? reader.workload(name) : reader.coefficient(name),
      ]),
    ),
    loadgen: {
      boxesForCell: reader.count('loadgen.boxesForCell'),
      boxesForGateway: reader.count('loadgen.boxesForGateway'),
      addressesForGateway: reader.count('loadgen.addressesForGateway'),
      connectionsPerAddressPair: reader.coefficient('loadgenConnectionsPerAddressPair'),
      connectsPerSecond: reader.row('loadgen.connectsPerSecond'),
      gatewaySendsPerSecond: (reader.workload('peakSendsPerSecond') * connections) / reader.workload('connections'),
      memoryBytes: reader.row('loadgen.memoryBytes'),
      connections: connections * gateways,
    },
  };
}

/** Of a plan that somebody wrote by hand, or an older version: a cluster of fewer promotes no replica. */
function primariesOf(reader: PlanReader): number {
  const primaries = reader.count('redis.primariesPerCell');
  const least = reader.wholeCoefficient('redisPrimariesLeast');
  if (reader.moved === undefined && primaries < least)
    reader.refuse('rows[redis.primariesPerCell].value', `${primaries}, and a cluster has ${least} at least (redisPrimariesLeast)`);
  return primaries;
}

/** A partition of deliveries for each gateway. The row with the sum of all replicas must come to the same. */
function kafkaOf(reader: PlanReader, gateways: number): CellSizes['kafka'] {
  const replicas = reader.wholeCoefficient('kafkaReplicas');
  const partitions = {
    messages: reader.count('kafka.messagePartitionsPerCell'),
    receipts: reader.count('kafka.receiptPartitionsPerCell'),
    deliveries: gateways,
  };
  const sum = (partitions.messages + partitions.receipts + partitions.deliveries) * replicas;
  const planned = reader.count('kafka.partitionReplicasPerCell');
  if (reader.moved === undefined && sum !== planned)
    reader.refuse(
      'rows[kafka.partitionReplicasPerCell].value',
      `${planned} replicas of partitions, and messages ${partitions.messages} + receipts ${partitions.receipts} + deliveries ${partitions.deliveries}, ${replicas} times, are ${sum}`,
    );
  return {
    brokers: reader.count('kafka.brokersPerCell'),
    replicas,
    partitions,
    retentionDays: {
      messages: reader.coefficient('kafkaMessagesRetentionDays'),
      receipts: reader.coefficient('kafkaReceiptsRetentionDays'),
      deliveries: reader.coefficient('kafkaDeliveriesRetentionDays'),
    },
    bytesPerSecond: reader.row('kafka.bytesPerSecond'),
    storedBytes: reader.row('kafka.storedBytes'),
  };
}

function poolOf(name: PoolName, reader: PlanReader, { nodes, storageClasses }: Environment, shapes: Sourced<PriceList>): NodePool {
  const machines = reader.machines(name);
  if (machines.count === 0) reader.refuse(`components[${name}].machines.count`, 'no machine for it');
  // The plan's processors leave headroom for a machine's own work; its memory has to be there twice.
  const carried = { ...machines, memoryBytes: machines.memoryBytes + nodes.reservedMemoryBytes };
  const [offer] = offersFor(carried, shapes.value);
  if (offer === undefined) {
    const needs = withoutOffer({ component: name, machines: carried }, shapes.value).infeasible;
    return reader.refuse(
      `components[${name}].machines`,
      `no machine shape of ${shapes.file} carries it with what is reserved on a node: ${needs}`,
    );
  }
  const { count, cores, memoryBytes, diskBytes, networkBytesPerSecond } = machines;
  return {
    count,
    shape: offer.shape.name,
    shapeCores: offer.shape.vcpus,
    shapeMemoryBytes: offer.shape.memoryGiB * 1_024 ** 3,
    cores,
    memoryBytes,
    diskBytes,
    networkBytesPerSecond,
    storageClass: diskBytes === 0 ? '' : offer.attachedGiB === 0 ? storageClasses.local : storageClasses.attached,
    podCores: Math.min(cores, offer.shape.vcpus - nodes.reservedCores),
    podMemoryBytes: memoryBytes,
  };
}
