/**
 * The files behind a synth: an environment by its name or path, the shapes of machines that it names, and a plan, read from a
 * file or made for the environment's own workload. What can't be read is a refusal that names the file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nearestName } from '../bin/nearest-name.ts';
import { isInvalid } from '../capacity/json-shape.ts';
import { makePlan } from '../capacity/model/make-plan.ts';
import { type PriceList, readPrices } from '../capacity/model/prices.ts';
import { DEFAULT_INPUTS, SettingError, withSettings } from '../capacity/verbs/plan-settings.ts';
import type { Environment } from './environment.ts';
import { readEnvironment } from './read-environment.ts';
import type { SizeSources, Sourced } from './read-sizes.ts';
import { isRefusal, type Refusal, refusalOf } from './refusal.ts';

const ROOT = join(import.meta.dirname, '..');
const ENVIRONMENTS = 'infra/environments';

/** `word`: an environment's name, or a path of its JSON. Without a plan's file one is made for the environment's workload. */
export function readSources(word: string, planFile?: string): SizeSources | Refusal {
  const environment = environmentOf(word);
  if (isRefusal(environment)) return environment;
  const shapes = shapesOf(environment);
  if (isRefusal(shapes)) return shapes;
  const plan = planFile === undefined ? ownPlan(environment) : jsonOf(planFile);
  return isRefusal(plan) ? plan : { plan, environment, shapes };
}

export function environmentNames(): readonly string[] {
  return readdirSync(join(ROOT, ENVIRONMENTS))
    .map((file) => /^([a-z0-9]+)\.json$/.exec(file)?.[1])
    .filter((name) => name !== undefined)
    .sort();
}

function environmentOf(word: string): Sourced<Environment> | Refusal {
  const names = environmentNames();
  const isPath = /[./]/.test(word);
  if (!isPath && !names.includes(word)) {
    const nearest = nearestName(word, names);
    return {
      refused: `there is no environment "${word}"${nearest === undefined ? ` (${names.join(', ')})` : `; did you mean ${nearest}?`}`,
      field: '',
      file: ENVIRONMENTS,
    };
  }
  const read = isPath ? jsonOf(word) : jsonOf(`${ENVIRONMENTS}/${word}.json`, ROOT);
  if (isRefusal(read)) return read;
  const environment = readEnvironment(read.value, read.file);
  return isRefusal(environment) ? environment : { value: environment, file: read.file };
}

function shapesOf({ value: { machineShapes }, file }: Sourced<Environment>): Sourced<PriceList> | Refusal {
  const found = jsonOf(machineShapes, ROOT);
  if (isRefusal(found)) return { refused: `${machineShapes} ${found.refused}`, field: 'machineShapes', file };
  const shapes = readPrices(found.value);
  return isInvalid(shapes) ? refusalOf(shapes.invalid, machineShapes) : { value: shapes, file: machineShapes };
}

/** Without intervals: a stack is made from the middle. As it would be read from a file. */
function ownPlan({ value: { plan }, file }: Sourced<Environment>): Sourced<unknown> | Refusal {
  try {
    const inputs = withSettings(
      DEFAULT_INPUTS,
      Object.entries(plan).map(([name, value]) => `${name}=${value}`),
    );
    return { value: JSON.parse(JSON.stringify(makePlan({ ...inputs, draws: 0 }))), file: `${file}: plan` };
  } catch (failure) {
    if (failure instanceof SettingError) return { refused: failure.message, field: 'plan', file };
    throw failure;
  }
}

function jsonOf(file: string, below = '.'): Sourced<unknown> | Refusal {
  try {
    return { value: JSON.parse(readFileSync(resolve(below, file), 'utf8')), file };
  } catch (failure) {
    const code = (failure as NodeJS.ErrnoException).code;
    return { refused: code === undefined ? 'is no JSON' : `can’t be read (${code})`, field: '', file };
  }
}
