/** What a test of a lie of processes asks: nothing is proved, and the reason is among what the report says. */
import { expect } from 'bun:test';
import type { RunRecord } from '../../capacity/run-record.ts';
import { assess } from '../report/assessment.ts';
import { type Lie, worstOf } from './lie.ts';

export function expectTold(record: RunRecord, { verdict, says }: Lie): void {
  const { verdicts, doubts } = assess(record);
  expect(verdicts.map((one) => one.verdict)).not.toContain('proved');
  const worst = worstOf(verdicts);
  // Where others fill the machine, only what is lost, doubled or out of order is still the box's own.
  expect([verdict, 'inconclusive']).toContain(worst.verdict);
  expect([worst.reasons, ...doubts.map(({ text }) => text)].join('\n')).toContain(says);
}
