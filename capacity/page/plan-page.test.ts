import { describe, expect, test } from 'bun:test';
import { isInfeasible } from '../model/component.ts';
import { makePlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import { planPage } from './plan-page.ts';

const PLAN = makePlan({ draws: 5 });
if (isInfeasible(PLAN)) throw new Error(PLAN.infeasible);
const plan: Plan = PLAN;

describe('the page of a plan', () => {
  test('has every row with its reason, and a drawing for each question', async () => {
    const page = await planPage(plan);
    for (const part of ['Where the processors go', 'Headroom by limit', 'Which inputs matter most', 'Every row'])
      expect(page.includes(part) ? part : '').toBe(part);
    expect(page.match(/<svg /g)?.length).toBe(6);
    expect(plan.rows.filter((row) => !page.includes(row.id.split('.')[0]!))).toEqual([]);
    expect(page.match(/<th scope="row">/g)!.length).toBeGreaterThan(plan.rows.length);
  });

  test('shows money where the plan has prices', async () => {
    const priced: Plan = {
      ...plan,
      rows: [
        ...plan.rows,
        { id: 'cost.kafka', name: 'kafka, each month', value: 3e6, low: 2e6, high: 4e6, unit: 'USD/month', reason: 'brokers × price' },
        { id: 'cost.usdPerMonth', name: 'all, each month', value: 3e6, low: 2e6, high: 4e6, unit: 'USD/month', reason: 'the sum' },
      ],
    };
    const page = await planPage(priced);
    expect(page).toContain('Where the money goes');
    expect(page).toContain('kafka, each month');
  });

  test('is the same for a plan that was read again from its JSON, where a change that can’t be built is null', async () => {
    expect(await planPage(JSON.parse(JSON.stringify(plan)))).toBe(await planPage(plan));
  });

  test('needs nothing from elsewhere, runs no script and draws in the names of the palette only', async () => {
    const page = await planPage(plan);
    expect(/<script|<link|@import|url\((?!#)|src=|href=(?!"#)/.exec(page)?.[0]).toBeUndefined();
    expect(/#[0-9a-f]{6}|rgb\(/i.exec(page.replace(/<style>.*?<\/style>/s, ''))?.[0]).toBeUndefined();
  });
});
