/**
 * Every stack of every environment, as `parley synth` writes it, on the rungs that need servers and tools. One cell is shown:
 * that the others are the same but for name and number is the test of same-cells.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../../services/runtime/requires.ts';
import { stacksOf, terraformTexts } from '../app.ts';
import { ENVIRONMENTS, sampleCell } from '../sources.harness.ts';
import { apiServerRung } from './api-server-rung.ts';
import { CUSTOM_RESOURCES, crdsDirectory } from './custom-resources.ts';
import { ownToolsRung } from './own-tools-rung.ts';
import { programs } from './programs.ts';
import type { RungContext } from './rung.ts';
import { readSynthesized } from './synthesized.ts';

const BUILD_LIMIT_MS = 840_000;
const out = mkdtempSync(join(tmpdir(), 'parley-stacks-'));

beforeAll(() => {
  for (const name of ENVIRONMENTS) {
    const { cell, environment } = sampleCell(name);
    for (const [id, text] of terraformTexts(stacksOf([cell], environment))) {
      mkdirSync(join(out, name, id), { recursive: true });
      writeFileSync(join(out, name, id, 'cdk.tf.json'), text);
    }
  }
});
afterAll(() => rmSync(out, { recursive: true }));

const contextOf = (environment: string): RungContext => ({
  synthesized: readSynthesized(out, environment),
  out,
  crds: crdsDirectory(undefined),
  charts: undefined,
  plugins: undefined,
  say: console.error,
});

requires('go', CUSTOM_RESOURCES).describe('a real API server takes, keeps and admits', () => {
  beforeAll(async () => void (await programs(['etcd', 'kube-apiserver'], console.error)), BUILD_LIMIT_MS);

  for (const environment of ENVIRONMENTS) {
    test(`every object of every stack of ${environment}`, async () => {
      const context = contextOf(environment);
      const result = await apiServerRung(context);
      expect(result.findings.map(({ subject, problem }) => `${subject}: ${problem}`)).toEqual([]);
      expect(result.skipped).toEqual([]);
      expect(result.did).toStartWith(`${context.synthesized.objects.length} of ${context.synthesized.objects.length} objects`);
    });
  }
});

describe('promtool takes', () => {
  for (const environment of ENVIRONMENTS) {
    test(`rules, scrape configuration and queries of ${environment}`, async () => {
      const { findings } = await ownToolsRung(contextOf(environment));
      expect(findings.map(({ subject, problem }) => `${subject}: ${problem}`)).toEqual([]);
    });
  }
});
