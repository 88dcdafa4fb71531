/**
 * An environment's fleet as Terraform's JSON, in memory: a plan's cells, each with its stacks. CDKTF makes one stack of each kind;
 * for the other cells its result is taken with their own objects, names and places put in, which is what CDKTF would write (a
 * test compares), at a hundredth of the time.
 */

import { type TerraformJson, terraformOf } from './cdktf.ts';
import { CELL_STACKS, type CellStack } from './cell-stacks.ts';
import type { Environment } from './environment.ts';
import type { CellSizes } from './sizes.ts';
import { stableJson } from './stable-json.ts';
import { releaseId, resourceId, type Stack, stackOf } from './stack.ts';
import { asTemplates } from './terraform-text.ts';

export interface BuiltStack {
  readonly stack: Stack;
  readonly cell: CellSizes;
  readonly of: CellStack;
}

export function stacksOf(cells: readonly CellSizes[], environment: Environment, kinds = CELL_STACKS): readonly BuiltStack[] {
  return cells.flatMap((cell) =>
    kinds.map((of) => ({ of, cell, stack: stackOf(of.name, of.contents(cell, environment), cell, environment) })),
  );
}

/** Text of `cdk.tf.json` by stack id. */
export function terraformTexts(built: readonly BuiltStack[]): ReadonlyMap<string, string> {
  const samples = new Map<string, { readonly stack: Stack; readonly json: TerraformJson }>();
  const texts = new Map<string, string>();
  for (const { stack, of } of built) {
    const key = `${of.name} ${shapeOf(stack)}`;
    const sample = samples.get(key) ?? { stack, json: terraformOf(stack) };
    samples.set(key, sample);
    texts.set(stack.id, stableJson(sample.stack === stack ? sample.json : retold(sample, stack)));
  }
  return texts;
}

/** Two stacks of the same shape have the same resources that depend on each other alike. */
function shapeOf({ contents, state }: Stack): string {
  const { objects, releases = [] } = contents;
  return [state.kind, ...objects.map(resourceId), ...releases.map(({ name, after = [] }) => `${name}<${after.join(',')}`)].join(' ');
}

/** The sample's JSON with what is another stack's own in it. */
function retold({ stack: from, json }: { readonly stack: Stack; readonly json: TerraformJson }, to: Stack): TerraformJson {
  const { objects, releases = [] } = to.contents;
  const manifests = new Map(objects.map((object) => [resourceId(object), { manifest: asTemplates(object) }]));
  const charts = new Map(
    releases.map((release) => {
      const { name, namespace, chart, repository, version } = release;
      return [
        releaseId(release),
        { name, namespace, chart, repository, version, values: [asTemplates(JSON.stringify(release.values, undefined, 2))] },
      ];
    }),
  );
  const own = { kubernetes_manifest: manifests, helm_release: charts } as Readonly<Record<string, ReadonlyMap<string, object>>>;
  const resource = Object.fromEntries(
    Object.entries(json.resource ?? {}).map(([type, resources]) => [
      type,
      Object.fromEntries(
        Object.entries(resources).map(([id, fields]) => [
          id,
          { ...fields, ...own[type]!.get(id), '//': renamed(fields['//'], from.id, to.id) },
        ]),
      ),
    ]),
  );
  return {
    ...json,
    '//': { ...json['//'], metadata: { ...json['//'].metadata, stackName: to.id } },
    provider: Object.fromEntries(
      Object.keys(json.provider).map((name) => [
        name,
        [name === 'helm' ? { kubernetes: { config_context: to.context } } : { config_context: to.context }],
      ]),
    ),
    terraform: { ...json.terraform, backend: { [to.state.kind]: to.state.settings } },
    resource,
  };
}

/** CDKTF notes beside each resource where in its tree it stands: stack, then resource. */
function renamed(note: unknown, from: string, to: string): unknown {
  const { metadata } = note as { readonly metadata: { readonly path: string } };
  return { ...(note as object), metadata: { ...metadata, path: metadata.path.replace(from, to) } };
}
