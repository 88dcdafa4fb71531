/** What a synth starts from, for tests: an environment as it stands in its file, and a plan. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlan } from '../capacity/model/make-plan.ts';
import type { PriceList } from '../capacity/model/prices.ts';
import { DEFAULT_INPUTS, withSettings } from '../capacity/verbs/plan-settings.ts';
import type { Environment } from './environment.ts';
import { readEnvironment } from './read-environment.ts';
import type { SizeSources } from './read-sizes.ts';
import { isRefusal, refusalText } from './refusal.ts';
import { type Synthesized, synthesize } from './synth.ts';

const ROOT = join(import.meta.dirname, '..');

export function jsonFile(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

/** `changed`: fields of the environment in place of the file's own. `plan`: another than the environment's own. */
export function sourcesOf(name: string, changed: Partial<Environment> = {}, plan?: unknown): SizeSources {
  const file = `infra/environments/${name}.json`;
  const environment = taken(readEnvironment({ ...(jsonFile(file) as object), ...changed }, file));
  const { machineShapes } = environment;
  return {
    plan: { value: plan ?? planOf(environment), file: 'plan.json' },
    environment: { value: environment, file },
    shapes: { value: jsonFile(machineShapes) as PriceList, file: machineShapes },
  };
}

const plans = new Map<string, string>();

/** As `parley plan --json` has it, without intervals. */
export function planOf({ plan }: Pick<Environment, 'plan'>): unknown {
  const settings = Object.entries(plan).map(([name, value]) => `${name}=${value}`);
  const key = settings.join(' ');
  const known = plans.get(key) ?? JSON.stringify(makePlan({ ...withSettings(DEFAULT_INPUTS, settings), draws: 0 }));
  plans.set(key, known);
  return JSON.parse(known);
}

export function synthesized(sources: SizeSources): Synthesized {
  return taken(synthesize(sources));
}

export function taken<T extends object>(value: T): Exclude<T, { refused: string }> {
  if (isRefusal(value)) throw new Error(refusalText(value));
  return value as Exclude<T, { refused: string }>;
}
