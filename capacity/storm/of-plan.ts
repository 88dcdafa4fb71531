/**
 * The storms that a planned fleet has to expect: the loss of a gateway, a zone, a region, by the model of flows. One gateway
 * stands for all that are left of a cell, with its share of the cell's Redis and Cassandra behind the door. What a connect asks of
 * them is what the plan charges for one; what they have left is their processors less the peak's. Clients whose region is gone
 * are taken to come back evenly to the others, which the plan's cells do not provide for by themselves.
 */
import type { Plan, PlannedRow } from '../model/plan.ts';
import { type StormAdvice, stormAdvice } from './advice.ts';
import type { BackoffPolicy } from './backoff.ts';
import { LOSSES, type Loss, returnersAfter } from './loss.ts';
import { type Recovery, recoveryOf } from './recovery.ts';
import type { StormStage } from './stage.ts';
import type { StormScene } from './storm.ts';

export interface PlannedStorm {
  readonly loss: Loss;
  /** Connections that are lost, in the fleet, and that come back to each gateway that is left. */
  readonly lost: number;
  readonly perGateway: number;
  readonly survivors: number;
  /** At the admission rate of the plan. */
  readonly recovery: Recovery;
  readonly advice: StormAdvice;
}

/** Of a machine or a cluster in a storm, as the plan's own headroom has it: waits may be longer, but what is offered is done. */
const STORM_UTILISATION = 0.9;
const LEAST_CORES = 0.01;
/** As the load engine's clients have it and PROTOCOL.md asks of all: full jitter on top of what the server says. */
export const PLANNED_POLICY: BackoffPolicy = { kind: 'fullJitter', baseSeconds: 0.5, capSeconds: 60, honoursHint: true };
const LONGEST_WAIT_SECONDS = 120;
const ATTEMPT_SECONDS = 30;
const BURST_SECONDS = 0.25;
/** Far from a client to its gateway and back. */
const ROUND_TRIP_SECONDS = 0.1;

export function plannedStorms(plan: Plan, policy: BackoffPolicy = PLANNED_POLICY): readonly PlannedStorm[] {
  const fleet = {
    connections: rowValue(plan, 'demand.connections'),
    gateways: rowValue(plan, 'gateway.gateways'),
    zones: plan.workload.zones!.mid,
    regions: plan.workload.regions!.mid,
  };
  return LOSSES.flatMap((loss) => {
    const returners = returnersAfter(fleet, loss);
    if (returners === undefined) return [];
    // Only the gateways of its own cell take a gateway's clients back: a user's home is a cell.
    const gateways = rowValue(plan, 'gateway.gatewaysPerCell');
    const perGateway = loss === 'gateway' ? returners.lost / Math.max(1, gateways - 1) : returners.perGateway;
    const survivors = loss === 'gateway' ? gateways - 1 : returners.survivors;
    const scene = sceneOf(plan, perGateway, fleet.gateways / (loss === 'gateway' ? fleet.gateways : returners.survivors), policy);
    return [{ loss, lost: returners.lost, perGateway, survivors, recovery: recoveryOf(scene), advice: stormAdvice(scene) }];
  });
}

/** `crowding`: connections of a gateway at the end, over those that it was planned with. */
function sceneOf(plan: Plan, clients: number, crowding: number, policy: BackoffPolicy): StormScene {
  const coefficient = (name: string) => plan.coefficients[name]!.mid;
  const perSecond = rowValue(plan, 'gateway.admissionsPerSecond');
  const usPerConnect = coefficient('gatewayUsPerHandshake') + coefficient('gatewayUsPerTlsHandshake');
  const cores = rowValue(plan, 'gateway.cores');
  return {
    clients,
    policy,
    admission: { perSecond, burst: perSecond * BURST_SECONDS, longestWaitSeconds: LONGEST_WAIT_SECONDS },
    freeCores: Math.max(LEAST_CORES, cores * STORM_UTILISATION - rowValue(plan, 'gateway.busyCores') * crowding),
    usPerConnect,
    // Refused before token, HELLO and route: what is left is TLS.
    usPerRefusal: coefficient('gatewayUsPerTlsHandshake'),
    stages: stagesOf(plan, crowding),
    ordinaryPerSecond: rowValue(plan, 'demand.connectsPerSecond') / rowValue(plan, 'gateway.gateways'),
    attemptSeconds: ATTEMPT_SECONDS,
    roundTripSeconds: ROUND_TRIP_SECONDS,
  };
}

/** In microseconds of the cluster's processors, so that one client's operations of several kinds are one queue. */
function stagesOf(plan: Plan, crowding: number): readonly StormStage[] {
  const coefficient = (name: string) => plan.coefficients[name]!.mid;
  const { listReadsPerSession, historyReadsPerSession, presenceWatchesPerConnection } = plan.workload;
  const gateways = rowValue(plan, 'gateway.gatewaysPerCell') / crowding;
  const spare = (cores: number, component: 'redis' | 'cassandra') =>
    (Math.max(LEAST_CORES, cores * STORM_UTILISATION - rowValue(plan, `${component}.busyCores`)) * 1e6) / gateways;
  const cassandra = plan.components.find((one) => one.component === 'cassandra')!.machines!;
  return [
    {
      name: 'routes and presence (Redis)',
      operationsPerClient:
        coefficient('redisUsPerPut') +
        coefficient('redisUsPerTransition') +
        presenceWatchesPerConnection!.mid * coefficient('redisUsPerSubscribe'),
      // A server of Redis works on one thread, and replicas take no writes.
      operationsPerSecond: spare(rowValue(plan, 'redis.primariesPerCell'), 'redis'),
    },
    {
      name: 'resume and list reads (Cassandra)',
      operationsPerClient:
        coefficient('cassandraUsPerResume') +
        listReadsPerSession!.mid * coefficient('cassandraUsPerList') +
        historyReadsPerSession!.mid * coefficient('cassandraUsPerHistory'),
      operationsPerSecond: spare(cassandra.cores * cassandra.count, 'cassandra'),
      afterBack: true,
    },
  ];
}

function rowValue(plan: Plan, id: PlannedRow['id']): number {
  const row = plan.rows.find((one) => one.id === id);
  if (row === undefined) throw new Error(`the plan has no row ${id}`);
  return row.value;
}
