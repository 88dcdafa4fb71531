/** Scenarios by file, and those that come along by name. A file is TypeScript whose default export is a scenario, or JSON. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { scenarioProblems } from './check.ts';
import type { Scenario } from './scenario.ts';

export const SCENARIOS_FOLDER = fileURLToPath(new URL('../scenarios', import.meta.url));

export type ReadScenario = { readonly scenario: Scenario } | { readonly problems: readonly string[] };

/** Names of the scenarios that come along. */
export function scenarioNames(): string[] {
  return readdirSync(SCENARIOS_FOLDER)
    .filter((name) => name.endsWith('.ts') && !name.includes('.test.'))
    .map((name) => basename(name, '.ts'))
    .sort();
}

/** `word`: a path, or a name of `scenarioNames`. Never throws for what stands in the file. */
export async function readScenario(word: string): Promise<ReadScenario> {
  const own = join(SCENARIOS_FOLDER, `${word}.ts`);
  const path = /^[a-z0-9-]+$/.test(word) && existsSync(own) ? own : resolve(word);
  if (!existsSync(path) || !statSync(path).isFile()) {
    return { problems: [`${word}: no such file or scenario; those that come along are ${scenarioNames().join(', ')}`] };
  }
  let value: unknown;
  try {
    value = ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default;
  } catch (failure) {
    return { problems: [`${word}: can't be read: ${firstLine(failure)}`] };
  }
  if (value === undefined) return { problems: [`${word}: exports no scenario; write export default { … } satisfies Scenario`] };
  const problems = scenarioProblems(value, availableParallelism());
  return problems.length > 0 ? { problems: problems.map((line) => `${word}: ${line}`) } : { scenario: value as Scenario };
}

function firstLine(failure: unknown): string {
  return (failure instanceof Error ? failure.message : String(failure)).split('\n')[0]!;
}
