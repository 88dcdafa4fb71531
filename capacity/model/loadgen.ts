/**
 * The load engine: boxes that test a cell as it is meant to run, connections, heartbeats, messages and a storm at once. They are
 * hired for a test and are no part of the running fleet: nothing else counts them.
 */
import { amount, bytes } from './amount.ts';
import type { Cell } from './cells.ts';
import type { GATEWAY_COEFFICIENTS } from './coefficients-gateway.ts';
import type { LOADGEN_COEFFICIENTS } from './coefficients-loadgen.ts';
import type { ComponentPlan } from './component.ts';
import type { Demand } from './demand.ts';
import { largestNeed, wholeMachines } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { Numbers } from './quantity.ts';
import type { WorkloadNumbers } from './workload.ts';

export type LoadgenNumbers = Numbers<typeof LOADGEN_COEFFICIENTS & typeof GATEWAY_COEFFICIENTS>;

export function loadgenPlan(workload: WorkloadNumbers, c: LoadgenNumbers, demand: Demand, cell: Cell): ComponentPlan {
  const connections = demand.connections * cell.share;
  const perConnection = c.loadgenKernelBytesPerConnection + c.loadgenBytesPerConnection + c.loadgenTlsBytesPerConnection;
  const messages = demand.sendsPerSecond * cell.share;
  const deliveries = demand.deliveriesPerSecond * cell.share;
  const heartbeats = demand.heartbeatsPerSecond * cell.share;
  const steadyConnects = demand.connectsPerSecond * cell.share;
  const stormConnects = (connections * workload.stormShare) / workload.stormSeconds;
  const usPerConnect = c.loadgenUsPerConnect + c.loadgenUsPerTlsConnect;
  // What was measured is a message with its 2.1 deliveries; more of them cost in proportion.
  const usPerMessage = c.loadgenUsPerMessage * Math.max(1, deliveries / messages / c.loadgenDeliveriesPerMessage);
  const steady = (heartbeats * c.loadgenUsPerHeartbeat + messages * usPerMessage + steadyConnects * usPerConnect) / 1e6;
  const cores = steady + (stormConnects * usPerConnect) / 1e6;
  const traffic = (messages * 2 + deliveries * 2 + heartbeats) * c.loadgenBytesPerFrame + (messages + deliveries) * workload.bodyBytes;
  const needs = [
    {
      of: 'processor',
      machines: cores / (c.loadgenBoxCores * c.loadgenUtilisation),
      why: () => `${amount(cores)} processors busy ÷ (${amount(c.loadgenUtilisation)} × ${c.loadgenBoxCores})`,
    },
    {
      of: 'memory',
      machines: (connections * perConnection) / (c.loadgenBoxMemoryBytes * c.loadgenMemoryUse),
      why: () =>
        `${amount(connections)} connections × ${bytes(perConnection)} ÷ (${amount(c.loadgenMemoryUse)} × ${bytes(c.loadgenBoxMemoryBytes)})`,
    },
    {
      of: 'ports',
      machines: connections / (cell.gateways * c.loadgenBoxAddresses * c.loadgenConnectionsPerAddressPair),
      why: () =>
        `${amount(connections)} connections ÷ (${cell.gateways} gateways × ${c.loadgenBoxAddresses} addresses × ${amount(c.loadgenConnectionsPerAddressPair)})`,
    },
    {
      of: 'network',
      machines: traffic / c.loadgenBoxNetworkBytes,
      why: () => `${bytes(traffic)}/s ÷ ${bytes(c.loadgenBoxNetworkBytes)}/s`,
    },
  ];
  const need = largestNeed(needs);
  const boxes = wholeMachines(need.machines);
  const perGateway = connections / cell.gateways;
  const addressesForGateway = Math.ceil(perGateway / c.loadgenConnectionsPerAddressPair);
  return {
    component: 'loadgen',
    binding: need.of,
    machines: {
      count: boxes,
      cores: Math.ceil(cores / (boxes * c.loadgenUtilisation) - 1e-9),
      memoryBytes: (connections * perConnection) / (boxes * c.loadgenMemoryUse),
      diskBytes: 0,
      networkBytesPerSecond: traffic / boxes,
    },
    rows: [
      planRow(
        'loadgen.connectsPerSecond',
        'connections opened while a storm is tested',
        steadyConnects + stormConnects,
        'connections/s',
        () =>
          `${amount(connections)} × ${amount(workload.stormShare)} ÷ ${amount(workload.stormSeconds)} s + ${amount(steadyConnects)} of every day`,
      ),
      planRow(
        'loadgen.busyCores',
        'processors busy, a storm included',
        cores,
        'cores',
        () =>
          `${amount(heartbeats)} heartbeats/s × ${amount(c.loadgenUsPerHeartbeat)} us + ${amount(messages)} messages/s × ${amount(usPerMessage)} us + ${amount(steadyConnects + stormConnects)} connects/s × ${amount(usPerConnect)} us`,
      ),
      planRow(
        'loadgen.memoryBytes',
        'memory of the clients’ ends',
        connections * perConnection,
        'B',
        () =>
          `${amount(connections)} connections × ${bytes(perConnection)}: kernel ${bytes(c.loadgenKernelBytesPerConnection)}, engine ${bytes(c.loadgenBytesPerConnection)}, TLS ${bytes(c.loadgenTlsBytesPerConnection)}`,
      ),
      planRow(
        'loadgen.addressesForGateway',
        'addresses that test one gateway',
        addressesForGateway,
        '1',
        () => `${amount(perGateway)} connections ÷ ${amount(c.loadgenConnectionsPerAddressPair)} from one address to one address and port`,
      ),
      planRow(
        'loadgen.boxesForGateway',
        'boxes that test one gateway',
        wholeMachines(Math.max(need.machines / cell.gateways, addressesForGateway / c.loadgenBoxAddresses)),
        'nodes',
        () => `${amount(need.machines / cell.gateways)} by ${need.of}, ${amount(addressesForGateway / c.loadgenBoxAddresses)} by addresses`,
      ),
      planRow(
        'loadgen.boxesForCell',
        'boxes that test one cell',
        boxes,
        'nodes',
        () =>
          `${need.of}: ${need.why()} = ${amount(need.machines)} → ${boxes}; ${needs.map((one) => `${one.of} ${amount(one.machines)}`).join(', ')}`,
      ),
      planRow(
        'loadgen.boxesForFleet',
        'boxes that would test the fleet at once',
        boxes * cell.cells,
        'nodes',
        () => `${boxes} a cell × ${cell.cells} cells: a fleet is proved cell by cell`,
      ),
    ],
  };
}
