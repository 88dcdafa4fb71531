/**
 * Gateways: how many connections one box may hold, by each of its limits, and how many boxes the connections ask for with
 * their headroom. The box is bought as large as that many connections need, and no larger. `gatewaySize` answers for the
 * fleet, before there are cells; `gatewayPlan` for one cell.
 */
import { type BoxShape, DEFAULT_COSTS, DEFAULT_SHAPE } from '../box-shape.ts';
import { HOST_LIMITS } from '../host-limits.ts';
import { amount, bytes } from './amount.ts';
import { cellShape } from './cell-shape.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { type HeadroomCase, largestCase, lostZoneFactor, STORM_UTILISATION, utilisationFor, waitP99Seconds } from './headroom.ts';
import { planRow } from './plan-row.ts';
import { relayLoad, relayUtilisation } from './relay.ts';
import { stormAnswer } from './storm.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface GatewaySize {
  /** Connections that a full box holds: the smallest of its limits. */
  readonly connectionsMost: number;
  readonly limit: string;
  readonly limits: Readonly<Record<string, number>>;
  /** Boxes of the fleet by case, before rounding. */
  readonly cases: Readonly<Record<HeadroomCase, number>>;
  readonly binding: HeadroomCase;
  readonly gateways: number;
}

export function gatewaySize(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand): GatewaySize {
  // The fewer connections a box has, the emptier are its relay's requests and the more each connection costs it: from the most
  // allowed downwards, each round can only ask for fewer, and ends where a box carries what it holds.
  let connectionsMost = c.gatewayConnectionsMost;
  for (let round = 0; ; round++) {
    const costs = connectionCosts(workload, c, demand, connectionsMost, c.relayBrokers);
    const limits = limitsOf(c, costs);
    const limit = smallestOf(limits);
    const fewer = limits[limit]!;
    if (fewer < connectionsMost * (1 - 1e-7) && round < ROUNDS) {
      connectionsMost = fewer;
      continue;
    }
    connectionsMost = Math.min(connectionsMost, fewer);
    const boxes = demand.connections / connectionsMost;
    // In a storm a box serves what it holds and takes those back that come: more boxes where its processors do not suffice.
    const stormCores = ((workload.stormShare * c.gatewayStormSpread) / workload.stormSeconds) * costs.returnSeconds;
    const cases = {
      peak: boxes,
      'zone lost': boxes * lostZoneFactor(workload.zones),
      upgrade: boxes / (1 - c.upgradeShare),
      storm: (demand.connections * (costs.cores + stormCores)) / (c.gatewayCoresMost * STORM_UTILISATION),
    };
    const binding = largestCase(cases);
    return { connectionsMost, limit, limits, cases, binding, gateways: Math.max(workload.zones, cases[binding]) };
  }
}

const ROUNDS = 200;

function limitsOf(c: CoefficientNumbers, costs: ReturnType<typeof connectionCosts>): Readonly<Record<string, number>> {
  return {
    'connections allowed': c.gatewayConnectionsMost,
    memory: (c.gatewayMemoryMostBytes - baseBytes(c, c.gatewayCoresMost)) / costs.memoryBytes,
    processor: (c.gatewayCoresMost * coreUtilisation(c)) / (costs.cores * c.headroomBurst),
    'the relay’s processor': relayUtilisation(c) / costs.relayCores,
    bandwidth: c.gatewayNetworkMostBytesPerSecond / (costs.bytesPerSecond * c.headroomBurst),
    ...hostConnections(c),
  };
}

export function gatewayPlan(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  const size = gatewaySize(workload, c, demand);
  if (size.connectionsMost < 1) {
    return {
      component: 'gateway',
      infeasible: `a gateway holds no connection: ${size.limit} allows ${amount(size.connectionsMost)}`,
      change: `more of ${size.limit}, or fewer messages for each connection`,
    };
  }
  const connections = (demand.connections * cell.share) / cell.gateways;
  const full = Math.min(size.connectionsMost, connections * worstFactor(size));
  // It was sized for so many brokers as the coefficients say; how many its relay writes to is known with its cell.
  const { brokers } = cellShape(workload, c, demand, cell);
  const costs = connectionCosts(workload, c, demand, connections, brokers);
  const fullCosts = connectionCosts(workload, c, demand, full, brokers);
  const utilisation = coreUtilisation(c);
  const storm = stormAnswer({
    connections: connections * workload.stormShare,
    withinSeconds: workload.stormSeconds,
    ordinaryPerSecond: (demand.connectsPerSecond * cell.share) / cell.gateways,
    usPerConnect: costs.connectSeconds * 1e6,
    usPerReturn: costs.returnSeconds * 1e6,
    spread: c.gatewayStormSpread,
    freeCores: Number.MAX_VALUE,
  });
  // At the peak fewer connections share a relay's requests, which never makes their sum dearer than the full box's.
  const steadyCores = full * fullCosts.cores * c.headroomBurst;
  const stormCores = connections * (costs.cores - costs.connectCores) + storm.cores;
  const cores = Math.max(2, Math.ceil(Math.max(steadyCores / utilisation, stormCores / STORM_UTILISATION) - 1e-9));
  if (cores > c.gatewayCoresMost) {
    return {
      component: 'relay',
      infeasible: `a gateway whose relay writes to ${brokers} brokers needs ${cores} processors, of ${c.gatewayCoresMost} that one may have`,
      change: `gatewayConnectionsMost of at most ${Math.floor((full * c.gatewayCoresMost) / cores)}`,
    };
  }
  const memoryBytes = full * costs.memoryBytes + baseBytes(c, cores);
  const back = stormAnswer({
    connections: connections * workload.stormShare,
    withinSeconds: workload.stormSeconds,
    ordinaryPerSecond: (demand.connectsPerSecond * cell.share) / cell.gateways,
    usPerConnect: costs.connectSeconds * 1e6,
    usPerReturn: costs.returnSeconds * 1e6,
    spread: c.gatewayStormSpread,
    freeCores: cores * STORM_UTILISATION - connections * (costs.cores - costs.connectCores),
  });
  const planned = (connections * costs.cores) / cores;
  const latency = (share: number) => c.gatewaySetWaitsMs + 1e3 * waitP99Seconds(share, c.gatewayTurnMs / 1e3, 1);
  return {
    component: 'gateway',
    binding: `${size.limit}, ${size.binding}`,
    machines: {
      count: cell.gateways,
      cores,
      memoryBytes,
      diskBytes: 0,
      networkBytesPerSecond: full * fullCosts.bytesPerSecond * c.headroomBurst,
    },
    rows: [
      planRow(
        'gateway.connectionsMost',
        'connections that a full gateway holds',
        size.connectionsMost,
        'connections/gateway',
        () =>
          `the smallest of ${Object.entries(size.limits)
            .map(([name, value]) => `${name} ${amount(value)}`)
            .join(', ')}`,
      ),
      planRow(
        'gateway.gatewaysPerCell',
        'gateways of a cell',
        cell.gateways,
        'gateways',
        () =>
          `${amount(demand.connections)} connections ÷ ${amount(size.connectionsMost)}: ${Object.entries(size.cases)
            .map(([name, value]) => `${name} ${amount(value)}`)
            .join(
              ', ',
            )}; ${size.binding} sets ${amount(size.cases[size.binding])}; ÷ ${cell.cells} cells = ${amount(size.gateways / cell.cells)} → ${cell.gateways} in ${cell.zones} zones`,
      ),
      planRow(
        'gateway.gateways',
        'gateways of the fleet',
        cell.gateways * cell.cells,
        'gateways',
        () => `${cell.gateways} × ${cell.cells} cells`,
      ),
      planRow(
        'gateway.connections',
        'connections of a gateway at the peak',
        connections,
        'connections/gateway',
        () => `${amount(demand.connections)} ÷ ${amount(cell.gateways * cell.cells)}`,
      ),
      planRow(
        'gateway.bytesPerConnection',
        'memory of a connection',
        costs.memoryBytes,
        'B/connection',
        () =>
          `kernel ${bytes(c.gatewayKernelBytesPerConnection)} + edges and relay ${bytes(c.gatewayUserBytesPerConnection)} + TLS ${bytes(c.gatewayTlsBytesPerConnection)} + slow readers ${amount(c.gatewaySlowReaderShare)} × ${bytes(c.gatewaySlowReaderBytes)}`,
      ),
      planRow(
        'gateway.memoryBytes',
        'memory of a gateway',
        memoryBytes,
        'B',
        () =>
          `${amount(full)} connections × ${bytes(costs.memoryBytes)} + ${cores + 3} processes × ${bytes(c.gatewayProcessBytes)} + ${bytes(RESERVE_BYTES)} left free`,
      ),
      planRow(
        'gateway.busyCores',
        'processors of a gateway that are busy at the peak',
        connections * costs.cores,
        'cores',
        () =>
          `${amount(connections)} connections × ${amount(costs.cores * 1e6)} us a second: heartbeats ${amount(costs.heartbeatCores * 1e6)}, frames ${amount(costs.frameCores * 1e6)}, connects ${amount(costs.connectCores * 1e6)}, relay ${amount(costs.relayCores * 1e6)}`,
      ),
      planRow(
        'gateway.cores',
        'processors of a gateway',
        cores,
        'cores',
        () =>
          `the larger of ${amount(steadyCores)} when full in its busiest second ÷ ${amount(utilisation)} and ${amount(stormCores)} in a storm ÷ ${STORM_UTILISATION}`,
      ),
      planRow('gateway.utilisation', 'processors busy at the peak', planned, '1', () => `${amount(connections * costs.cores)} of ${cores}`),
      planRow(
        'gateway.latencyMs',
        'p99 of an accepted send at the gateway, at the peak',
        latency(planned),
        'ms',
        () => `${amount(c.gatewaySetWaitsMs)} ms of set waits + waiting for turns of ${amount(c.gatewayTurnMs)} ms at ${amount(planned)}`,
      ),
      planRow(
        'gateway.latencyFullMs',
        'p99 of an accepted send when full, in the busiest second',
        latency(Math.min(utilisation, steadyCores / cores)),
        'ms',
        () => `at ${amount(steadyCores / cores)}, ${amount(utilisation)} allowed for ${amount(c.gatewayLatencyMs)} ms of waiting`,
      ),
      planRow(
        'gateway.bytesPerSecond',
        'network of a full gateway',
        full * fullCosts.bytesPerSecond,
        'B/s',
        () => `${amount(full)} connections × ${amount(costs.bytesPerSecond)} B/s`,
      ),
      planRow(
        'gateway.admissionsPerSecond',
        'connections that a gateway must admit in a storm',
        storm.admissionsPerSecond,
        'connections/s',
        () =>
          `${amount(connections)} × ${amount(workload.stormShare)} × ${amount(c.gatewayStormSpread)} within ${amount(workload.stormSeconds)} s + ordinary ones`,
      ),
      planRow(
        'gateway.stormSeconds',
        'time in which a storm is back',
        back.secondsBack,
        's',
        () =>
          `with the processors that ${amount(connections)} connections leave of ${cores}, ${amount(costs.returnSeconds * 1e6)} us a client with its refusals`,
      ),
    ],
  };
}

/** p99 of waiting for a turn; each edge is a process of its own, so one server and not the box's sum. */
function coreUtilisation(c: CoefficientNumbers): number {
  return utilisationFor(c.gatewayTurnMs / 1e3, 1, c.gatewayLatencyMs / 1e3);
}

function worstFactor(size: GatewaySize): number {
  const peak = size.cases.peak;
  return Math.max(size.cases['zone lost'], size.cases.upgrade) / peak;
}

/** What each connection brings to its box, with its share of the fleet's events; processors per connection, all edges and the relay. */
function connectionCosts(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, connectionsOfBox: number, brokers: number) {
  const n = demand.connections;
  const frames =
    (3 * demand.sendsPerSecond +
      2 * (demand.deliveriesPerSecond + demand.fetchedPerSecond) +
      demand.receiptEventsPerSecond +
      2 * demand.typingPerSecond +
      demand.presenceToldPerSecond +
      demand.listReadsPerSecond +
      demand.historyReadsPerSecond) /
    n;
  const bodies = ((demand.sendsPerSecond + demand.deliveriesPerSecond + demand.fetchedPerSecond) * workload.bodyBytes) / n;
  const connectSeconds = (c.gatewayUsPerHandshake + c.gatewayUsPerTlsHandshake) / 1e6;
  const returnSeconds = connectSeconds + (c.gatewayStormRefusals * c.gatewayUsPerTlsHandshake) / 1e6;
  const heartbeatCores = c.gatewayUsPerHeartbeat / 1e6 / workload.heartbeatSeconds;
  const frameCores = (frames * c.gatewayUsPerFrame) / 1e6;
  const connectCores = connectSeconds / workload.sessionSeconds;
  const relayCores = relayLoad(c, demand, connectionsOfBox / n, brokers).cores / connectionsOfBox;
  return {
    memoryBytes:
      c.gatewayKernelBytesPerConnection +
      c.gatewayUserBytesPerConnection +
      c.gatewayTlsBytesPerConnection +
      c.gatewaySlowReaderShare * c.gatewaySlowReaderBytes,
    connectSeconds,
    returnSeconds,
    heartbeatCores,
    frameCores,
    connectCores,
    relayCores,
    cores: heartbeatCores + frameCores + connectCores + relayCores,
    bytesPerSecond: frames * c.gatewayBytesPerFrame + bodies + (2 * c.gatewayBytesPerFrame) / workload.heartbeatSeconds,
  };
}

function baseBytes(c: CoefficientNumbers, cores: number): number {
  return (cores + 3) * c.gatewayProcessBytes + RESERVE_BYTES;
}

/** Left free, as the host limits ask: page cache, other services, bursts. */
const RESERVE_BYTES = 400e6;

/** Connections that the limits of a tuned host allow, of the table that `parley check` reads. An edge per core, TLS in the edges. */
function hostConnections(c: CoefficientNumbers): Readonly<Record<string, number>> {
  const shape: BoxShape = {
    ...DEFAULT_SHAPE,
    edges: c.gatewayCoresMost,
    cores: c.gatewayCoresMost,
    tls: true,
    spread: SPREAD,
    costs: DEFAULT_COSTS,
  };
  const files = FILE_LIMITS.map((name) => HOST_LIMITS.find((limit) => limit.name === name)!.holds(c.gatewayFilesPerProcess, shape));
  return { 'files of its edges': Math.min(...files) };
}

/** Those that count the files of one process. */
const FILE_LIMITS = ['processFiles', 'nrOpen'];
/** Clients come from everywhere, so the kernel's hash spreads them as chance does: 4 ÷ √(connections of an edge). */
const SPREAD = 1.02;

function smallestOf(limits: Readonly<Record<string, number>>): string {
  return Object.entries(limits).reduce((left, right) => (right[1] < left[1] ? right : left))[0];
}
