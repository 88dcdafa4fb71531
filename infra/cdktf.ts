/**
 * The only file that knows CDKTF and its provider bindings, which are archived upstream (ARCHITECTURE.md says how the move to
 * cdktn goes). A stack in, Terraform's JSON out as an object, in memory: no command line tool, no file, no path of this machine.
 */
import { HelmProvider } from '@cdktf/provider-helm/lib/provider';
import { Release } from '@cdktf/provider-helm/lib/release';
import { Manifest as KubernetesManifest } from '@cdktf/provider-kubernetes/lib/manifest';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider';
import { App, TerraformBackend, type TerraformRemoteState, TerraformStack } from 'cdktf';
import type { ChartRelease, Manifest } from './manifest.ts';
import { namespacesOf, releaseId, resourceId, type Stack } from './stack.ts';
import { asTemplates } from './terraform-text.ts';

/** Terraform's JSON of a stack. Fields are as CDKTF has them, keys in no order. */
export interface TerraformJson {
  readonly '//': { readonly metadata: { readonly stackName: string } & Readonly<Record<string, unknown>> } & Readonly<
    Record<string, unknown>
  >;
  readonly terraform: { readonly backend: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
  readonly provider: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, unknown>>>>>;
  readonly resource?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

/** A chart's pods have to be pulled and its webhooks to answer before what comes after it. */
const RELEASE_SECONDS = 900;

export function terraformOf({ id, contents, state, context }: Stack): TerraformJson {
  // Both would go into the JSON: where this code stands, and where an output would be.
  const app = new App({ outdir: '.', stackTraces: false, skipValidation: true, skipBackendValidation: true });
  const stack = new TerraformStack(app, id);
  new Backend(stack, state.kind, state.settings);
  const { objects, releases = [] } = contents;
  if (objects.length > 0) new KubernetesProvider(stack, 'kubernetes', { configContext: context });
  if (releases.length > 0) new HelmProvider(stack, 'helm', { kubernetes: { configContext: context } });

  const namespaces = new Map([...namespacesOf(contents)].map(([name, object]) => [name, wrapped(stack, object, [])]));
  for (const object of objects) {
    if (object.kind === 'Namespace') continue;
    const namespace = namespaces.get(object.metadata.namespace ?? '');
    wrapped(stack, object, namespace === undefined ? [] : [namespace]);
  }
  const made = new Map<string, Release>();
  for (const release of releases) made.set(release.name, released(stack, release, made, namespaces));
  return stack.toTerraform() as TerraformJson;
}

/**
 * Maps of ours to which the API server adds keys, and which the provider would refuse for it; the first two are its own default.
 * A Job that is applied suspended is started by hand, and the next plan leaves it so.
 */
const ADDED_TO: Readonly<Record<string, readonly string[]>> = {
  Job: ['metadata.labels', 'metadata.annotations', 'spec.template.metadata.labels', 'spec.suspend'],
};

function wrapped(stack: TerraformStack, object: Manifest, dependsOn: KubernetesManifest[]): KubernetesManifest {
  const before = dependsOn.length === 0 ? {} : { dependsOn };
  const computedFields = ADDED_TO[object.kind];
  const others = computedFields === undefined ? {} : { computedFields: [...computedFields] };
  return new KubernetesManifest(stack, resourceId(object), { manifest: asTemplates({ ...object }), ...others, ...before });
}

function released(
  stack: TerraformStack,
  { name, namespace, chart, repository, version, values, after = [] }: ChartRelease,
  made: ReadonlyMap<string, Release>,
  namespaces: ReadonlyMap<string, KubernetesManifest>,
): Release {
  const before = after.map((one) => {
    const release = made.get(one);
    if (release === undefined) throw new Error(`${name} comes after ${one}, which is not before it in its stack`);
    return release;
  });
  const home = namespaces.get(namespace);
  return new Release(stack, releaseId({ name }), {
    name,
    namespace,
    chart,
    repository,
    version,
    values: [asTemplates(JSON.stringify(values, undefined, 2))],
    wait: true,
    atomic: true,
    timeout: RELEASE_SECONDS,
    maxHistory: 5,
    dependsOn: home === undefined ? before : [home, ...before],
  });
}

/** Any backend by its name: CDKTF has a class for each, and makes a local one with an absolute path where there is none. */
class Backend extends TerraformBackend {
  private readonly settings: Readonly<Record<string, string | boolean>>;

  constructor(stack: TerraformStack, kind: string, settings: Readonly<Record<string, string | boolean>>) {
    super(stack, 'backend', kind);
    this.settings = settings;
  }

  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.settings };
  }

  override getRemoteStateDataSource(): TerraformRemoteState {
    throw new Error('no stack reads the state of another: what they share is names (names.ts)');
  }
}
