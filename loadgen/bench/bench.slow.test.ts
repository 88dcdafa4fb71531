import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'parley-bench-verb-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const PARLEY = fileURLToPath(new URL('../../parley.ts', import.meta.url));

test('one row of the bench, quick, from a box to a verdict', async () => {
  const child = Bun.spawn([process.execPath, PARLEY, 'bench', '--quick', '--row', 'lateness', '--json', '--md', 'bench.md'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [text, said] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  const code = await child.exited;
  // A busy machine makes the row noisy, which is a verdict too.
  expect([0, 2]).toContain(code);
  expect(said).toContain('1 of 1: message-10k, repeat 1 of 1');
  const document = JSON.parse(text);
  expect(document.rows).toHaveLength(1);
  expect(document.rows[0].ours.spread.median).toBeGreaterThan(0);
  expect(document.exitCode).toBe(code);
  const record = await Bun.file(join(folder, document.runs[0].record)).json();
  expect(record.ledger.lost).toBe(0);
  expect(record.ledger.due).toBeGreaterThan(1_000);
  expect(await Bun.file(join(folder, 'bench.md')).text()).toContain('| load engine: lateness');
}, 180_000);

test('a row that does not exist is told, and nothing runs', async () => {
  const child = Bun.spawn([process.execPath, PARLEY, 'bench', '--row', 'speed'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  expect(await new Response(child.stderr).text()).toContain('there is no row "speed"');
  expect(await child.exited).toBe(3);
});
