/**
 * Every deliberate mistake of infra/policy/mutations.ts climbs the ladder from below until a rung finds something that it does
 * not find in the right stacks: it must be the lowest rung that can. Prints the table.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { requires } from '../../services/runtime/requires.ts';
import { stacksOf } from '../app.ts';
import { NETWORK_NAMESPACES } from '../hosts/network-namespace.ts';
import type { ChartRelease, Manifest } from '../manifest.ts';
import { findings, subjectOf } from '../policy/check.ts';
import { findingText } from '../policy/finding.ts';
import type { Mutation } from '../policy/mutation.ts';
import { MUTATIONS } from '../policy/mutations.ts';
import { pinned, sampleCell } from '../sources.harness.ts';
import { apiServerRung } from './api-server-rung.ts';
import { chartsOf } from './charts.harness.ts';
import { CUSTOM_RESOURCES, crdsDirectory } from './custom-resources.ts';
import type { ApiObject } from './kubernetes-api.ts';
import { ownToolsRung } from './own-tools-rung.ts';
import { programs } from './programs.ts';
import type { Rung, RungContext } from './rung.ts';
import type { SynthesizedObject } from './synthesized.ts';
import { sysctlRung } from './sysctl-rung.ts';

const BUILD_LIMIT_MS = 840_000;
const { cell, environment: open } = sampleCell('production');
const environment = pinned(open);
const stacks = stacksOf([cell], environment).map(({ stack }) => stack);
const right = stacks.flatMap(({ contents }) => contents.objects);
const releases = stacks.flatMap(({ contents }) => contents.releases ?? []);
const keyOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
const stackOf = new Map(stacks.flatMap(({ id, contents }) => contents.objects.map((object) => [keyOf(object), id] as const)));
const whole = subjectOf(right, cell, environment);

/** The rungs above the first, by number, in the order of the climb. */
const ABOVE: ReadonlyArray<readonly [number: number, rung: Rung]> = [
  [2, ownToolsRung],
  [3, apiServerRung],
  [6, sysctlRung],
];

interface Caught {
  readonly rung: number;
  readonly problem: string;
}

requires('go', CUSTOM_RESOURCES, NETWORK_NAMESPACES).describe('a deliberate mistake is caught at its lowest rung', () => {
  const usual = new Set<string>();
  const rows: string[][] = [['caught at', 'mistake', 'by']];

  beforeAll(async () => {
    await programs(['etcd', 'kube-apiserver'], console.error);
    for (const finding of findings(whole)) usual.add(findingText(finding));
    for (const [, rung] of ABOVE) {
      const result = await rung(contextOf(right, releases));
      for (const { subject, problem } of result.findings) usual.add(`${subject}: ${problem}`);
    }
  }, BUILD_LIMIT_MS);
  afterAll(() => console.log(rows.map(([rung, name, by]) => `${rung!.padEnd(10)} ${name!.padEnd(60)} ${by}`).join('\n')));

  for (const mutation of MUTATIONS) {
    test(`${mutation.name}: rung ${mutation.rung}`, async () => {
      const caught = await climb(mutation, usual);
      rows.push([String(caught?.rung ?? 'NOWHERE'), mutation.name, caught?.problem.slice(0, 140) ?? '']);
      expect(caught?.rung).toBe(mutation.rung);
    });
  }
});

async function climb(mutation: Mutation, usual: ReadonlySet<string>): Promise<Caught | undefined> {
  const wrong = mutation.apply(right);
  const contracts = mutation.contracts?.(whole.contracts) ?? whole.contracts;
  const [first] = findings(subjectOf(wrong, cell, environment, contracts))
    .map(findingText)
    .filter((text) => !usual.has(text));
  if (first !== undefined) return { rung: 1, problem: first };
  for (const [number, rung] of ABOVE) {
    const result = await rung(contextOf(wrong, mutation.releases?.(releases) ?? releases));
    const [found] = result.findings.map(({ subject, problem }) => `${subject}: ${problem}`).filter((text) => !usual.has(text));
    if (found !== undefined) return { rung: number, problem: found };
  }
  return undefined;
}

function contextOf(objects: readonly Manifest[], charts: readonly ChartRelease[]): RungContext {
  const shown = objects.map((manifest, index): SynthesizedObject => {
    const stack = stackOf.get(keyOf(manifest)) ?? 'mutated';
    return { stack, resource: `r${index}`, manifest: manifest as unknown as ApiObject };
  });
  const ids = [...stacks.map(({ id }) => id), 'mutated'];
  return {
    synthesized: {
      environment: environment.name,
      stacks: ids,
      objects: shown,
      charts: chartsOf({ objects, releases: charts }),
      problems: [],
    },
    out: 'none',
    crds: crdsDirectory(undefined),
    charts: undefined,
    plugins: undefined,
    say: console.error,
  };
}
