/** What a synth starts from, for tests: an environment as it stands in its file, and a plan; and a cell of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makePlan } from '../capacity/model/make-plan.ts';
import type { PriceList } from '../capacity/model/prices.ts';
import { DEFAULT_INPUTS, withSettings } from '../capacity/verbs/plan-settings.ts';
import type { Environment } from './environment.ts';
import { IMAGES } from './image.ts';
import type { Manifest } from './manifest.ts';
import { readEnvironment } from './read-environment.ts';
import { readSizes, type SizeSources } from './read-sizes.ts';
import { isRefusal, refusalText } from './refusal.ts';
import type { CellSizes } from './sizes.ts';
import { type Synthesized, synthesize } from './synth.ts';
import { FOREIGN_IMAGES } from './versions.ts';

const ROOT = join(import.meta.dirname, '..');

export const ENVIRONMENTS = ['local', 'staging', 'production'] as const;

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

export interface Sample {
  readonly environment: Environment;
  readonly cell: CellSizes;
}

const samples = new Map<string, Sample>();

/** The first cell of an environment's own plan, as `parley synth` would read it. */
export function sampleCell(name: (typeof ENVIRONMENTS)[number]): Sample {
  const known = samples.get(name);
  if (known !== undefined) return known;
  const sources = sourcesOf(name);
  const sample = { environment: sources.environment.value, cell: taken(readSizes(sources)).cells[0]! };
  samples.set(name, sample);
  return sample;
}

/** With a digest for every image, as after a push, and none without one from there on. */
export function pinned(environment: Environment): Environment {
  const names = [...IMAGES, ...Object.keys(FOREIGN_IMAGES)];
  const digests = Object.fromEntries(names.map((name, index) => [name, `sha256:${String(index).padStart(64, '0')}`]));
  return { ...environment, images: { ...environment.images, digests: { ...digests, ...environment.images.digests }, mustBePinned: true } };
}

export function objectOf<Kind>(objects: readonly Manifest[], kind: string, name: string): Kind {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found as unknown as Kind;
}
