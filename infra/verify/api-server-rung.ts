/**
 * Rung 3: shows every object of an environment to a real API server with the operators' schemas. Strictly first, as a
 * dry run; then stored and read back; and each workload's pod once more as a pod, since only pods are refused by their
 * namespace's pod-security level, a missing service account or an unknown priority class.
 */
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { install, readCustomResources } from './custom-resources.ts';
import type { ApiObject, KubernetesApi } from './kubernetes-api.ts';
import { podOf } from './pod-of.ts';
import { lost } from './read-back.ts';
import type { Finding, RungContext, RungResult } from './rung.ts';
import type { SynthesizedEnvironment, SynthesizedObject } from './synthesized.ts';

/** There on every cluster. */
const GIVEN_NAMESPACES = ['default', 'kube-system'];

export async function apiServerRung(context: RungContext): Promise<RungResult> {
  const startedMs = performance.now();
  const plane = await startControlPlane(context.say);
  try {
    await install(plane.api, context.crds === undefined ? [] : readCustomResources(context.crds));
    const result = await showAll(plane, context);
    return { ...result, seconds: (performance.now() - startedMs) / 1_000 };
  } finally {
    await plane.stop();
  }
}

/** On a server that runs, with schemas installed and none of these objects in it. */
export async function showAll({ api, version }: ControlPlane, { synthesized, crds }: RungContext): Promise<RungResult> {
  const startedMs = performance.now();
  const { environment, problems } = synthesized;
  const findings: Finding[] = problems.map((problem) => ({ rung: 3, environment, subject: 'synthesized files', problem }));
  const find = (object: SynthesizedObject, problem: string) => findings.push({ rung: 3, environment, subject: subjectOf(object), problem });
  const objects = inOrder(synthesized);
  for (const namespace of GIVEN_NAMESPACES) await makeServiceAccount(api, namespace);
  const unserved = new Map<string, number>();
  const shown: SynthesizedObject[] = [];
  for (const object of objects) {
    const { apiVersion, kind } = object.manifest;
    if (api.serves(apiVersion, kind)) shown.push(object);
    // Without schemas a kind of an operator may be right; with them, or of Kubernetes itself, it is wrong.
    else if (crds === undefined && apiVersion.includes('.') && !apiVersion.split('/')[0]!.endsWith('.k8s.io'))
      unserved.set(kind, (unserved.get(kind) ?? 0) + 1);
    else find(object, `the server knows no ${apiVersion} ${kind}`);
  }

  const twice = new Set<string>();
  const stored: SynthesizedObject[] = [];
  for (const object of shown) {
    const key = keyOf(api, object.manifest);
    if (twice.has(key)) find(object, 'two stacks, or two resources of one, make this object');
    twice.add(key);
    const dry = await api.apply(object.manifest, 'dryRun');
    if (!dry.accepted) {
      find(object, dry.message);
      continue;
    }
    for (const warning of dry.warnings) find(object, `warning: ${warning}`);
    const applied = await api.apply(object.manifest, 'store');
    if (!applied.accepted) find(object, `accepted as a dry run, refused when stored: ${applied.message}`);
    else stored.push(object);
    if (object.manifest.kind === 'Namespace' && applied.accepted) await makeServiceAccount(api, object.manifest.metadata.name);
  }

  for (const object of stored) {
    const kept = await api.read(object.manifest);
    if (!kept.accepted) find(object, `stored, but not there when read back: ${kept.message}`);
    else for (const difference of lost(object.manifest, kept.object, object.computed)) find(object, `read back otherwise: ${difference}`);
  }

  let pods = 0;
  for (const object of stored) {
    const pod = podOf(object.manifest);
    if (pod === undefined) continue;
    pods++;
    const answer = await api.create(pod, 'dryRun');
    if (!answer.accepted) find(object, `its pods would be refused: ${answer.message}`);
  }

  const kinds = new Set(shown.map(({ manifest }) => `${manifest.apiVersion} ${manifest.kind}`)).size;
  return {
    rung: 3,
    environment,
    did: `${stored.length} of ${objects.length} objects of ${kinds} kinds stored and read back, ${pods} pod templates admitted as pods, by kube-apiserver ${version}`,
    findings,
    skipped: [...unserved].map(([kind, count]) => `${count} ${kind}: no schema of it was given (--crds DIR, from the operator's chart)`),
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

/** Stack by stack, since each is one apply; in a stack what others stand in comes first, as the provider's retries have it. */
function inOrder({ stacks, objects }: SynthesizedEnvironment): SynthesizedObject[] {
  const first = ['Namespace', 'CustomResourceDefinition', 'PriorityClass', 'ServiceAccount'];
  const place = ({ stack, manifest }: SynthesizedObject) => {
    const at = first.indexOf(manifest.kind);
    return stacks.indexOf(stack) * 10 + (at === -1 ? first.length : at);
  };
  return objects.toSorted((left, right) => place(left) - place(right));
}

/** A controller makes it in each namespace; none runs here. */
async function makeServiceAccount(api: KubernetesApi, namespace: string): Promise<void> {
  await api.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }, 'store');
}

function keyOf(api: KubernetesApi, object: ApiObject): string {
  const namespace = api.isNamespaced(object) ? (object.metadata.namespace ?? 'default') : '';
  return `${object.apiVersion} ${object.kind} ${namespace}/${object.metadata.name}`;
}

function subjectOf({ stack, manifest }: SynthesizedObject): string {
  const { namespace, name } = manifest.metadata;
  return `${stack} ${manifest.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
