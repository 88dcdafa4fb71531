/** The result of `parley redis-costs` for people. */
import type { RedisCosts } from './verb.ts';

export function costTable(result: RedisCosts): string {
  const { loadAverages, rows, userBytes, subscriptions, primaries, writes, fleetReadsPerSecond, fleetUsers, utilisation } = result;
  const costs = rows.map((row) => [
    row.operation,
    row.page,
    row.inFlight,
    Math.round(row.operationsPerSecond),
    us(row.clientUs),
    row.serverUs === undefined ? '-' : us(row.serverUs),
  ]);
  const needed = primaries.map((row) => [
    row.layout,
    row.page,
    Math.round(row.readsPerSecondPerServerCore),
    Math.round(row.readsPerSecondPerClientCore),
    row.primaries,
  ]);
  const written = writes.map((row) => [
    row.form,
    row.writesPerSecondPerMillionUsers.toFixed(1),
    row.serverCoresPerMillionUsers?.toFixed(4) ?? '-',
    row.primaries ?? '-',
  ]);
  return [
    `us of processor time per operation; load average ${loadAverages.map((load) => load.toFixed(1)).join(' before, ')} after`,
    table(['operation', 'a call', 'in flight', 'per s', 'client us', 'server us'], costs),
    '',
    `${fleetReadsPerSecond} random reads of presence a second, primaries at ${utilisation * 100} % of a core`,
    table(['layout', 'a call', 'reads/s per server core', 'per client core', 'primaries'], needed),
    '',
    `keeping who is there: per million users, and primaries for ${fleetUsers}`,
    table(['layout', 'writes/s', 'server cores', 'primaries'], written),
    '',
    `a user's route: ${Math.round(userBytes.route)} bytes at the server; his naive key, beside it: ${Math.round(userBytes.naiveKey)}`,
    `a watched channel: ${Math.round(subscriptions.bytesPerChannel)} bytes at the server`,
  ].join('\n');
}

function us(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}

function table(head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => String(row[column]).length)));
  const line = (cells: ReadonlyArray<string | number>) =>
    cells.map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0]!) : String(cell).padStart(widths[column]!))).join('  ');
  return [line(head), ...rows.map(line)].join('\n');
}
