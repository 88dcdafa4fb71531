/**
 * Does this plan carry this workload? Asked of the plan's counts alone, the other way round than they were found: what a box
 * would hold and how busy it would be with a zone lost, in an upgrade and in a storm, and what each cluster would have.
 * Only gateways, relays, cells and stored bytes; processors of the stores are their components' own matter.
 */
import { clusterMost, lostShareMost } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { Machines, PlanRow } from './component.ts';
import { demandOf } from './demand.ts';
import { waitP99Seconds } from './headroom.ts';
import { relayLoad } from './relay.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface CheckedPlan {
  readonly cells: number;
  readonly rows: ReadonlyArray<Pick<PlanRow, 'id' | 'value'>>;
  readonly components: ReadonlyArray<{ readonly component: string; readonly machines: Machines }>;
}

/** What the plan does not carry, in words with both numbers; empty when it carries the workload. */
export function checkPlan(plan: CheckedPlan, workload: WorkloadNumbers, c: CoefficientNumbers): readonly string[] {
  const demand = demandOf(workload);
  const findings: string[] = [];
  const atMost = (what: string, value: number, most: number) => {
    if (!(value <= most * (1 + 1e-6))) findings.push(`${what}: ${value.toPrecision(4)}, at most ${most.toPrecision(4)}`);
  };
  const part = (name: string) => plan.components.find((one) => one.component === name)?.machines;

  atMost('share of users in one cell', 1 / plan.cells, lostShareMost(c, workload.connections));
  const gateway = part('gateway');
  if (gateway === undefined) return [...findings, 'no gateways are planned'];
  const gateways = gateway.count * plan.cells;
  const brokers = part('kafka')?.count ?? c.relayBrokers;
  atMost('gateways that a dispatcher’s requests fill', gateway.count, Math.ceil(c.gatewaysPerCellMost / workload.zones) * workload.zones);

  // The zone that is lost is the one with the most of a cell's gateways.
  const lost = workload.zones > 1 ? Math.ceil(gateway.count / workload.zones) / gateway.count : 0;
  const left = Math.min(1 - lost, 1 - c.upgradeShare);
  for (const [state, working] of [
    ['at the peak', 1],
    ['with a zone lost or an upgrade under way', left],
  ] as const) {
    const connections = demand.connections / (gateways * working);
    const events = eventsOf(workload, c, connections / demand.connections, brokers);
    atMost(`connections of a gateway ${state}`, connections, c.gatewayConnectionsMost);
    atMost(`memory of a gateway ${state}`, connections * memoryOfConnection(c), gateway.memoryBytes);
    atMost(`network of a gateway ${state}`, events.bytesPerSecond, gateway.networkBytesPerSecond);
    const busy = (events.cores * c.headroomBurst) / gateway.cores;
    atMost(`waiting for a turn of an edge ${state}, seconds`, waitP99Seconds(busy, c.gatewayTurnMs / 1e3, 1), c.gatewayLatencyMs / 1e3);
    atMost(`processor of a relay ${state}`, events.relayCores, 1 / c.headroomBurst);
  }
  const calm = eventsOf(workload, c, 1 / gateways, brokers);
  const returning = (demand.connections / gateways) * workload.stormShare;
  const stormCores = (returning / workload.stormSeconds) * ((c.gatewayUsPerHandshake + c.gatewayUsPerTlsHandshake) / 1e6);
  atMost('processors of a gateway in a storm', calm.cores + stormCores, gateway.cores);

  const cassandra = part('cassandra');
  if (cassandra !== undefined) {
    const rowBytes = workload.bodyBytes * c.cassandraBodyCompression + workload.mediaShare * workload.mediaBytes + c.cassandraRowBytes;
    const kept = demand.messagesPerDay * workload.retentionDays * rowBytes * c.cassandraReplicas;
    atMost('messages kept on disks, bytes', kept, cassandra.count * plan.cells * cassandra.diskBytes * (1 - c.cassandraCompactionFree));
    const rows = 2 * demand.sendsPerSecond + demand.listWritesPerSecond;
    const written = (rows * c.cassandraUsPerRow) / 1e6;
    atMost('processors that write messages to the store', written, cassandra.count * plan.cells * cassandra.cores);
  }
  for (const { what, value, most } of clusterMost(plan, c)) atMost(what, value, most);
  return findings;
}

/** Everything that one gateway with `share` of the fleet does in a second, from its events and not from the plan's own sums. */
function eventsOf(workload: WorkloadNumbers, c: CoefficientNumbers, share: number, brokers: number) {
  const d = demandOf(workload);
  const framesOut = d.sendsPerSecond * 2 + d.deliveriesPerSecond + d.fetchedPerSecond + d.presenceToldPerSecond + d.typingPerSecond;
  const framesIn = d.sendsPerSecond + d.deliveriesPerSecond + d.fetchedPerSecond + d.receiptEventsPerSecond + d.typingPerSecond;
  const frames = (framesIn + framesOut + d.listReadsPerSecond + d.historyReadsPerSecond) * share;
  const heartbeats = d.heartbeatsPerSecond * share;
  const connects = d.connectsPerSecond * share;
  const relayCores = relayLoad(c, d, share, brokers).cores;
  const us =
    frames * c.gatewayUsPerFrame + heartbeats * c.gatewayUsPerHeartbeat + connects * (c.gatewayUsPerHandshake + c.gatewayUsPerTlsHandshake);
  const bodies = (d.sendsPerSecond + d.deliveriesPerSecond + d.fetchedPerSecond) * share * workload.bodyBytes;
  return { relayCores, cores: us / 1e6 + relayCores, bytesPerSecond: (frames + 2 * heartbeats) * c.gatewayBytesPerFrame + bodies };
}

function memoryOfConnection(c: CoefficientNumbers): number {
  const own = c.gatewayKernelBytesPerConnection + c.gatewayUserBytesPerConnection + c.gatewayTlsBytesPerConnection;
  return own + c.gatewaySlowReaderShare * c.gatewaySlowReaderBytes;
}
