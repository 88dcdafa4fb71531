/** Where stacks stand, and how they are shown to people. */
import { join } from 'node:path';
import type { ServerStatus } from '../server.ts';

export const STACK_ROOT = join(import.meta.dir, '..', '..', '..', '.parley');

export function statusTable(name: string, servers: readonly ServerStatus[]): string {
  const rows = servers.map(({ name: server, pid, port, ready, rssBytes }) => [
    server,
    pid === undefined ? 'stopped' : ready ? 'ready' : 'starting',
    String(port),
    pid === undefined ? '' : String(pid),
    rssBytes === undefined ? '' : `${Math.round(rssBytes / 1_048_576)} MB`,
  ]);
  const table = [[`stack ${name}`, 'state', 'port', 'process', 'memory'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
