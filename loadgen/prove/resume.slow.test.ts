/** The process that makes a proof is killed, its workers with it; another goes on with the ledgers, and nothing is new to it. */
import { expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProofRecord } from './prove.ts';
import type { ResumeFile } from './resume-file.ts';

const PARLEY = fileURLToPath(new URL('../../parley.ts', import.meta.url));
const LIMIT_MS = 180_000;

test(
  'a proof whose process is killed after its first fault is gone on with to its end, and holds',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-resume-'));
    const parley = (...words: string[]) =>
      Bun.spawn([process.execPath, PARLEY, 'prove', ...words], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const first = parley('--faults', 'kill-edge,kill-relay', '--connections', '200', '--rate', '100');
      const run = await firstShot(folder);
      first.kill('SIGKILL');
      await first.exited;
      const second = parley('--resume', run, '--json');
      const proof = JSON.parse(await new Response(second.stdout).text()) as ProofRecord;
      expect(await second.exited).toBe(0);
      expect(proof.shots).toHaveLength(2);
      expect(proof.ledger).toMatchObject({ lost: 0, duplicated: 0, outOfOrder: 0, unknown: 0, unsent: 0 });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  LIMIT_MS,
);

/** The folder of the only run, once it has shot. */
async function firstShot(folder: string): Promise<string> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const runs = existsSync(join(folder, 'runs')) ? readdirSync(join(folder, 'runs')) : [];
    const file = join(folder, 'runs', runs[0] ?? '', 'resume.json');
    if (runs.length > 0 && existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as ResumeFile).shots.length > 0)
      return join(folder, 'runs', runs[0]!);
    await Bun.sleep(100);
  }
  throw new Error('no fault in a minute');
}
