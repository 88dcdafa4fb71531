/**
 * Each bug that is planted in a copy of the sources is caught by a proof that shoots at the box made from it. On real systems
 * only the box's own processes are shot at, so that the servers of other tests go on. Each takes three to four minutes, so an
 * ordinary run plants the first one. By hand: PARLEY_PLANTED_BUGS=all every one and none; words, separated by commas, those that
 * have one of them in their name; with PARLEY_TEST_STACK, a settings file of real systems on this machine, on these. A line says
 * what came of each when it is done, a table at the end of all.
 */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from '../coordinator/progress.ts';
import { backendsFor, readRealStack } from '../verbs/real-stack.ts';
import { FAULTS } from './faults.ts';
import { type Planted, type Planting, plantedLine, plantedTable, plantings } from './planted-run.harness.ts';
import { plantedTree } from './planted-tree.harness.ts';
import { proofLines } from './proof-table.ts';
import { type ProofRecord, prove } from './prove.ts';

const QUIET = new Progress({ isTerminal: false, write: () => {} }, 0);
const LIMIT_MS = 480_000;
/** Real servers share the processors with both ends: what does not come to rest shows no tails and receipts that lag. */
const LOADS = { embedded: { sendsPerSecond: 150, calmLimitMs: 30_000 }, real: { sendsPerSecond: 60, calmLimitMs: 60_000 } } as const;
const REAL = process.env.PARLEY_TEST_STACK;
const ASKED = process.env.PARLEY_PLANTED_BUGS;
const PLANTINGS = plantings(ASKED, REAL !== undefined);
const results: Planted[] = [];

interface Proof {
  readonly faults: readonly string[];
  readonly rounds: number;
  readonly boxCommand?: (flags: readonly string[]) => string[];
  readonly real: boolean;
}

async function proofOf({ faults, rounds, boxCommand, real }: Proof): Promise<ProofRecord> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-prove-'));
  try {
    return await prove(
      { id: 'planted', command: [], folder, progress: QUIET, signal: new AbortController().signal },
      {
        faults: faults.map((name) => FAULTS.find((fault) => fault.name === name)!),
        rounds,
        seed: 1,
        connections: 300,
        ...LOADS[real ? 'real' : 'embedded'],
        edges: 3,
        on: real ? backendsFor(readRealStack(REAL!), folder, 'planted', 2) : undefined,
        ...(boxCommand === undefined ? {} : { boxCommand }),
        system: 'a box with a planted bug',
        servers: [],
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function expectCaught(planting: Planting): Promise<void> {
  const { bug, where } = planting;
  const tree = plantedTree(bug.edits);
  const startedMs = performance.now();
  try {
    const proof = await proofOf({ faults: bug.faults, rounds: bug.rounds, boxCommand: tree.gatewayCommand, real: where === 'real' });
    const result = { ...planting, proof, seconds: (performance.now() - startedMs) / 1_000 };
    results.push(result);
    if (ASKED !== undefined) console.error(plantedLine(result));
    if (proof.exitCode !== 1) console.error(proofLines(proof).join('\n'));
    expect(proof.exitCode).toBe(1);
  } finally {
    tree.remove();
  }
}

for (const [where, systems] of [
  ['embedded', 'embedded backends'],
  ['real', 'real systems'],
] as const) {
  const own = PLANTINGS.filter((planting) => planting.where === where);
  if (own.length === 0) continue;
  describe(`on ${systems} a proof catches that`, () => {
    for (const planting of own) test(planting.bug.name, () => expectCaught(planting), LIMIT_MS);
  });
}

afterAll(() => {
  if (ASKED !== undefined) console.error(plantedTable(results).join('\n'));
});

if (ASKED === 'all') {
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
