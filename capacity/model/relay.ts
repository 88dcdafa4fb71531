/**
 * The relay of each gateway: the box's one client of bus, routes and presence. One process, so one processor is its limit; it
 * runs on its gateway's machine and buys none of its own. What it costs hangs on how many brokers its records are spread over.
 */
import { amount } from './amount.ts';
import { recordsPerRequest, usPerRecord } from './batching.ts';
import { cellShape } from './cell-shape.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { lostZoneFactor, utilisationFor } from './headroom.ts';
import { planRow } from './plan-row.ts';
import type { WorkloadNumbers } from './workload.ts';

export interface RelayLoad {
  readonly appendsPerSecond: number;
  readonly readsPerSecond: number;
  readonly routesPerSecond: number;
  readonly recordsPerRequest: number;
  readonly usPerAppend: number;
  readonly cores: number;
}

/** Of one gateway that carries `share` of the fleet's load. `brokers` are those of its cell. */
export function relayLoad(c: CoefficientNumbers, demand: Demand, share: number, brokers: number): RelayLoad {
  const receipts = (demand.receiptEventsPerSecond * share) / c.relayMarksPerRecord;
  const appendsPerSecond = demand.sendsPerSecond * share + receipts;
  // Receipts that are told come as records of deliveries, as many as were stored.
  const readsPerSecond = demand.deliveryRecordsPerSecond * share + receipts;
  const routesPerSecond =
    (2 * demand.connectsPerSecond + demand.presenceReadsPerSecond + demand.typingPerSecond + demand.presenceToldPerSecond) * share;
  const perRequest = recordsPerRequest(appendsPerSecond, brokers, c.relayLingerMs / 1e3);
  const usPerAppend = usPerRecord({ usPerRequest: c.relayUsPerRequest, usPerRecord: c.relayUsPerRecord }, perRequest);
  const us = appendsPerSecond * usPerAppend + readsPerSecond * c.relayUsPerRecordRead + routesPerSecond * c.relayUsPerRoute;
  return { appendsPerSecond, readsPerSecond, routesPerSecond, recordsPerRequest: perRequest, usPerAppend, cores: us / 1e6 };
}

/** Share of its processor that a relay may use. */
export function relayUtilisation(c: CoefficientNumbers): number {
  return utilisationFor(c.gatewayTurnMs / 1e3, 1, c.gatewayLatencyMs / 1e3) / c.headroomBurst;
}

export function relayPlan(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  // Gateways were sized with `relayBrokers`; how many there are in this cell is known now, and more of them cost a relay more.
  const { brokers } = cellShape(workload, c, demand, cell);
  const load = relayLoad(c, demand, cell.share / cell.gateways, brokers);
  const most = relayUtilisation(c);
  const fuller = Math.max(lostZoneFactor(cell.zones), 1 / (1 - c.upgradeShare));
  const worst = relayLoad(c, demand, (cell.share / cell.gateways) * fuller, brokers).cores;
  if (worst > most * (1 + 1e-9)) {
    return {
      component: 'relay',
      infeasible: `a relay would be busy for ${amount(worst)} processors when a zone is lost or an upgrade is under way, and is one process that may use ${amount(most)}`,
      change: `gatewayConnectionsMost of at most ${Math.floor((c.gatewayConnectionsMost * most) / worst)}`,
    };
  }
  return {
    component: 'relay',
    binding: 'its one processor',
    machines: { count: 0, cores: 0, memoryBytes: 0, diskBytes: 0, networkBytesPerSecond: 0 },
    rows: [
      planRow(
        'relay.processes',
        'relays of a cell',
        cell.gateways,
        '1',
        () => `one on each of ${cell.gateways} gateways’ machines, which count its processor`,
      ),
      planRow(
        'relay.appendsPerSecond',
        'records that a relay appends',
        load.appendsPerSecond,
        'records/s',
        () => `sends + receipts ÷ ${amount(c.relayMarksPerRecord)} in a record, of ${amount(cell.cells * cell.gateways)} relays`,
      ),
      planRow(
        'relay.recordsPerRequest',
        'records in a request to a broker',
        load.recordsPerRequest,
        'records/request',
        () => `1 + ${amount(load.appendsPerSecond)} records/s ÷ ${brokers} brokers × ${c.relayLingerMs} ms`,
      ),
      planRow(
        'relay.usPerAppend',
        'processor time of a record appended',
        load.usPerAppend,
        'us/record',
        () => `${amount(c.relayUsPerRequest)} us a request ÷ ${amount(load.recordsPerRequest)} + ${amount(c.relayUsPerRecord)} us`,
      ),
      planRow(
        'relay.busyCores',
        'processor of a relay that is busy',
        load.cores,
        'cores',
        () =>
          `${amount(load.appendsPerSecond)} appends/s × ${amount(load.usPerAppend)} us + ${amount(load.readsPerSecond)} records read/s × ${amount(c.relayUsPerRecordRead)} us + ${amount(load.routesPerSecond)} operations of routes and presence/s × ${amount(c.relayUsPerRoute)} us; ${amount(worst)} with a zone lost or an upgrade under way, of ${amount(most)} allowed`,
      ),
    ],
  };
}
