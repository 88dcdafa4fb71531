import { describe, expect, test } from 'bun:test';
import { CELL_STACKS } from '../cell-stacks.ts';
import { pinned, sampleCell } from '../sources.harness.ts';
import { findings, subjectOf } from './check.ts';
import { findingText } from './finding.ts';
import { MUTATIONS } from './mutations.ts';

const { cell, environment: open } = sampleCell('production');
const environment = pinned(open);
const contents = CELL_STACKS.map((stack) => stack.contents(cell, environment));
const objects = contents.flatMap((one) => one.objects);
const releases = contents.flatMap((one) => one.releases ?? []);
const whole = subjectOf(objects, cell, environment);

describe('a deliberate mistake', () => {
  for (const mutation of MUTATIONS) {
    const { name, rung, rule, field = '' } = mutation;
    const mutated = () => subjectOf(mutation.apply(objects), cell, environment, mutation.contracts?.(whole.contracts) ?? whole.contracts);

    if (rung === 1) {
      test(`${name}: the rule "${rule}" names the field`, () => {
        const found = findings(mutated());
        const said = found.filter((one) => one.rule === rule && one.place.includes(field)).map(findingText);
        expect({ said: said.length > 0, found: found.map(findingText) }).toMatchObject({ said: true });
      });
    } else {
      test(`${name}: no rule says it, since rung ${rung} does`, () => {
        const mistaken = [mutation.apply(objects), mutation.releases?.(releases) ?? releases];
        expect(JSON.stringify(mistaken)).not.toBe(JSON.stringify([objects, releases]));
        expect(findings(mutated()).map(findingText)).toEqual([]);
      });
    }
  }

  test('there are at least twenty at the first rung, and some at every rung that CI runs', () => {
    const at = (rung: number) => MUTATIONS.filter((one) => one.rung === rung).length;
    expect(at(1)).toBeGreaterThanOrEqual(20);
    for (const rung of [2, 3, 6]) expect(at(rung)).toBeGreaterThan(0);
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBe(MUTATIONS.length);
  });
});
