/** The result of `parley batching` for people. */
import type { FollowerCosts } from './followers.ts';
import type { BatchingResult } from './verb.ts';

type Cell = string | number;

export function curveTable({ drivers, requests, fits }: BatchingResult): string {
  const drive = drivers.map((row) => [
    row.driver,
    row.compression,
    round(row.recordsPerSecond),
    round(row.records / row.requests),
    us(row.clientUs),
    us(row.brokerUs),
    us(row.read.clientUs),
    us(row.read.brokerUs),
    round(row.ackP50Ms),
    round(row.ackP99Ms),
  ]);
  const curve = requests.map((row) => [
    row.driver,
    row.partitions,
    row.records,
    us(row.clientUs / row.records),
    us(row.brokerUs === undefined ? undefined : row.brokerUs / row.records),
  ]);
  const fitted = fits.map((fit) => [
    fit.driver,
    fit.side,
    us(fit.usPerRequest),
    us(fit.usPerPartition),
    us(fit.usPerRecord),
    `${Math.round(fit.worstRelativeError * 100)} %`,
  ]);
  return [
    'drivers at a relay’s rate, us of processor time per record',
    table(
      [
        'driver',
        'compression',
        'records/s',
        'records/request',
        'client',
        'broker',
        'read: client',
        'read: broker',
        'ack p50 ms',
        'ack p99 ms',
      ],
      drive,
    ),
    '',
    'single requests, us per record',
    table(['driver', 'partitions', 'records', 'client', 'broker'], curve),
    '',
    'us of a request = a + b · partitions + c · records',
    table(['driver', 'side', 'a', 'b', 'c', 'worst error'], fitted),
  ].join('\n');
}

export function hopTable({ relayHop, dispatchHop }: BatchingResult): string {
  const row = (first: number, hop: BatchingResult['relayHop'][number] | BatchingResult['dispatchHop'][number]) => [
    first,
    hop.lingerMs,
    round(hop.recordsPerSecond),
    round(hop.records / hop.requests),
    round(hop.records / hop.batches),
    us(hop.clientUs),
    us(hop.brokerUs),
    round(hop.ackP50Ms),
    round(hop.ackP99Ms),
  ];
  const names = ['linger ms', 'records/s', 'records/request', 'records/batch', 'client', 'broker', 'ack p50 ms', 'ack p99 ms'];
  return [
    'relay to bus, us per record',
    table(
      ['brokers', ...names],
      relayHop.map((hop) => row(hop.brokers, hop)),
    ),
    '',
    'dispatcher to deliveries, us per record',
    table(
      ['gateways', ...names],
      dispatchHop.map((hop) => row(hop.gateways, hop)),
    ),
  ].join('\n');
}

export function followerTable({ rows, usPerSecond, usPerBatch }: FollowerCosts): string {
  return [
    'three brokers, us of processor time of all of them per record',
    table(
      ['replicas', 'records/s', 'records/request', 'brokers', 'ack p50 ms', 'ack p99 ms'],
      rows.map((row) => [
        row.replicas,
        round(row.recordsPerSecond),
        round(row.records / row.requests),
        us(row.brokerUs),
        round(row.ackP50Ms),
        round(row.ackP99Ms),
      ]),
    ),
    '',
    `a follower and its leaders: ${round(usPerSecond / 1e3)} ms of processor time a second + ${us(usPerBatch)} us a partition’s batch`,
  ].join('\n');
}

function table(head: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
  const lines = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at]!.length)));
  return lines.map((line) => line.map((cell, at) => cell.padStart(widths[at]!)).join('  ')).join('\n');
}

function us(value: number | undefined): string {
  return value === undefined ? '-' : value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
