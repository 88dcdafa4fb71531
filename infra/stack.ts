/** One Terraform stack as data: what is in it, where its state is kept, which cluster it speaks to. */
import type { Environment } from './environment.ts';
import { type ChartRelease, type Manifest, objectId, type StackContents } from './manifest.ts';
import type { CellSizes } from './sizes.ts';

export interface Stack {
  /** `cell-007-data`: its folder, its name in CDKTF, its place in the state's backend. */
  readonly id: string;
  readonly contents: StackContents;
  readonly state: { readonly kind: string; readonly settings: Readonly<Record<string, string | boolean>> };
  /** In a kubeconfig, whose path comes from KUBE_CONFIG_PATH. */
  readonly context: string;
}

export function stackOf(name: string, contents: StackContents, { cell }: CellSizes, { state, contextPrefix }: Environment): Stack {
  const id = `${cell.name}-${name}`;
  const place = `${state.placePrefix}${id}${state.placeSuffix}`;
  return {
    id,
    contents,
    state: { kind: state.kind, settings: { ...state.settings, [state.placeSetting]: place } },
    context: `${contextPrefix}${cell.name}`,
  };
}

/** Name in Terraform: letters, digits, - and _. */
export function resourceId(object: Manifest): string {
  return objectId(object)
    .replace(/[^A-Za-z0-9-]+/g, '_')
    .toLowerCase();
}

export function releaseId({ name }: Pick<ChartRelease, 'name'>): string {
  return name.replace(/[^A-Za-z0-9-]+/g, '_');
}

/** Namespaces that a stack makes itself: they must be there before what is in them. */
export function namespacesOf({ objects }: StackContents): ReadonlyMap<string, Manifest> {
  return new Map(objects.filter(({ kind }) => kind === 'Namespace').map((one) => [one.metadata.name, one]));
}
