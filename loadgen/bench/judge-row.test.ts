import { describe, expect, test } from 'bun:test';
import { exitCodeOf, measuredOf, verdictOf } from './judge-row.ts';
import { ROWS, type Row } from './rows.ts';

const atMost = ROWS.find((row) => row.name === 'message-10k') as Row;
const atLeast = ROWS.find((row) => row.name === 'million') as Row;
const verdict = (row: Row, ...values: number[]) => verdictOf(row, measuredOf(values.map((value) => ({ value }))), false).kind;

describe('the verdict on a row', () => {
  test('a median at the goal reaches it', () => {
    expect(verdict(atMost, 45, 44, 99)).toBe('reached');
    expect(verdict(atLeast, 1_000_000)).toBe('reached');
  });

  test('a median beyond the goal misses it, whichever side that is', () => {
    expect(verdict(atMost, 46, 47, 10)).toBe('missed');
    expect(verdict(atLeast, 999_999)).toBe('missed');
  });

  test('a disturbed repeat does not count while another stands', () => {
    const ours = measuredOf([{ value: 90, spoilt: 'others used 40 %' }, { value: 40 }]);
    expect(ours.spread).toEqual({ median: 40, least: 40, most: 40, repeats: 1 });
    expect(verdictOf(atMost, ours, false).kind).toBe('reached');
  });

  test('with nothing but disturbed repeats a row is noisy, even where its figure is good', () => {
    const ours = measuredOf([{ value: 10, spoilt: 'others used 40 %' }]);
    expect(ours.spread?.median).toBe(10);
    expect(verdictOf(atMost, ours, false)).toEqual({ kind: 'noisy', reason: 'others used 40 %' });
  });

  test('without a figure it was not run, and says why', () => {
    expect(verdictOf(atMost, measuredOf([{ missing: 'the box ended' }]), false)).toEqual({ kind: 'notRun', reason: 'the box ended' });
    expect(verdictOf(atMost, measuredOf([]), false).kind).toBe('notRun');
  });

  test('quick sizes judge nothing', () => {
    expect(verdictOf(atMost, measuredOf([{ value: 1 }]), true).kind).toBe('notJudged');
  });
});

describe('the exit code', () => {
  const kinds = (...list: Array<'reached' | 'missed' | 'noisy' | 'notRun' | 'notJudged'>) =>
    exitCodeOf(list.map((kind) => (kind === 'reached' || kind === 'missed' ? { kind } : { kind, reason: 'why' })));

  test('0 when all goals are reached, or a quick bench measured all', () => {
    expect(kinds('reached', 'reached')).toBe(0);
    expect(kinds('notJudged')).toBe(0);
  });

  test('a missed goal is told before anything else', () => {
    expect(kinds('reached', 'notRun', 'noisy', 'missed')).toBe(1);
  });

  test('a row that could not run is told before a noisy one', () => {
    expect(kinds('noisy', 'notRun')).toBe(3);
    expect(kinds('noisy', 'reached')).toBe(2);
    expect(kinds()).toBe(3);
  });
});
