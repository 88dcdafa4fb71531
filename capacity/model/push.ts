/**
 * Telling the services of phones, of one cell: processes by processor and by notices in flight, connections, and the services'
 * own quotas, which no box of ours lifts. Today each process of dispatch has one connection of its own; here they are planned
 * as boxes beside it, so that a slow service takes nothing from the path of messages.
 */
import { amount } from './amount.ts';
import type { Cell } from './cells.ts';
import type { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import type { PUSH_COEFFICIENTS } from './coefficients-push.ts';
import type { ComponentPlan } from './component.ts';
import type { Demand } from './demand.ts';
import { lostZoneFactor } from './headroom.ts';
import { coresNeed, coresOfEach, largestNeed, machinesInZones, type ProcessorWork } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { Numbers } from './quantity.ts';
import type { WorkloadNumbers } from './workload.ts';

export type PushNumbers = Numbers<typeof PUSH_COEFFICIENTS & typeof FLEET_COEFFICIENTS>;

export function pushPlan(_workload: WorkloadNumbers, c: PushNumbers, demand: Demand, cell: Cell): ComponentPlan {
  const notices = demand.pushesPerSecond * cell.share;
  const requests = notices * c.pushTriesPerNotice;
  const cores = (requests * c.pushUsPerNotice) / 1e6;
  const inFlight = (requests * c.pushAnswerMs) / 1e3;
  const streams = Math.min(c.pushInFlight, c.pushStreamsAllowed);
  const connections = inFlight / streams;
  const processesPerBox = c.pushBoxCores;
  const work: ProcessorWork = { what: 'processor', cores, usPerOperation: c.pushUsPerNotice, coresPerMachine: c.pushBoxCores };
  const network = requests * c.pushNoticeBytes * c.headroomBurst * lostZoneFactor(cell.zones);
  const needs = [
    coresNeed(work, cell, c),
    {
      of: 'notices in flight',
      machines: connections / (c.pushConnectionsPerProcess * processesPerBox),
      why: () =>
        `${amount(inFlight)} in flight ÷ ${streams} a connection ÷ ${c.pushConnectionsPerProcess} connections a process ÷ ${processesPerBox} processes a box`,
    },
    {
      of: 'network',
      machines: network / c.pushBoxNetworkBytes,
      why: () => `${amount(requests)} requests/s × ${amount(c.pushNoticeBytes)} B, with a zone lost`,
    },
  ];
  const need = largestNeed(needs);
  const boxes = machinesInZones(need.machines, cell.zones);
  // A process to a processor, of which each has connections of its own.
  const processes = Math.max(2, Math.ceil(connections / (boxes * c.pushConnectionsPerProcess) - 1e-9));
  const coresOfBox = () => Math.max(processes, coresOfEach(work, boxes, 2, cell, c));
  const fcm = demand.pushesPerSecond * c.pushFcmShare;
  return {
    component: 'push',
    binding: need.of,
    machines: {
      count: boxes,
      get cores() {
        return coresOfBox();
      },
      get memoryBytes() {
        return Math.min(c.pushBoxMemoryBytes, Math.ceil(coresOfBox() * c.pushProcessBytes * 2));
      },
      diskBytes: 0,
      networkBytesPerSecond: network / boxes,
    },
    rows: [
      planRow(
        'push.noticesPerSecond',
        'notices to phones',
        notices,
        'operations/s',
        () => `${amount(demand.pushesPerSecond)} in the fleet × ${amount(cell.share)}`,
      ),
      planRow(
        'push.busyCores',
        'processors busy with notices',
        cores,
        'cores',
        () => `${amount(notices)} notices/s × ${amount(c.pushTriesPerNotice)} tries × ${amount(c.pushUsPerNotice)} us`,
      ),
      planRow(
        'push.inFlight',
        'notices in flight',
        inFlight,
        '1',
        () => `${amount(requests)} requests/s × ${amount(c.pushAnswerMs)} ms to an answer`,
      ),
      planRow(
        'push.connectionsPerCell',
        'connections to APNs and FCM',
        Math.ceil(connections),
        '1',
        () =>
          `${amount(inFlight)} in flight ÷ ${streams} (ours ${c.pushInFlight}, APNs’ ${c.pushStreamsAllowed}), and not fewer than one a service and process`,
      ),
      planRow(
        'push.fcmQuotas',
        'FCM’s default quota, times',
        fcm / c.pushFcmPerSecond,
        '1',
        () =>
          `${amount(fcm)} notices/s of the fleet to FCM ÷ ${amount(c.pushFcmPerSecond)}/s a project: above 1 it must be raised by Google, or a notice must stand for more`,
      ),
      planRow(
        'push.boxesPerCell',
        'boxes that tell phones',
        boxes,
        'nodes',
        () => `${need.of}: ${need.why()} = ${amount(need.machines)} → ${boxes} in ${cell.zones} zones`,
      ),
    ],
  };
}
