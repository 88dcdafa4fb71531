/**
 * Routes and presence of one cell in Redis: primaries by processor, memory and the sections of the keys, a replica of each in
 * another zone. Nothing is on its disks. The naive form, a key per user refreshed with each heartbeat, is a row beside it.
 */
import { amount, bytes } from './amount.ts';
import type { Cell } from './cells.ts';
import type { DISPATCH_COEFFICIENTS } from './coefficients-dispatch.ts';
import type { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import type { GATEWAY_COEFFICIENTS } from './coefficients-gateway.ts';
import type { REDIS_COEFFICIENTS } from './coefficients-redis.ts';
import type { ComponentPlan } from './component.ts';
import type { Demand } from './demand.ts';
import { coresNeed, largestNeed, wholeMachines } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { Numbers } from './quantity.ts';
import type { WorkloadNumbers } from './workload.ts';

export type RedisNumbers = Numbers<
  typeof REDIS_COEFFICIENTS & typeof DISPATCH_COEFFICIENTS & typeof GATEWAY_COEFFICIENTS & typeof FLEET_COEFFICIENTS
>;

export function redisPlan(workload: WorkloadNumbers, c: RedisNumbers, demand: Demand, cell: Cell): ComponentPlan {
  const load = loadOf(workload, c, demand, cell);
  const memory = memoryOf(workload, c, demand, cell.share);
  const network = load.operations * c.redisBytesPerOperation;
  const needs = [
    coresNeed(
      // One processor of a node runs commands, whatever the others do; a lost zone is taken over by replicas, one for one.
      {
        what: 'processor',
        cores: load.cores * c.redisSectionSkew,
        usPerOperation: load.usPerOperation,
        coresPerMachine: 1,
        replicated: true,
      },
      cell,
      c,
    ),
    {
      of: 'memory',
      machines: (memory.all * c.redisSectionSkew) / (c.redisNodeMemoryBytes * c.redisMemoryUse),
      why: () =>
        `${bytes(memory.all)} × ${amount(c.redisSectionSkew)} skew ÷ (${amount(c.redisMemoryUse)} × ${bytes(c.redisNodeMemoryBytes)})`,
    },
    {
      of: 'network',
      machines: (network * c.redisSectionSkew) / (c.redisNodeNetworkBytes * c.redisNetworkUse),
      why: () =>
        `${bytes(network)}/s × ${amount(c.redisSectionSkew)} skew ÷ (${amount(c.redisNetworkUse)} × ${bytes(c.redisNodeNetworkBytes)}/s)`,
    },
    {
      of: 'quorum',
      machines: c.redisPrimariesLeast,
      why: () => `${c.redisPrimariesLeast} primaries, most of which have to be there to promote a replica`,
    },
  ];
  const need = largestNeed(needs);
  const primaries = wholeMachines(need.machines);
  const nodes = primaries * (1 + c.redisReplicasPerPrimary);
  const users = workload.dailyUsers * cell.share;
  const naiveWrites = (demand.connections * cell.share) / workload.heartbeatSeconds;
  const naiveCores = (naiveWrites * c.redisUsPerNaiveRefresh + load.presenceReads * c.redisUsPerNaiveRead) / 1e6;
  const aloneCores = (load.presenceReads * c.redisUsPerReadAlone) / 1e6;
  return {
    component: 'redis',
    binding: need.of,
    machines: {
      count: nodes,
      cores: c.redisNodeCores,
      memoryBytes: (memory.all * c.redisSectionSkew) / (primaries * c.redisMemoryUse),
      diskBytes: 0,
      networkBytesPerSecond: (network * c.redisSectionSkew) / (primaries * c.redisNetworkUse),
    },
    rows: [
      planRow(
        'redis.presenceReadsPerSecond',
        'reads of presence',
        load.presenceReads,
        'reads/s',
        () => `${amount(demand.presenceReadsPerSecond)} in the fleet × ${amount(cell.share)}`,
      ),
      planRow(
        'redis.routeReadsPerSecond',
        'routes looked up by dispatch',
        load.routeReads,
        'reads/s',
        () =>
          `${amount(demand.sendsPerSecond * cell.share)} messages/s × ${amount(demand.recipientsPerMessage + 1)} members + ${amount(load.told)} receipts told/s`,
      ),
      planRow(
        'redis.operationsPerSecond',
        'operations of all kinds',
        load.operations,
        'operations/s',
        () =>
          `${amount(load.presenceReads + load.routeReads)} reads, ${amount(2 * load.connects)} routes put and removed, ${amount(load.transitions)} come or gone, ${amount(load.subscribes)} subscriptions, ${amount(load.typing)} typing, ${amount(load.leases)} leases a second`,
      ),
      planRow(
        'redis.busyCores',
        'processors busy with commands',
        load.cores,
        'cores',
        () =>
          `reads × ${amount(c.redisUsPerRead)} us, puts × ${amount(c.redisUsPerPut)}, removals × ${amount(c.redisUsPerRemove)}, come or gone × ${amount(c.redisUsPerTransition)}, subscriptions × ${amount(c.redisUsPerSubscribe)}, typing × ${amount(c.redisUsPerTyping)}, leases × ${amount(c.redisUsPerLease)}`,
      ),
      planRow(
        'redis.memoryBytes',
        'memory of all keys, once',
        memory.all,
        'B',
        () =>
          `${amount(demand.connections * cell.share)} routes × ${bytes(c.redisRouteBytes)} + ${amount(users)} users last seen × ${bytes(c.redisLastSeenBytes)} + ${amount(memory.channels)} channels × ${bytes(c.redisChannelBytes)}`,
      ),
      planRow(
        'redis.primariesPerCell',
        'primaries of a cell',
        primaries,
        'nodes',
        () =>
          `${need.of}: ${need.why()} = ${amount(need.machines)} → ${primaries}, of ${c.redisSections} that the sections allow; ${needs.map((one) => `${one.of} ${amount(one.machines)}`).join(', ')}`,
      ),
      planRow(
        'redis.nodesPerCell',
        'nodes of a cell, replicas too',
        nodes,
        'nodes',
        () => `${primaries} × (1 + ${c.redisReplicasPerPrimary}), each replica in another zone`,
      ),
      planRow(
        'redis.readAloneCores',
        'beside it: presence read one a call',
        aloneCores,
        'cores',
        () => `${amount(load.presenceReads)} reads/s × ${amount(c.redisUsPerReadAlone)} us instead of ${amount(c.redisUsPerRead)} in pages`,
      ),
      planRow(
        'redis.naiveWritesPerSecond',
        'beside it: a key per user, refreshed',
        naiveWrites,
        'operations/s',
        () =>
          `${amount(demand.connections * cell.share)} connections ÷ ${workload.heartbeatSeconds} s, against ${amount(load.leases)} renewals of leases`,
      ),
      planRow(
        'redis.naiveCores',
        'beside it: processors of a key per user',
        naiveCores,
        'cores',
        () =>
          `${amount(naiveWrites)} refreshes/s × ${amount(c.redisUsPerNaiveRefresh)} us + ${amount(load.presenceReads)} reads/s × ${amount(c.redisUsPerNaiveRead)} us`,
      ),
      planRow(
        'redis.naiveMemoryBytes',
        'beside it: memory of a key per user',
        demand.connections * cell.share * c.redisNaiveKeyBytes,
        'B',
        () => `${amount(demand.connections * cell.share)} connections × ${bytes(c.redisNaiveKeyBytes)}`,
      ),
    ],
  };
}

function loadOf(workload: WorkloadNumbers, c: RedisNumbers, demand: Demand, cell: Cell) {
  const { share } = cell;
  const told = ((demand.receiptEventsPerSecond * share) / c.relayMarksPerRecord) * c.dispatchToldPerReceipt;
  const presenceReads = demand.presenceReadsPerSecond * share;
  const routeReads = demand.sendsPerSecond * share * (demand.recipientsPerMessage + 1) + told;
  const connects = demand.connectsPerSecond * share;
  const transitions = demand.presenceTransitionsPerSecond * share;
  /** A connection's watches are taken up and given up. */
  const subscribes = 2 * connects * workload.presenceWatchesPerConnection;
  const typing = demand.typingPerSecond * share;
  const leases = cell.gateways / c.redisLeaseRenewSeconds;
  const operations = presenceReads + routeReads + 2 * connects + transitions + subscribes + typing + leases;
  const us =
    (presenceReads + routeReads) * c.redisUsPerRead +
    connects * (c.redisUsPerPut + c.redisUsPerRemove) +
    transitions * c.redisUsPerTransition +
    subscribes * c.redisUsPerSubscribe +
    typing * c.redisUsPerTyping +
    leases * c.redisUsPerLease;
  return {
    told,
    presenceReads,
    routeReads,
    connects,
    transitions,
    subscribes,
    typing,
    leases,
    operations,
    cores: us / 1e6,
    usPerOperation: us / operations,
  };
}

function memoryOf(workload: WorkloadNumbers, c: RedisNumbers, demand: Demand, share: number) {
  const connections = demand.connections * share;
  // The most: no two connections of a gateway watch the same user.
  const channels = connections * workload.presenceWatchesPerConnection;
  const all = connections * c.redisRouteBytes + workload.dailyUsers * share * c.redisLastSeenBytes + channels * c.redisChannelBytes;
  return { channels, all };
}
