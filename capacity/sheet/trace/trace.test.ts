/** The model's own code, run on numbers that remember how they came to be. */
import { beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { DEFAULT_COEFFICIENTS } from '../../model/coefficients.ts';
import { isInfeasible } from '../../model/component.ts';
import { middleOf } from '../../model/draws.ts';
import { planOnce } from '../../model/plan-once.ts';
import { DEFAULT_WORKLOAD, type WorkloadKey } from '../../model/workload.ts';
import { constant, type Expression, evaluator, input, OPERATIONS, operation } from './expression.ts';
import { formulaOf } from './formula.ts';
import { tracedPlan } from './traced-plan.ts';
import type { Guard } from './tracer.ts';

const WORKLOAD = middleOf(DEFAULT_WORKLOAD);
const COEFFICIENTS = middleOf(DEFAULT_COEFFICIENTS);

describe('the traced model', () => {
  let rows: ReadonlyMap<string, Expression>;
  let guards: readonly Guard[];

  beforeAll(async () => {
    const built = await Bun.build({ entrypoints: [join(import.meta.dir, '../../model/plan-once.ts')], format: 'esm', target: 'bun' });
    const plan = tracedPlan(await built.outputs[0]!.text(), WORKLOAD, COEFFICIENTS);
    if (isInfeasible(plan)) throw new Error(plan.infeasible);
    ({ rows, guards } = plan);
  });

  test('has an expression for every row, of the value that the model gives', () => {
    const plan = planOnce(WORKLOAD, COEFFICIENTS);
    if (isInfeasible(plan)) throw new Error(plan.infeasible);
    for (const row of plan.rows) expect([row.id, rows.get(row.id)?.value]).toEqual([row.id, row.value]);
    expect([...rows].filter(([, expression]) => expression.operator === 'constant').map(([id]) => id)).toEqual([]);
  });

  test('says what the model says for other inputs while every guard holds', () => {
    let held = 0;
    for (const [key, factor] of [
      ['typingPerMessage', 1.001],
      ['bodyBytes', 1.0001],
      ['retentionDays', 0.999],
      ['presenceReadsPerSecond', 0.9999],
      ['connections', 1.0000001],
    ] as const satisfies readonly (readonly [WorkloadKey, number])[]) {
      const workload = { ...WORKLOAD, [key]: WORKLOAD[key] * factor };
      const computedOf = evaluator(workload);
      const holds = guards.every(
        ({ comparison, left, right, holds }) => (OPERATIONS[comparison](computedOf(left), computedOf(right)) === 1) === holds,
      );
      const plan = planOnce(workload, COEFFICIENTS);
      if (!holds || isInfeasible(plan)) continue;
      held++;
      for (const row of plan.rows) expect(Math.abs(computedOf(rows.get(row.id)!) / row.value - 1)).toBeLessThan(1e-9);
    }
    expect(held).toBeGreaterThan(0);
  });
});

test('formulas compute in the order of the code', () => {
  const [a, b] = [input('a', 2), input('b', 3)];
  const name = () => undefined;
  expect(formulaOf(operation('-', [a, operation('-', [b, constant(1)])]), name)).toBe('a-(b-1)');
  expect(formulaOf(operation('**', [operation('negate', [a]), constant(2)]), name)).toBe('(-a)^2');
  expect(formulaOf(operation('negate', [operation('**', [a, constant(2)])]), name)).toBe('-(a^2)');
  expect(formulaOf(operation('ceil', [operation('/', [a, constant(1e-9)])]), name)).toBe('CEILING(a/1E-9,1)');
});
