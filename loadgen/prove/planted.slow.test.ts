/**
 * Each bug that is planted in a copy of the sources is caught by a proof that shoots at the box made from it. On real systems
 * only the box's own processes are shot at, so that the servers of other tests go on.
 */
import { describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from '../coordinator/progress.ts';
import { readRealStack, settingsForRun } from '../verbs/real-stack.ts';
import { FAULTS } from './faults.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.harness.ts';
import { plantedTree } from './planted-tree.harness.ts';
import { proofLines } from './proof-table.ts';
import { type ProofRecord, prove } from './prove.ts';

const QUIET = new Progress({ isTerminal: false, write: () => {} }, 0);
const LIMIT_MS = 480_000;
/** A settings file of real systems on this machine. */
const REAL = process.env.PARLEY_TEST_STACK;
/** Each takes three to four minutes: an ordinary run plants the first one, PARLEY_PLANTED_BUGS=all every one and none. */
const ALL = process.env.PARLEY_PLANTED_BUGS === 'all';
const EMBEDDED_BUGS = PLANTED_BUGS.filter(({ on }) => on !== 'real').slice(0, ALL ? undefined : 1);
const REAL_BUGS = PLANTED_BUGS.filter(({ on }) => ALL && on !== 'embedded');

interface Proof {
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly boxCommand?: (flags: readonly string[]) => string[];
  readonly real: boolean;
}

async function proofOf({ faults, rounds, boxCommand, real }: Proof): Promise<ProofRecord> {
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
        boxFlags: real ? ['--backends', settingsForRun(readRealStack(REAL!), folder, 'planted'), '--dispatchers', '2'] : [],
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

async function expectCaught(bug: PlantedBug, real: boolean): Promise<void> {
  const tree = plantedTree(bug.edits);
  try {
    const proof = await proofOf({ faults: bug.faults, rounds: bug.rounds, boxCommand: tree.gatewayCommand, real });
    if (proof.exitCode !== 1) console.error(proofLines(proof).join('\n'));
    expect(proof.exitCode).toBe(1);
  } finally {
    tree.remove();
  }
}

describe('on embedded backends a proof catches that', () => {
  for (const bug of EMBEDDED_BUGS) test(bug.name, () => expectCaught(bug, false), LIMIT_MS);
});

if (REAL !== undefined && REAL_BUGS.length > 0) {
  describe('on real systems a proof catches that', () => {
    for (const bug of REAL_BUGS) test(bug.name, () => expectCaught(bug, true), LIMIT_MS);
  });
}

if (ALL) {
  test(
    'and finds nothing where nothing is planted',
    async () => {
      const proof = await proofOf({ faults: ['kill-edge', 'kill-relay', 'kill-embedded', 'kill-generator'], rounds: 1, real: false });
      expect(proof.reasons).toEqual([]);
      expect(proof.exitCode).toBe(0);
    },
    LIMIT_MS,
  );
}
