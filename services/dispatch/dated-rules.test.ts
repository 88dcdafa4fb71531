import { expect, test } from 'bun:test';
import { rulesByTime } from './dated-rules.ts';

const rule = (fromMs: number, messagesPerSecond: number) => ({ fromMs, messagesPerSecond, burst: 10 });

test('a record is decided by the rule that counted at its log time, whoever reads it when', () => {
  const rulesAt = rulesByTime([rule(0, 1), rule(5_000, 2), rule(9_000, 3)]);
  expect([0, 4_999, 5_000, 8_999, 9_000, 1e12].map((ms) => rulesAt(ms).messagesPerSecond)).toEqual([1, 1, 2, 2, 3, 3]);
});

test('rules that leave a time without one, or none at all, are refused', () => {
  for (const rules of [[], [rule(1, 1)], [rule(0, 1), rule(0, 2)], [rule(0, 1), rule(9, 1), rule(8, 1)], [rule(0, 0)]])
    expect(() => rulesByTime(rules)).toThrow('rules');
});
