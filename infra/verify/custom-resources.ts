/**
 * Schemas of the operators' custom resources, as the charts bring them: YAML files in a folder that the user names with
 * --crds or in PARLEY_CRDS. The project carries none, since they are the operators' and change with their versions.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../../services/runtime/backend-error.ts';
import type { MachineFact } from '../../services/runtime/shortfall.ts';
import type { ApiObject, KubernetesApi } from './kubernetes-api.ts';

export const CRDS_VARIABLE = 'PARLEY_CRDS';

/** For tests: a skip where the variable names no folder, everywhere; a folder that it names must have them. */
export const CUSTOM_RESOURCES: MachineFact = {
  fact: `the schemas of the operators' custom resources`,
  missing: () => (crdsDirectory(undefined) === undefined ? `no ${CRDS_VARIABLE}, the folder of the charts' CRDs` : undefined),
};

const ESTABLISHED_MS = 30_000;
const POLL_MS = 50;

/** The folder that was named, or undefined. A folder that was named and has none is an error. */
export function crdsDirectory(option: string | undefined, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const folder = option ?? environment[CRDS_VARIABLE];
  if (folder === undefined || folder === '') return undefined;
  if (!existsSync(folder) || yamlFilesIn(folder).length === 0) {
    throw new BackendError('noSchemas', `${folder} (${option === undefined ? CRDS_VARIABLE : '--crds'}) holds no YAML file`, false);
  }
  return folder;
}

export function readCustomResources(folder: string): ApiObject[] {
  const found: ApiObject[] = [];
  for (const file of yamlFilesIn(folder)) {
    const documents = readYaml(join(folder, file));
    found.push(...documents.filter((document) => document.kind === 'CustomResourceDefinition'));
  }
  return found;
}

/** Resolves when all kinds can be used. */
export async function install(api: KubernetesApi, definitions: readonly ApiObject[]): Promise<void> {
  await api.discover();
  for (const definition of definitions) {
    // Not applied: the largest are beyond what an apply may write beside them.
    const answer = await api.create(definition, 'store');
    if (!answer.accepted) throw new BackendError('schemaRefused', `${definition.metadata.name}: ${answer.message}`, false);
  }
  const untilMs = performance.now() + ESTABLISHED_MS;
  for (const definition of definitions) {
    while (!(await isServed(api, definition))) {
      if (performance.now() > untilMs) throw new BackendError('notServed', `${definition.metadata.name} is not served`, false);
      await Bun.sleep(POLL_MS);
    }
  }
  await api.discover();
}

async function isServed(api: KubernetesApi, definition: ApiObject): Promise<boolean> {
  const answer = await api.read(definition);
  if (!answer.accepted) return false;
  const { conditions } = (answer.object.status ?? {}) as { conditions?: ReadonlyArray<{ type: string; status: string }> };
  if (!conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return false;
  const { group, versions, names } = definition.spec as {
    group: string;
    versions: ReadonlyArray<{ name: string; served: boolean }>;
    names: { plural: string };
  };
  // Established is said a moment before the paths answer.
  const version = versions.find(({ served }) => served)!.name;
  return (await api.call('GET', `/apis/${group}/${version}/${names.plural}?limit=1`)).status === 200;
}

function yamlFilesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .toSorted();
}

function readYaml(path: string): ApiObject[] {
  const documents = Bun.YAML.parse(readFileSync(path, 'utf8')) as ApiObject | ApiObject[];
  return (Array.isArray(documents) ? documents : [documents]).filter((document) => document !== null && typeof document === 'object');
}
