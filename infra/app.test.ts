import { describe, expect, test } from 'bun:test';
import { homedir } from 'node:os';
import { stacksOf, terraformTexts } from './app.ts';
import { terraformOf } from './cdktf.ts';
import { CELL_STACKS } from './cell-stacks.ts';
import { sourcesOf, synthesized } from './sources.harness.ts';
import { stableJson } from './stable-json.ts';

describe('the JSON of a fleet', () => {
  const sources = sourcesOf('production', { cells: [0, 1, 41] });
  const { stacks, sizes } = synthesized(sources);
  const texts = terraformTexts(stacks);

  test('is for every cell what CDKTF writes for that cell alone, byte for byte', () => {
    for (const { stack } of stacks) expect(texts.get(stack.id)).toBe(stableJson(terraformOf(stack)));
    expect(texts.size).toBe(3 * CELL_STACKS.length);
  });

  test('is the same a second time, and when cells are made one by one', () => {
    const again = terraformTexts(stacksOf(sizes.cells.slice(2), sources.environment.value));
    for (const [id, text] of again) expect(text).toBe(texts.get(id)!);
    expect(terraformTexts(stacksOf(sizes.cells, sources.environment.value))).toEqual(texts as Map<string, string>);
  });

  test('names no path and no time of the machine that made it', () => {
    for (const text of texts.values()) {
      expect(text).not.toContain(process.cwd());
      expect(text).not.toContain(new Date().toISOString().slice(0, 10));
      expect(text).not.toContain(`"${homedir()}`);
    }
  });

  test('keeps each stack’s state in a place of its own, in a backend that is said', () => {
    const backends = stacks.map(({ stack }) => JSON.parse(texts.get(stack.id)!).terraform.backend);
    for (const backend of backends) expect(Object.keys(backend)).toEqual(['s3']);
    expect(new Set(backends.map(({ s3 }) => s3.key)).size).toBe(stacks.length);
    expect(backends[0].s3.key).toBe('production/cell-000-operators.tfstate');
  });

  test('speaks to each cell’s own cluster', () => {
    for (const { stack, cell } of stacks) {
      const { provider } = JSON.parse(texts.get(stack.id)!);
      expect(provider.kubernetes[0].config_context).toBe(`parley-production-${cell.cell.name}`);
      if (provider.helm !== undefined) expect(provider.helm[0].kubernetes.config_context).toBe(`parley-production-${cell.cell.name}`);
    }
  });

  test('has every object as a resource that waits for its namespace', () => {
    for (const { stack } of stacks) {
      const { resource } = JSON.parse(texts.get(stack.id)!);
      const made = Object.values<{ manifest: { kind: string }; depends_on?: string[] }>(resource.kubernetes_manifest);
      expect(made).toHaveLength(stack.contents.objects.length);
      for (const { manifest, depends_on } of made) {
        if (manifest.kind !== 'Namespace' && 'namespace' in (manifest as never as { metadata: object }).metadata)
          expect(depends_on).toEqual([expect.stringMatching(/^kubernetes_manifest\.namespace_/)]);
      }
    }
  });
});

test('two objects of one name in a stack are a bug that is not written', () => {
  const { stack } = synthesized(sourcesOf('local')).stacks.find(({ of }) => of.name === 'data')!;
  const twice = { ...stack, contents: { objects: [...stack.contents.objects, ...stack.contents.objects] } };
  expect(() => terraformOf(twice)).toThrow();
});
