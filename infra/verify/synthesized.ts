/**
 * Reads what `parley synth` wrote: every Kubernetes object of every stack of an environment, as it is in the Terraform
 * JSON. Nothing is guessed: a value that only an apply would know is a problem, not an object.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutTemplates } from '../terraform-text.ts';
import type { ApiObject } from './kubernetes-api.ts';

export interface SynthesizedObject {
  readonly stack: string;
  /** Its name in the Terraform JSON. */
  readonly resource: string;
  readonly manifest: ApiObject;
  /** Fields that the provider leaves to others besides. */
  readonly computed?: readonly string[];
}

export interface SynthesizedChart {
  readonly stack: string;
  readonly resource: string;
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly version: string | undefined;
  /** YAML or JSON documents, the later win. */
  readonly values: readonly string[];
}

export interface SynthesizedEnvironment {
  readonly environment: string;
  /** In the order in which they are applied. */
  readonly stacks: readonly string[];
  readonly objects: readonly SynthesizedObject[];
  readonly charts: readonly SynthesizedChart[];
  readonly problems: readonly string[];
}

interface TerraformJson {
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

const SHOWN_TYPES = ['kubernetes_manifest', 'helm_release'];

/** `stacks`: only these; without it all that stand there. */
export function readSynthesized(out: string, environment: string, stacks?: readonly string[]): SynthesizedEnvironment {
  const folder = join(out, environment);
  const found = stacks ?? stacksIn(folder);
  const objects: SynthesizedObject[] = [];
  const charts: SynthesizedChart[] = [];
  const problems: string[] = [];
  for (const stack of found) {
    const json: TerraformJson = JSON.parse(readFileSync(join(folder, stack, 'cdk.tf.json'), 'utf8'));
    for (const [type, resources] of Object.entries(json.resource ?? {})) {
      if (!SHOWN_TYPES.includes(type)) problems.push(`${stack}: ${type} is no object that can be shown to an API server`);
      for (const [resource, fields] of Object.entries(resources)) {
        const place = `${stack} ${type}.${resource}`;
        if (type === 'kubernetes_manifest') {
          const manifest = literal(fields.manifest, `${place}.manifest`, problems) as ApiObject;
          const computed = Array.isArray(fields.computed_fields) ? { computed: fields.computed_fields.map(String) } : {};
          objects.push({ stack, resource, manifest, ...computed });
        } else if (type === 'helm_release') {
          charts.push({ stack, resource, ...chartOf(literal(fields, place, problems) as Record<string, unknown>) });
        }
      }
    }
  }
  return { environment, stacks: found, objects, charts, problems };
}

export function environmentsIn(out: string): string[] {
  if (!existsSync(out)) return [];
  return readdirSync(out, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && stacksIn(join(out, entry.name)).length > 0)
    .map(({ name }) => name)
    .toSorted();
}

/** Operators first, then cells, each from its data to what watches it; the load generator last. */
const STACK_ORDER = ['operators', 'data', 'gateway', 'services', 'observability', 'loadgen'];

export function stacksIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const place = (stack: string) => {
    const at = STACK_ORDER.findIndex((word) => stack.endsWith(word));
    return at === -1 ? STACK_ORDER.length : at;
  };
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'cdk.tf.json')))
    .map(({ name }) => name)
    .toSorted((left, right) => place(left) - place(right) || (left < right ? -1 : 1));
}

/** `${` that is not doubled is a reference, which no one can know before an apply. */
function literal(value: unknown, place: string, problems: string[]): unknown {
  findReferences(value, place, problems);
  return withoutTemplates(value);
}

function findReferences(value: unknown, place: string, problems: string[]): void {
  if (typeof value === 'string') {
    const shown = value.replaceAll(/([$%])\1\{/g, '');
    if (/[$%]\{/.test(shown)) problems.push(`${place}: "${value.slice(0, 80)}" is known only after an apply`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, inside] of Object.entries(value)) {
      findReferences(inside, Array.isArray(value) ? `${place}[${name}]` : `${place}.${name}`, problems);
    }
  }
}

function chartOf(fields: Record<string, unknown>): Omit<SynthesizedChart, 'stack' | 'resource'> {
  const word = (name: string) => (typeof fields[name] === 'string' ? fields[name] : undefined);
  return {
    name: word('name') ?? '',
    namespace: word('namespace') ?? 'default',
    chart: word('chart') ?? '',
    version: word('version'),
    values: Array.isArray(fields.values) ? fields.values.map(String) : [],
  };
}
