/** A rolling upgrade of a real box under traffic, small: the parts are replaced for real, and nothing is lost by it. */
import { expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DrainRecord } from './drain-record.ts';
import type { DrainRow } from './grade.ts';

const PARLEY = fileURLToPath(new URL('../../parley.ts', import.meta.url));

test('the relay is replaced with no disconnect, then each edge, whose clients are all back and closed at most once in its drain', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-drain-'));
  try {
    const words = ['drain', '--connections', '100', '--rate', '50', '--edges', '2', '--closes', '100', '--calm-seconds', '0', '--json'];
    const child = Bun.spawn([process.execPath, PARLEY, ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    const { record, rows } = JSON.parse(await new Response(child.stdout).text()) as { record: DrainRecord; rows: DrainRow[] };
    // Times hang on the machine; what was lost, ended or closed twice does not.
    expect([0, 2]).toContain(await child.exited);
    expect(record.parts.map(({ part }) => part)).toEqual(['relay', 'edge 0', 'edge 1']);
    expect(record.parts[0]).toMatchObject({ closed: 0, mostOfOne: 0 });
    for (const edge of record.parts.slice(1)) {
      expect(edge.calmMs).toBeGreaterThan(0);
      expect(edge.closed).toBeGreaterThan(0);
      expect(edge.mostOfOne).toBe(1);
    }
    expect(record.relayDelays!.acceptedMaxUs).toBeGreaterThan(0);
    expect(record.ledger).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, unknown: 0, unsent: 0 });
    expect(rows.filter(({ grade }) => grade === 'refuted')).toEqual([]);
    const [run] = readdirSync(join(folder, 'runs'));
    expect(existsSync(join(folder, 'runs', run!, 'plan.json'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
