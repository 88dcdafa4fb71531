/** The rules of import-rules.ts: the tree keeps them, and each is seen to refuse what it is there for. */
import { describe, expect, test } from 'bun:test';
import { dirname } from 'node:path';
import { areaOf, findingsOf, LONGEST_FILE_LINES } from './import-rules.ts';
import { declaredPackages, readSourceTree, sourceFile } from './source-tree.ts';

const ROOT = dirname(import.meta.dir);
const PACKAGES = { run: new Set(['ws', '@scope/name']), development: new Set(['fast-check']) };

test('the project keeps its rules', () => {
  const files = readSourceTree(ROOT);
  expect(files.length).toBeGreaterThan(50);
  const findings = findingsOf(files, declaredPackages(ROOT));
  if (findings.length > 0) throw new Error(`${findings.length} findings:\n${findings.join('\n')}`);
});

describe('an import', () => {
  test.each([
    ['services/protocol/a.ts', '../runtime/verb.ts', 'services/protocol may not import services/runtime'],
    ['services/protocol/a.test.ts', '../runtime/verb.ts', 'services/protocol may not import services/runtime'],
    ['capacity/a.ts', '../services/protocol/limits.ts', 'capacity may not import services/protocol'],
    ['capacity/a.ts', 'node:fs', 'capacity is pure'],
    ['services/dispatch/a.ts', '../gateway/link/link-frames.ts', 'services/dispatch may not import services/gateway'],
    ['services/dispatch/a.ts', '../bus/bus-memory.ts', 'an adapter or the inside of a port'],
    ['services/gateway/edge/edge.ts', '../../bus/bus.ts', 'an edge knows sockets'],
    ['services/gateway/edge/edge.ts', '../relay/relay.ts', 'an edge knows sockets'],
    ['services/gateway/relay/relay.ts', '../edge/edge.ts', 'a relay knows edges by their link'],
    ['services/gateway/a.ts', '../../loadgen/plan/random.ts', 'nothing imports loadgen'],
    ['services/gateway/a.test.ts', '../../loadgen/plan/random.ts', 'nothing imports loadgen'],
    ['services/gateway/edge/main.ts', '../../../dashboards/a.ts', 'nothing imports dashboards'],
    ['loadgen/a.ts', '../services/gateway/config.ts', 'loadgen may not import services/gateway'],
    ['services/runtime/a.ts', '../bus/bus.ts', 'services/runtime may not import services/bus'],
    ['services/store/a.ts', './store', 'write the ending .ts'],
    ['services/store/a.ts', 'left-pad', 'package.json does not declare it'],
    ['services/store/a.ts', 'fs', 'package.json does not declare it'],
    ['services/store/a.ts', 'fast-check', 'a development dependency'],
    ['services/store/a.ts', 'bun:test', 'only tests use the test runner'],
    ['services/store/a.ts', '../bus/a.contract.ts', 'only tests import tests'],
    ['infra/a.ts', '../services/gateway/edge/edge.ts', 'infra may not import services/gateway'],
    ['infra/a.ts', '../dashboards/boards.ts', 'nothing imports dashboards'],
    ['dashboards/a.ts', '../infra/names.ts', 'nothing imports infra'],
    ['infra/a.ts', 'cdktf', 'only infra/cdktf.ts does'],
    ['infra/a.test.ts', '@cdktf/provider-kubernetes/lib/manifest', 'only infra/cdktf.ts does'],
    ['capacity/a.test.ts', '../infra/sizes.ts', 'nothing imports infra'],
  ])('of %s from %s is refused', (path, specifier, problem) => {
    const [finding, ...more] = findingsOf([sourceFile(path, `// One line.\nimport { a } from '${specifier}';\n`)], PACKAGES);
    expect(more).toEqual([]);
    expect(finding).toStartWith(`${path}:2: imports `);
    expect(finding).toContain(problem);
  });

  test.each([
    ['services/dispatch/a.ts', '../bus/records.ts'],
    ['services/gateway/relay/relay.ts', '../../store/store.ts'],
    ['services/embedded/main.ts', '../dispatch/sequence.ts'],
    ['services/embedded/main.ts', '../bus/bus-memory.ts'],
    ['services/gateway/edge/edge.test.ts', '../relay/relay.ts'],
    ['services/runtime/a.ts', '../protocol/codec.ts'],
    ['loadgen/a.ts', '../capacity/run-record.ts'],
    ['dashboards/a.ts', '../services/gateway/edge/metrics.ts'],
    ['infra/a.ts', '../services/gateway/config.ts'],
    ['infra/a.ts', '../services/backends/settings.ts'],
    ['infra/a.ts', '../capacity/host-limits.ts'],
    ['parley.ts', './loadgen/verbs/start.ts'],
    ['services/store/a.test.ts', 'fast-check'],
    ['services/store/a.ts', '@scope/name/deep'],
    ['services/store/a.ts', 'node:fs'],
  ])('of %s from %s is allowed', (path, specifier) => {
    expect(findingsOf([sourceFile(path, `import { a } from '${specifier}';\n`)], PACKAGES)).toEqual([]);
  });
});

describe('a circle', () => {
  test('of folders is named with the import that closes it, types included', () => {
    const files = [
      sourceFile('services/bus/bus.ts', `import type { A } from '../store/store.ts';`),
      sourceFile('services/store/store.ts', `\nimport type { B } from '../bus/bus.ts';`),
    ];
    expect(findingsOf(files, PACKAGES)).toEqual([
      'services/store/store.ts:2: closes a circle of folders: services/bus → services/store → services/bus',
    ]);
  });

  test('of files is named, but types alone make none', () => {
    const circle = (keyword: string) => [
      sourceFile('loadgen/a.ts', `${keyword} { b } from './b.ts';`),
      sourceFile('loadgen/b.ts', `${keyword} { c } from './c.ts';`),
      sourceFile('loadgen/c.ts', `${keyword} { a } from './a.ts';`),
    ];
    expect(findingsOf(circle('import'), PACKAGES)).toEqual([
      'loadgen/c.ts:1: closes a circle of files: loadgen/a.ts → loadgen/b.ts → loadgen/c.ts → loadgen/a.ts',
    ]);
    expect(findingsOf(circle('import type'), PACKAGES)).toEqual([]);
  });
});

describe('a file', () => {
  test.each(['services/bus/busMemory.ts', 'services/bus/Bus.ts', 'services/bus/bus_memory.ts', 'services/bus/bus.spec.ts'])(
    'is refused for its form: %s',
    (path) => {
      expect(findingsOf([sourceFile(path, '')], PACKAGES)).toEqual([`${path}:1: the name is not in kebab-case`]);
    },
  );

  test.each(['utils.ts', 'test-helpers.ts', 'common.ts', 'types.ts', 'link-types.ts'])('is refused for its emptiness: %s', (name) => {
    expect(findingsOf([sourceFile(`loadgen/${name}`, '')], PACKAGES)[0]).toContain('the name says nothing');
  });

  test('above the longest length is refused, a test is not', () => {
    const text = 'const a = 1;\n'.repeat(LONGEST_FILE_LINES + 1);
    expect(findingsOf([sourceFile('loadgen/a.ts', text)], PACKAGES)).toEqual([`loadgen/a.ts:401: 401 lines, at most 400: split it`]);
    expect(findingsOf([sourceFile('loadgen/a.test.ts', text)], PACKAGES)).toEqual([]);
  });
});

describe('the imports of a source', () => {
  test('are found in every form, with their lines', () => {
    const text = [
      `import './side-effect.ts';`,
      `import a, { b } from './one.ts';`,
      `import {`,
      `  type C,`,
      `} from './two.ts';`,
      `export type { D } from './three.ts';`,
      `export * from './four.ts';`,
      `const e = await import('./five.ts');`,
      `export const text = 'no-import.ts';`,
      `export function f(from = 'nowhere.ts') {}`,
    ].join('\n');
    expect(sourceFile('x/a.ts', text).imports.map((one) => [one.target, one.line, one.typeOnly])).toEqual([
      ['x/side-effect.ts', 1, false],
      ['x/one.ts', 2, false],
      ['x/two.ts', 3, false],
      ['x/three.ts', 6, true],
      ['x/four.ts', 7, false],
      ['x/five.ts', 8, false],
    ]);
  });

  test('belong to areas', () => {
    expect(['parley.ts', 'services/import-rules.ts', 'services/gateway/edge/edge.ts', 'loadgen/plan/random.ts'].map(areaOf)).toEqual([
      'parley.ts',
      'services',
      'services/gateway',
      'loadgen',
    ]);
  });
});
