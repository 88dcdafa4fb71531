/** Each bug that is planted in a copy of the sources is caught by a proof that shoots at the box made from it. */
import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from '../coordinator/progress.ts';
import { FAULTS } from './faults.ts';
import { PLANTED_BUGS } from './planted-bugs.harness.ts';
import { plantedTree } from './planted-tree.harness.ts';
import { proofLines } from './proof-table.ts';
import { type ProofRecord, prove } from './prove.ts';

const QUIET = new Progress({ isTerminal: false, write: () => {} }, 0);
const LIMIT_MS = 240_000;

async function proofOf(
  faults: readonly string[],
  rounds: number,
  boxCommand?: (flags: readonly string[]) => string[],
): Promise<ProofRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-prove-'));
  try {
    return await prove({
      options: {
        faults: faults.map((name) => FAULTS.find((fault) => fault.name === name)!),
        rounds,
        seed: 1,
        connections: 300,
        sendsPerSecond: 150,
        edges: 3,
        boxFlags: [],
        ...(boxCommand === undefined ? {} : { boxCommand }),
        system: 'a box with a planted bug',
        servers: [],
        calmLimitMs: 30_000,
      },
      id: 'planted',
      command: [],
      folder,
      progress: QUIET,
      signal: new AbortController().signal,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a proof catches that', () => {
  for (const bug of PLANTED_BUGS) {
    test(
      bug.name,
      async () => {
        const tree = plantedTree(bug.edits);
        try {
          const proof = await proofOf(bug.faults, bug.rounds, tree.gatewayCommand);
          if (proof.exitCode !== 1) console.error(proofLines(proof).join('\n'));
          expect(proof.exitCode).toBe(1);
        } finally {
          tree.remove();
        }
      },
      LIMIT_MS,
    );
  }
});

test(
  'and finds nothing where nothing is planted',
  async () => {
    const proof = await proofOf(['kill-edge', 'kill-relay', 'kill-embedded', 'kill-generator'], 1);
    expect(proof.reasons).toEqual([]);
    expect(proof.exitCode).toBe(0);
  },
  LIMIT_MS,
);
