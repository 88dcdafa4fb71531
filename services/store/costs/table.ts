/** The result of `parley store-costs` for people. */
import type { Cost } from './measure.ts';
import type { StoreCosts } from './verb.ts';

export function costTable({ costs, layouts, runs, disk = [], loadAverages }: StoreCosts): string {
  const operations = [...costs, ...(runs?.costs ?? [])].map((cost) => [
    cost.operation,
    Math.round(cost.perSecond),
    us(cost.clientUs),
    server(cost),
    cost.requests.toFixed(2),
  ]);
  const sides = layouts.map(({ layout, messages, rowsOfList, conversations, list, write, listRead, newestRead }) => [
    layout,
    messages,
    `${rowsOfList} of ${conversations}`,
    list.rows,
    list.tombstones,
    both(write),
    both(listRead),
    both(newestRead),
  ]);
  return [
    `us of processor time per operation; load average ${loadAverages.map((load) => load.toFixed(1)).join(' before, ')} after`,
    lines([['operation', 'per s', 'client us', 'server us', 'requests'], ...operations]),
    ...(runs?.fits ?? []).map(
      ({ side, usPerMessage, usPerRequest, usPerRow, worstRelativeError }) =>
        `${side}: ${us(usPerMessage)} us a message + ${us(usPerRequest)} a request + ${us(usPerRow)} a row, worst point ${Math.round(worstRelativeError * 100)} % off`,
    ),
    '',
    'groups of ten; client + server us',
    lines([['layout', 'messages', 'rows of a list', 'rows read', 'tombstones', 'message', 'list', 'newest 50'], ...sides]),
    ...(disk.length === 0
      ? []
      : [
          '',
          'bytes on the disk of one replica, flushed; bodies of random bytes',
          lines([
            ['row', 'table', 'rows', 'bytes', 'a row', 'of it the body'],
            ...disk.map(({ row, table, rows, bytes, bytesPerRow, bodyBytes }) => [
              row,
              table,
              rows,
              bytes,
              bytesPerRow.toFixed(1),
              bodyBytes === 0 ? '-' : bodyBytes,
            ]),
          ]),
        ]),
  ].join('\n');
}

function both(cost: Cost): string {
  return `${us(cost.clientUs)} + ${server(cost)}`;
}

function server({ serverUs }: Cost): string {
  return serverUs === undefined ? '-' : us(serverUs);
}

function us(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function lines(rows: ReadonlyArray<ReadonlyArray<string | number>>): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  const padded = (row: ReadonlyArray<string | number>) =>
    row.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[column]!))).join('  ');
  return rows.map(padded).join('\n');
}
