/** A soak goes on after its own process was killed: one record, one ledger, every component restarted, nothing lost. */
import { expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GradedRow } from '../frame/grade.ts';
import { keptSamples } from './samples.ts';
import type { SoakRecord } from './soak-record.ts';

const PARLEY = fileURLToPath(new URL('../../parley.ts', import.meta.url));
const LIMIT_MS = 180_000;

test(
  'a soak whose process is killed after its restarts is gone on with to its end, in one record with nothing lost',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-soak-'));
    const parley = (...words: string[]) =>
      Bun.spawn([process.execPath, PARLEY, 'soak', ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const first = parley('--for', '20s', '--connections', '60', '--rate', '40', '--lifetime', '8s');
      const run = await restarted(folder);
      const before = keptSamples(run).length;
      first.kill('SIGKILL');
      await first.exited;
      const second = parley('--resume', run, '--json');
      const { record, rows } = JSON.parse(await new Response(second.stdout).text()) as { record: SoakRecord; rows: GradedRow[] };
      // So short a soak can't tell a leak, and says so.
      expect(await second.exited).toBe(2);
      expect(record.ledger).toMatchObject({ due: 800, lost: 0, duplicated: 0, outOfOrder: 0, unknown: 0, unsent: 0 });
      expect(record.ledger.delivered).toBe(record.ledger.recipientsExpected);
      expect(record.restarts?.on).toEqual(['edge 0', 'edge 1', 'relay']);
      expect(record.gaps).toHaveLength(1);
      expect(record.samples).toBeGreaterThan(before);
      expect(record.ended).toEqual([]);
      expect(record.disconnects.severed).toBeGreaterThan(0);
      expect(rows.slice(0, 3).map(({ grade }) => grade)).toEqual(['proved', 'proved', 'proved']);
      expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain('edge 0: can&#39;t tell');
      expect(existsSync(join(run, 'resume.json'))).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);

/** The folder of the only run, once each component of its box was restarted. */
async function restarted(folder: string): Promise<string> {
  for (let attempt = 0; attempt < 900; attempt++) {
    const runs = existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')) : [];
    const run = join(folder, 'runs', runs[0] ?? '');
    const file = join(run, 'resume.json');
    if (runs.length > 0 && existsSync(file) && JSON.parse(readFileSync(file, 'utf8')).restarts !== undefined) return run;
    await Bun.sleep(100);
  }
  throw new Error('no restarts in a minute and a half');
}
