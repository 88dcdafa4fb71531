/**
 * A store of prekeys for one cell, which is planned and not built: what devices leave, what is fetched and left anew. A key is
 * given once, by a conditional write, so it stands in a cluster of its own: a table is written conditionally or plainly, never
 * both ways.
 */
import { amount, bytes } from './amount.ts';
import type { Cell } from './cells.ts';
import type { CASSANDRA_COEFFICIENTS } from './coefficients-cassandra.ts';
import type { FLEET_COEFFICIENTS } from './coefficients-fleet.ts';
import type { PREKEYS_COEFFICIENTS } from './coefficients-prekeys.ts';
import type { ComponentPlan } from './component.ts';
import type { Demand } from './demand.ts';
import { coresNeed, coresOfEach, largestNeed, machinesInZones, type ProcessorWork } from './needs.ts';
import { planRow } from './plan-row.ts';
import type { Numbers } from './quantity.ts';
import { logicalBytes, nodesFor, stored } from './stored-bytes.ts';
import { DAY_SECONDS } from './unit.ts';
import type { WorkloadNumbers } from './workload.ts';

export type PrekeysNumbers = Numbers<typeof PREKEYS_COEFFICIENTS & typeof CASSANDRA_COEFFICIENTS & typeof FLEET_COEFFICIENTS>;

export function prekeysPlan(workload: WorkloadNumbers, c: PrekeysNumbers, demand: Demand, cell: Cell): ComponentPlan {
  const devices = workload.dailyUsers * cell.share * workload.devicesPerUser;
  const perDevice = c.prekeysOneTimeKeys * c.prekeysOneTimeBytes + c.prekeysBundleBytes;
  const rows = c.prekeysOneTimeKeys + 1;
  const growth = (perDevice + rows * c.prekeysRowBytes) / perDevice;
  const disk = stored(logicalBytes(devices * perDevice), growth, c.cassandraReplicas);
  const kemDisk = devices * c.prekeysOneTimeKeys * (c.prekeysKemBytes + c.prekeysRowBytes) * c.cassandraReplicas;
  // A sender fetches a key of each device of whom he writes to; each key that was given is left anew.
  const peak = Math.max(1, demand.peakFactor);
  const fetches = (workload.dailyUsers * cell.share * c.prekeysNewPeersPerDay * workload.devicesPerUser * peak) / DAY_SECONDS;
  const keyUs = c.cassandraUsPerRequest + c.cassandraUsPerRow;
  const cores = (fetches * (c.prekeysUsPerFetch + keyUs * c.cassandraReplicas)) / 1e6;
  const work: ProcessorWork = { what: 'processor', cores, usPerOperation: c.prekeysUsPerFetch, coresPerMachine: c.prekeysNodeCores };
  const needs = [
    coresNeed(work, cell, c),
    {
      of: 'disk',
      machines: nodesFor(disk, c.prekeysNodeDataBytes),
      why: () => `${bytes(disk)} on disks ÷ ${bytes(c.prekeysNodeDataBytes)} a node`,
    },
  ];
  // A key that is given is read and marked by a quorum, and one is left anew: some four times its row.
  const traffic = (4 * fetches * (c.prekeysOneTimeBytes + c.prekeysRowBytes) * c.cassandraReplicas) / c.cassandraNetworkUse;
  const need = largestNeed(needs);
  const nodes = machinesInZones(need.machines, Math.max(cell.zones, c.cassandraReplicas));
  return {
    component: 'prekeys',
    binding: need.of,
    machines: {
      count: nodes,
      get cores() {
        return coresOfEach(work, nodes, c.cassandraNodeCoresLeast, cell, c);
      },
      memoryBytes: c.prekeysNodeMemoryBytes,
      diskBytes: disk / nodes / (1 - c.prekeysDiskFree),
      networkBytesPerSecond: traffic / nodes + disk / nodes / c.cassandraRebuildSeconds,
    },
    rows: [
      planRow(
        'prekeys.bytesPerDevice',
        'public keys that a device leaves',
        perDevice,
        'B/device',
        () => `${amount(c.prekeysOneTimeKeys)} one-time keys × ${c.prekeysOneTimeBytes} B + ${c.prekeysBundleBytes} B`,
      ),
      planRow(
        'prekeys.storedBytes',
        'keys on all disks',
        disk,
        'B stored',
        () =>
          `${amount(devices)} devices × (${bytes(perDevice)} + ${amount(rows)} rows × ${bytes(c.prekeysRowBytes)}) × ${c.cassandraReplicas} replicas`,
      ),
      planRow(
        'prekeys.kemStoredBytes',
        'beside it: keys of PQXDH too',
        disk + kemDisk,
        'B stored',
        () =>
          `${bytes(disk)} + ${amount(devices)} devices × ${amount(c.prekeysOneTimeKeys)} keys × (${c.prekeysKemBytes} + ${amount(c.prekeysRowBytes)}) B × ${c.cassandraReplicas} replicas`,
      ),
      planRow(
        'prekeys.fetchesPerSecond',
        'one-time keys given at the peak',
        fetches,
        'reads/s',
        () =>
          `${amount(workload.dailyUsers * cell.share)} users × ${amount(c.prekeysNewPeersPerDay)} new peers/day × ${amount(workload.devicesPerUser)} devices × ${amount(peak)} at the peak`,
      ),
      planRow(
        'prekeys.busyCores',
        'processors busy with keys',
        cores,
        'cores',
        () =>
          `${amount(fetches)} fetches/s × (${amount(c.prekeysUsPerFetch)} us + a key left anew, ${amount(keyUs)} us × ${c.cassandraReplicas})`,
      ),
      planRow(
        'prekeys.nodesPerCell',
        'nodes of a cell’s prekeys',
        nodes,
        'nodes',
        () => `${need.of}: ${need.why()} = ${amount(need.machines)} → ${nodes} in ${cell.zones} zones`,
      ),
    ],
  };
}
