/** A soak goes on after its own process was killed: one record, one ledger, every component restarted, nothing lost. */
import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GradedRow } from '../frame/grade.ts';
import { CommandFolder, kill } from '../verbs/command.harness.ts';
import { keptSamples } from './samples.ts';
import type { SoakRecord } from './soak-record.ts';
import type { SoakResume } from './soak-run.ts';

const LIMIT_MS = 180_000;

test(
  'a soak whose process is killed after its restarts is gone on with to its end, in one record with nothing lost',
  async () => {
    const folder = new CommandFolder();
    try {
      const first = folder.start('soak', '--for', '20s', '--connections', '60', '--rate', '40', '--lifetime', '8s');
      const run = await folder.fileOfRun<SoakResume>('resume.json', 90_000, ({ restarts }) => restarts !== undefined);
      const before = keptSamples(run).length;
      await kill(first);
      const { stdout, exitCode } = await folder.run('soak', '--resume', run, '--json');
      const { record, rows } = JSON.parse(stdout) as { record: SoakRecord; rows: GradedRow[] };
      // So short a soak can't tell a leak, and says so.
      expect(exitCode).toBe(2);
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
      folder.remove();
    }
  },
  LIMIT_MS,
);
