/** Results of two builds are told, at the end of a run and before one is gone on with. */
import { expect, test } from 'bun:test';
import { type Builds, demandSameBuilds, mixedBuilds } from './builds.ts';

const BOX = { parley: '1.0.0', bun: '1.4.5', sources: ['aaaaaaaaaaaa'] };
const OTHER = { ...BOX, sources: ['bbbbbbbbbbbb'] };
const BUILDS: Builds = { engine: { parley: '1.0.0', bun: '1.4.5', sources: 'cccccccccccc' }, box: BOX };

test('a box that is at the end what it was at the beginning is one build; so is one that never said', () => {
  expect(mixedBuilds(BOX, { ...BOX })).toBeUndefined();
  expect(mixedBuilds(undefined, undefined)).toBeUndefined();
  // It did not answer at the end.
  expect(mixedBuilds(BOX, undefined)).toBeUndefined();
});

test('another box at the end, or a part that was started from other sources, is a mix that names both', () => {
  expect(mixedBuilds(BOX, OTHER)).toMatch(/two builds are mixed: .*aaaaaaaaaaaa at the beginning, .*bbbbbbbbbbbb at the end/);
  const both = { ...BOX, sources: [...BOX.sources, ...OTHER.sources] };
  expect(mixedBuilds(BOX, both)).toContain('aaaaaaaaaaaa and bbbbbbbbbbbb');
  // Such a box is a mix from its first moment on.
  expect(mixedBuilds(both, both)).toContain('aaaaaaaaaaaa and bbbbbbbbbbbb');
});

test('a run is gone on with by the build that began it, on the box that it had; else one line says by which', () => {
  expect(() => demandSameBuilds(BUILDS, { ...BUILDS })).not.toThrow();
  expect(() => demandSameBuilds(undefined, BUILDS)).not.toThrow();
  expect(() => demandSameBuilds(BUILDS, { ...BUILDS, box: OTHER })).toThrow('begun on a box of parley 1.0.0');
  const newer = { ...BUILDS, engine: { ...BUILDS.engine, sources: 'dddddddddddd' } };
  expect(() => demandSameBuilds(BUILDS, newer)).toThrow(/begun by .*cccccccccccc, this is .*dddddddddddd: go on with it by that one/);
});
