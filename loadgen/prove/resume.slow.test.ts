/** The process that makes a proof is killed, its workers with it; another goes on with the ledgers, and nothing is new to it. */
import { expect, test } from 'bun:test';
import { CommandFolder, kill } from '../verbs/command.harness.ts';
import type { ProofRecord } from './prove.ts';
import type { ResumeFile } from './resume-file.ts';

const LIMIT_MS = 180_000;

test(
  'a proof whose process is killed after its first fault is gone on with to its end, and holds',
  async () => {
    const folder = new CommandFolder();
    try {
      const first = folder.start('prove', '--faults', 'kill-edge,kill-relay', '--connections', '200', '--rate', '100');
      const run = await folder.fileOfRun<ResumeFile>('resume.json', 60_000, ({ shots }) => shots.length > 0);
      await kill(first);
      const { stdout, exitCode } = await folder.run('prove', '--resume', run, '--json');
      const proof = JSON.parse(stdout) as ProofRecord;
      expect(exitCode).toBe(0);
      expect(proof.shots).toHaveLength(2);
      expect(proof.ledger).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, unknown: 0, unsent: 0 });
    } finally {
      folder.remove();
    }
  },
  LIMIT_MS,
);
