/** A cell of an environment's own plan, as `parley synth` would read it, for tests of stacks. */
import { readFileSync } from 'node:fs';
import { makePlan } from '../../capacity/model/make-plan.ts';
import type { PriceList } from '../../capacity/model/prices.ts';
import { DEFAULT_INPUTS, withSettings } from '../../capacity/verbs/plan-settings.ts';
import type { Environment } from '../environment.ts';
import { IMAGES } from '../image.ts';
import type { Manifest } from '../manifest.ts';
import { readEnvironment } from '../read-environment.ts';
import { readSizes } from '../read-sizes.ts';
import { isRefusal, refusalText } from '../refusal.ts';
import type { CellSizes } from '../sizes.ts';
import { FOREIGN_IMAGES } from '../versions.ts';

export const ENVIRONMENTS = ['local', 'staging', 'production'] as const;

export interface Sample {
  readonly environment: Environment;
  readonly cell: CellSizes;
}

/** With a digest for every image, as after a push, and none without one from there on. */
export function pinned(environment: Environment): Environment {
  const names = [...IMAGES, ...Object.keys(FOREIGN_IMAGES)];
  const digests = Object.fromEntries(names.map((name, index) => [name, `sha256:${String(index).padStart(64, '0')}`]));
  return { ...environment, images: { ...environment.images, digests: { ...digests, ...environment.images.digests }, mustBePinned: true } };
}

const samples = new Map<string, Sample>();

/** The first cell. The plan is drawn a few times only: intervals are no size. */
export function sampleCell(name: (typeof ENVIRONMENTS)[number]): Sample {
  const known = samples.get(name);
  if (known !== undefined) return known;
  const file = `infra/environments/${name}.json`;
  const root = new URL('../../', import.meta.url).pathname;
  const environment = taken(readEnvironment(JSON.parse(readFileSync(root + file, 'utf8')), file));
  const shapes: PriceList = JSON.parse(readFileSync(root + environment.machineShapes, 'utf8'));
  const settings = Object.entries(environment.plan).map(([setting, value]) => `${setting}=${value}`);
  const plan = JSON.parse(JSON.stringify(makePlan({ ...withSettings(DEFAULT_INPUTS, settings), draws: 2 })));
  const sizes = taken(
    readSizes({
      plan: { value: plan, file: 'plan' },
      environment: { value: environment, file },
      shapes: { value: shapes, file: environment.machineShapes },
    }),
  );
  const sample = { environment, cell: sizes.cells[0]! };
  samples.set(name, sample);
  return sample;
}

export function objectOf<Kind>(objects: readonly Manifest[], kind: string, name: string): Kind {
  const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found as unknown as Kind;
}

function taken<T extends object>(value: T): Exclude<T, { refused: string }> {
  if (isRefusal(value)) throw new Error(refusalText(value));
  return value as Exclude<T, { refused: string }>;
}
