import { describe, expect, test } from 'bun:test';
import { isInfeasible } from '../model/component.ts';
import { makePlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import { DEFAULT_INPUTS, withSettings } from '../verbs/plan-settings.ts';
import { PLANNED_POLICY, plannedStorms } from './of-plan.ts';

function planOf(...settings: string[]): Plan {
  const plan = makePlan({ ...withSettings(DEFAULT_INPUTS, settings), draws: 2 });
  if (isInfeasible(plan)) throw new Error(plan.infeasible);
  return plan;
}

const P95 = 1;
const ALL = 3;

describe('the storms of a plan', () => {
  test('the loss of a zone, which is the share that the plan was made for, is over within its time at its admission rate', () => {
    const plan = planOf();
    const zone = plannedStorms(plan).find(({ loss }) => loss === 'zone')!;
    expect(zone.lost).toBeCloseTo(plan.workload.connections!.mid / 3, -3);
    expect(zone.recovery.caughtUpSeconds[ALL]).toBeLessThan(plan.workload.stormSeconds!.mid);
  });

  test('the loss of a gateway is over before that of a zone', () => {
    const [gateway, zone] = plannedStorms(planOf());
    expect(gateway!.recovery.caughtUpSeconds[P95]).toBeLessThan(zone!.recovery.caughtUpSeconds[P95]!);
  });

  test('a region is lost where there is another to come back to', () => {
    expect(plannedStorms(planOf('regions=2')).map(({ loss }) => loss)).toEqual(['gateway', 'zone', 'region']);
    expect(plannedStorms(planOf()).map(({ loss }) => loss)).toEqual(['gateway', 'zone']);
  });

  test('clients that do not heed what they are told ask more often', () => {
    const asked = (honoursHint: boolean) => plannedStorms(planOf(), { ...PLANNED_POLICY, honoursHint })[1]!.recovery.attemptsPerClient;
    expect(asked(false)).toBeGreaterThan(asked(true));
  });

  test('what is advised is never later than what is planned', () => {
    for (const { advice, recovery } of plannedStorms(planOf()))
      expect(advice.recovery.caughtUpSeconds[P95]).toBeLessThanOrEqual(recovery.caughtUpSeconds[P95]!);
  });
});
