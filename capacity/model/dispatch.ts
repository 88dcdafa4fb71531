/**
 * Processes that decide, store and fan out in one cell, and those that apply receipts. Each decides for whole partitions of
 * `messages`, of which a cell has a bounded number: a cell that needs more processes than partitions must be two cells.
 */
import { amount, bytes } from './amount.ts';
import { flowOf } from './bus-flow.ts';
import { cellShape } from './cell-shape.ts';
import type { Cell } from './cells.ts';
import type { CoefficientNumbers } from './coefficients.ts';
import type { ComponentPlan, Infeasible } from './component.ts';
import type { Demand } from './demand.ts';
import { lostZoneFactor } from './headroom.ts';
import { largestNeed, machinesInZones } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { WorkloadNumbers } from './workload.ts';

export function dispatchPlan(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): ComponentPlan | Infeasible {
  const shape = cellShape(workload, c, demand, cell);
  if (!shape.stands) {
    return {
      component: 'dispatch',
      infeasible: `processes never suffice for ${amount(shape.load.sends)} messages/s in a cell: with their brokers each more makes requests smaller`,
      change: `cells of fewer gateways (gatewaysPerCellMost below ${cell.gateways})`,
    };
  }
  const { load, storeRuns: runs, messageProcesses, receiptProcesses } = shape;
  const processes = messageProcesses + receiptProcesses;
  const remembered = load.sends * c.dispatchIdSeconds * c.dispatchIdBytes;
  const memory = processes * (c.dispatchProcessBytes + c.dispatchStateBytes) + remembered;
  const network = trafficOf(workload, c, demand, cell) * c.headroomBurst * lostZoneFactor(cell.zones);
  const needs = [
    {
      of: 'processor',
      machines: processes / c.dispatchBoxCores,
      why: () => `${processes} processes, a processor each, ÷ ${c.dispatchBoxCores}`,
    },
    {
      of: 'network',
      machines: network / (c.dispatchBoxNetworkBytes * c.dispatchNetworkUse),
      why: () => `${bytes(network)}/s with a zone lost ÷ (${amount(c.dispatchNetworkUse)} × ${bytes(c.dispatchBoxNetworkBytes)}/s)`,
    },
    { of: 'memory', machines: memory / c.dispatchBoxMemoryBytes, why: () => `${bytes(memory)} ÷ ${bytes(c.dispatchBoxMemoryBytes)}` },
  ];
  const need = largestNeed(needs);
  const boxes = machinesInZones(need.machines, cell.zones);
  return {
    component: 'dispatch',
    binding: need.of,
    machines: {
      count: boxes,
      cores: Math.min(c.dispatchBoxCores, Math.ceil(processes / boxes)),
      memoryBytes: Math.min(c.dispatchBoxMemoryBytes, Math.ceil((memory / boxes) * 1.25)),
      diskBytes: 0,
      networkBytesPerSecond: network / (c.dispatchNetworkUse * boxes),
    },
    rows: [
      planRow(
        'dispatch.usPerMessage',
        'processor time of a message',
        shape.usPerMessage,
        'us/message',
        () =>
          `read and decide ${amount(c.dispatchReadUsPerRecord + c.dispatchDecideUsPerRecord)} us, store ${amount(c.dispatchStoreUsPerMessage)} + ${amount(runs.requestsPerMessage)} requests × ${amount(c.dispatchStoreUsPerRequest)} + ${amount(runs.rowsPerMessage)} rows × ${amount(c.dispatchStoreUsPerRow)}, routes of ${amount(load.membersPerMessage)} × ${amount(c.dispatchRouteUsPerUser)}, the rest its records to the bus`,
      ),
      planRow(
        'dispatch.messageProcesses',
        'processes that decide',
        messageProcesses,
        '1',
        () =>
          `${amount(load.sends)} messages/s × ${amount(shape.usPerMessage)} us: ${shape.messageNeed.why()} = ${amount(shape.messageNeed.machines)}, of ${c.dispatchPartitionsMost} partitions that a cell may have`,
      ),
      planRow(
        'dispatch.receiptProcesses',
        'processes that apply receipts',
        receiptProcesses,
        '1',
        () =>
          `${amount(load.receipts)} receipts/s × ${amount(shape.usPerReceipt)} us: ${shape.receiptNeed.why()} = ${amount(shape.receiptNeed.machines)}`,
      ),
      planRow(
        'dispatch.memoryBytes',
        'memory of a cell’s processes',
        memory,
        'B',
        () =>
          `${processes} × ${bytes(c.dispatchProcessBytes + c.dispatchStateBytes)} + ${amount(load.sends)} ids/s × ${amount(c.dispatchIdSeconds)} s × ${bytes(c.dispatchIdBytes)}`,
      ),
      planRow(
        'dispatch.boxesPerCell',
        'boxes of dispatch',
        boxes,
        'nodes',
        () => `${need.of}: ${need.why()} = ${amount(need.machines)} → ${boxes} in ${cell.zones} zones`,
      ),
    ],
  };
}

/** Read from the bus and written to it and to the store; what is read of the store is little. */
function trafficOf(workload: WorkloadNumbers, c: CoefficientNumbers, demand: Demand, cell: Cell): number {
  const { bytesPerSecond } = flowOf(workload, c, demand, cell);
  const messages = demand.sendsPerSecond * cell.share * (workload.bodyBytes + c.cassandraRowBytes);
  return bytesPerSecond + messages + demand.listWritesPerSecond * cell.share * c.cassandraListRowBytes;
}
