/**
 * What one cell of the largest and of the smallest environment comes to, whole, beside the code: a change of a stack is seen in its diff. Plans stand there too,
 * so that a change of the model moves nothing here. PARLEY_GOLDENS=write writes them anew.
 */
import { describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readPlanDocument } from './plan-reader.ts';
import { planOf, sourcesOf, synthesized, taken } from './sources.harness.ts';
import { stableJson } from './stable-json.ts';

const FOLDER = join(import.meta.dirname, 'goldens');
const WRITES = process.env.PARLEY_GOLDENS === 'write';

describe.each(['production', 'local'])('of %s', (environment) => {
  const planFile = join(FOLDER, environment, 'plan.json');
  if (WRITES && !existsSync(planFile))
    keep(planFile, stableJson(taken(readPlanDocument(planOf(sourcesOf(environment).environment.value), planFile))));
  const { files } = synthesized(sourcesOf(environment, { cells: [0] }, JSON.parse(readFileSync(planFile, 'utf8'))));

  test.each([...files])('%s is as it was', (path, text) => {
    const golden = join(FOLDER, path);
    if (WRITES) keep(golden, text);
    // Compared as lines: the first that differs is shown, not two files.
    const [was, is] = [existsSync(golden) ? readFileSync(golden, 'utf8').split('\n') : [], text.split('\n')];
    const at = is.findIndex((line, index) => line !== was[index]);
    const place = (lines: readonly string[]) => lines.slice(Math.max(0, at - 3), at + 4).join('\n');
    if (at >= 0) expect(place(is)).toBe(place(was));
    expect(is.length).toBe(was.length);
  });
});

function keep(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
