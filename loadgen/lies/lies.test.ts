/** A harness that can't be fooled: every deliberate lie is told here, and not one is proved. Lies of processes: lies.slow.test.ts. */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BOX_CLAIMS } from '../../capacity/claims.ts';
import type { RunRecord } from '../../capacity/run-record.ts';
import { syntheticRun } from '../../capacity/synthetic-run.ts';
import { judge } from '../../capacity/verdict.ts';
import { compare } from '../compare/compare.ts';
import { recount } from '../ledger/recount.ts';
import { assess } from '../report/assessment.ts';
import { doubted, findRun } from '../report/run-folder.ts';
import { CLOCK_LIES } from './clock-lies.harness.ts';
import { COMPARE_LIES, honestRuns } from './compare-lies.harness.ts';
import { DOCUMENT_FILE, liesDocument } from './document.harness.ts';
import { FOLDER_LIES } from './folder-lies.harness.ts';
import { LEDGER_CLAIMS, LEDGER_LIES, ledgerRun, writeLedgerRun } from './ledger-lies.harness.ts';
import { worstOf } from './lie.ts';
import { RECORD_LIES } from './record-lies.harness.ts';

describe('a lie in a record, or of the clocks that made it', () => {
  test('is told of one that proves both rows', () => {
    expect(judge(BOX_CLAIMS, syntheticRun()).map(({ verdict }) => verdict)).toEqual(['proved', 'proved']);
  });
  for (const { lie, tell, verdict, says } of [...RECORD_LIES, ...CLOCK_LIES]) {
    test(`${lie}: ${verdict}`, () => {
      const verdicts = judge(BOX_CLAIMS, tell(syntheticRun()));
      expect(verdicts.map((one) => one.verdict)).not.toContain('proved');
      const worst = worstOf(verdicts);
      expect<string>(worst.verdict).toBe(verdict);
      expect(worst.reasons).toContain(says);
    });
  }
});

describe('a lie in ledgers', () => {
  test('is told of some that prove both rows', () => {
    expect(judge(LEDGER_CLAIMS, ledgerRun())).toMatchObject([{ verdict: 'proved' }, { verdict: 'proved' }]);
  });
  for (const one of LEDGER_LIES) {
    test(`${one.lie}: ${one.verdict}`, () => {
      const verdicts = judge(LEDGER_CLAIMS, ledgerRun(one));
      expect(verdicts.map(({ verdict }) => verdict)).not.toContain('proved');
      const worst = worstOf(verdicts);
      expect([worst.verdict, worst.reasons]).toEqual([one.verdict, expect.stringContaining(one.says)]);
    });
  }
});

describe('a lie in the folder of a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lies-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is told of one that is proved, digest, recount and all', () => {
    const record = writeLedgerRun(folder);
    expect(recount(folder, record)).toEqual([]);
    expect(assess(read(folder)).verdicts).toMatchObject([{ verdict: 'proved' }, { verdict: 'proved' }]);
  });

  for (const one of FOLDER_LIES) {
    test(`${one.lie}: ${one.verdict}`, () => {
      one.edit(folder, writeLedgerRun(folder));
      const record = read(folder);
      const { verdicts, doubts } = assess(one.recount ? doubted(record, ...recount(folder, record)!) : record);
      expect<string>(worstOf(verdicts).verdict).toBe(one.verdict);
      expect(doubts.map(({ text }) => text).join()).toContain(one.says);
    });
  }
});

describe('a lie in what is compared', () => {
  test('is told of runs that are not worse', () => {
    expect(compare({ name: 'A', records: honestRuns(1) }, { name: 'B', records: honestRuns(5) })).toMatchObject({ verdict: 'notWorse' });
  });

  for (const { lie, tell, verdict, says } of COMPARE_LIES) {
    test(`${lie}: ${verdict}`, () => {
      const found = compare({ name: 'A', records: honestRuns(1) }, { name: 'B', records: tell(honestRuns(5)) });
      const seen = 'refused' in found ? ['refused', found.refused] : [found.verdict === 'worse' ? 'refuted' : found.verdict, found.why];
      expect(seen).toEqual([verdict, expect.stringContaining(says)]);
    });
  }
});

test('LIES.md is the table of all lies', () => {
  expect(readFileSync(DOCUMENT_FILE, 'utf8')).toBe(liesDocument());
});

function read(folder: string): RunRecord {
  const found = findRun(folder);
  if ('noRun' in found) throw new Error(found.noRun);
  return found.record;
}
