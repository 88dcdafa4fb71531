import { describe, expect, test } from 'bun:test';
import { readSizes } from '../read-sizes.ts';
import { sourcesOf, taken } from '../sources.harness.ts';
import { CHARTS } from '../versions.ts';
import { operators, systemPool } from './operators.ts';

describe.each(['production', 'local'])('operators of %s', (name) => {
  const sources = sourcesOf(name, { cells: [0] });
  const cell = taken(readSizes(sources)).cells[0]!;
  const environment = sources.environment.value;
  const { releases = [] } = operators(cell, environment);

  test('are charts of versions that are pinned in one place', () => {
    const pinned = Object.values(CHARTS).map(({ chart, version }) => `${chart} ${version}`);
    for (const { chart, version } of releases) expect(pinned).toContain(`${chart} ${version}`);
    expect(new Set(releases.map((one) => one.name)).size).toBe(releases.length);
  });

  test('come after what they need', () => {
    const names = releases.map((one) => one.name);
    for (const [index, { after = [] }] of releases.entries()) for (const one of after) expect(names.slice(0, index)).toContain(one);
    expect(releases.find((one) => one.name === 'k8ssandra-operator')!.after).toEqual(['cert-manager']);
  });

  test('ask for no more than the nodes without a taint have', () => {
    const { nodes, cores, memoryBytes } = systemPool(cell);
    const asked = requestsIn(releases.map(({ values }) => values));
    expect(asked.cores).toBeLessThan(nodes * cores);
    expect(asked.bytes).toBeLessThan(nodes * memoryBytes);
  });
});

test('one operator makes the routes, as the environment says', () => {
  const chartsOf = (operator: 'ot-redis' | 'valkey') => {
    const sources = sourcesOf('production', { cells: [0], routes: { operator } });
    return operators(taken(readSizes(sources)).cells[0]!, sources.environment.value).releases!.map(({ chart }) => chart);
  };
  expect(chartsOf('ot-redis')).toContain('redis-operator');
  expect(chartsOf('ot-redis')).not.toContain('valkey-operator');
  expect(chartsOf('valkey')).toContain('valkey-operator');
  expect(chartsOf('valkey')).not.toContain('redis-operator');
});

function requestsIn(value: unknown, replicas = 1): { cores: number; bytes: number } {
  let sum = { cores: 0, bytes: 0 };
  if (typeof value !== 'object' || value === null) return sum;
  const { replicaCount, requests } = value as { replicaCount?: number; requests?: { cpu: string; memory: string } };
  if (requests !== undefined) {
    const cores = requests.cpu.endsWith('m') ? Number.parseInt(requests.cpu, 10) / 1_000 : Number(requests.cpu);
    return { cores: cores * replicas, bytes: Number.parseInt(requests.memory, 10) * 1_024 ** 2 * replicas };
  }
  for (const one of Object.values(value)) {
    const part = requestsIn(one, replicaCount ?? replicas);
    sum = { cores: sum.cores + part.cores, bytes: sum.bytes + part.bytes };
  }
  return sum;
}
