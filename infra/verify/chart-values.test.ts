import { expect, test } from 'bun:test';
import { ENVIRONMENTS, sampleCell } from '../sources.harness.ts';
import { operators } from '../stacks/operators.ts';
import { SEEN_VALUES, unseenValues } from './chart-values.ts';
import { chartsOf } from './charts.harness.ts';

test.each(ENVIRONMENTS)('%s sets no value of a chart that its own files do not have', (name) => {
  const { cell, environment } = sampleCell(name);
  for (const operator of ['ot-redis', 'valkey'] as const) {
    const charts = chartsOf(operators(cell, { ...environment, routes: { operator } }));
    const { values, findings } = unseenValues(name, charts);
    expect(findings).toEqual([]);
    expect(values).toBeGreaterThan(40);
  }
});

test('a slip of a letter, and a chart of which nothing is noted, are found by their names', () => {
  const { cell, environment } = sampleCell('production');
  const [first] = chartsOf(operators(cell, environment));
  const said = (values: unknown, name = first!.name) =>
    unseenValues('production', [{ ...first!, name, values: [JSON.stringify(values)] }]).findings.map(({ problem }) => problem);
  expect(said({ replicaCount: 2, resources: { requests: { cpu: '1' } } })).toEqual([]);
  expect(said({ replicaCounts: 2 })).toEqual([expect.stringContaining('values.replicaCounts is none that was seen')]);
  expect(said({ webhook: { podDisruptionBudget: { minAvailble: 1 } } })).toEqual([
    expect.stringContaining('values.webhook.podDisruptionBudget.minAvailble'),
  ]);
  expect(said({ replicaCount: 2 }, 'another')).toEqual([expect.stringContaining('nothing is noted')]);
});

test('every path is noted with the file and the commit that it was read in', () => {
  for (const { repository, file, commit, paths } of Object.values(SEEN_VALUES).flat()) {
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(`${repository}/${file}`).toMatch(/\/values(\.schema\.json|\.yaml)$/);
    expect(new Set(paths).size).toBe(paths.length);
  }
});
