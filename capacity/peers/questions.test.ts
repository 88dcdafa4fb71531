import { describe, expect, test } from 'bun:test';
import { makePlan } from '../model/make-plan.ts';
import type { Plan } from '../model/plan.ts';
import { compared, comparisonMarkdown, type PeerAnswer } from './comparison.ts';
import { questionsOf } from './questions.ts';

const plan = makePlan({ draws: 0 }) as Plan;
const questions = questionsOf(plan);
const row = (id: string) => plan.rows.find((one) => one.id === id)!.value;
const question = (id: string) => questions.find((one) => one.id === id)!;

describe('questions to another model', () => {
  test('its processor time times its requests are the plan’s busy processors', () => {
    const { readsPerSecond, writesPerSecond, cpuMs } = question('cassandra: our times');
    const busy = (readsPerSecond * cpuMs!.read + writesPerSecond * cpuMs!.write) / 1e3;
    expect(busy / (row('cassandra.busyCores') + row('cassandra.compactionCores'))).toBeCloseTo(1, 9);
  });

  test('state of Cassandra is without replicas, which its model adds', () => {
    expect(question('cassandra: its own times').stateGiB! * 3 * 1_024 ** 3).toBeCloseTo(row('cassandra.storedBytes'), -3);
  });

  test('the fleet as one has the rate and the state of all cells', () => {
    const [cell, fleet] = [question('cassandra: its own times'), question('cassandra: the fleet as one')];
    expect(fleet.writesPerSecond / cell.writesPerSecond).toBeCloseTo(plan.cells, 9);
    expect(fleet.stateGiB! / cell.stateGiB!).toBeCloseTo(plan.cells, 9);
    const kafka = question('kafka: the fleet as one');
    expect(kafka.writesPerSecond * kafka.writeBytes).toBeCloseTo(row('kafka.bytesPerSecond') * plan.cells, -3);
  });
});

test('the table has a line for each component, and says where the other has no plan', () => {
  const some = {
    nodes: 6,
    instance: 'x.large',
    vcpus: 2,
    memoryGiB: 8,
    localDiskGiB: 0,
    attachedGiB: 100,
    usdPerMonth: 500,
    usdPerMonthInAll: 700,
    neededCores: 9,
  };
  const answers = questions.map(({ id }): PeerAnswer => (id.endsWith('as one') ? { id, none: 'too large' } : { id, ...some }));
  const table = comparisonMarkdown(compared(plan, answers));
  for (const component of ['cassandra', 'kafka', 'gateway', 'dispatch']) expect(table).toContain(`| ${component} |`);
  expect(table).toContain('the whole fleet as one cluster: none: too large');
});
