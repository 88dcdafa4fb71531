/**
 * What stands beside the stacks as data: in which order they are applied and destroyed, what must be true in between, which secrets
 * must be there before, which fields of the environment are still open, and the numbers of the plan that it was all made from.
 */
import type { BuiltStack } from './app.ts';
import { CELL_STACKS, type CellStack } from './cell-stacks.ts';
import type { Environment } from './environment.ts';
import { SYSTEM_POOL } from './names.ts';
import { exampleFields } from './open-fields.ts';
import type { FleetSizes } from './read-sizes.ts';
import { type NeededSecret, neededSecrets } from './secret-references.ts';
import type { CellSizes } from './sizes.ts';
import { systemPool } from './stacks/operators.ts';
import { CHARTS, FOREIGN_IMAGES } from './versions.ts';

export const ORDER_SCHEMA = 1;

export interface Order {
  readonly schema: typeof ORDER_SCHEMA;
  readonly environment: string;
  /** One apply makes one cell: its stacks in this order, and backwards for a destroy. Cells wait for nothing of each other. */
  readonly cells: ReadonlyArray<{
    readonly cell: number;
    readonly region: string;
    readonly zones: readonly string[];
    readonly context: string;
    readonly stacks: readonly string[];
    /** Applied for a test only, when the others are there. */
    readonly onDemand: readonly string[];
  }>;
  /** Nodes of a cell, by pool: `infra/hosts` says what each must be. */
  readonly pools: Readonly<
    Record<string, { readonly nodes: number; readonly shape?: string; readonly cores: number; readonly memoryBytes: number }>
  >;
  readonly kinds: ReadonlyArray<{ readonly name: string; readonly after: readonly string[]; readonly ready: readonly string[] }>;
  /** In every cell's cluster. */
  readonly secrets: readonly NeededSecret[];
  readonly charts: ReadonlyArray<{ readonly chart: string; readonly version: string; readonly digest: string | null }>;
  /** Fields of the environment that a platform team has still to fill in: open-fields.ts. */
  readonly open: readonly string[];
  /** Field of the plan and its value, of each number that the stacks hang on. */
  readonly plan: Readonly<Record<string, number>>;
}

export function orderOf(stacks: readonly BuiltStack[], sizes: FleetSizes, environment: Environment): Order {
  const [first] = sizes.cells;
  const ofFirst = stacks.filter(({ cell }) => cell === first);
  const objects = ofFirst.flatMap(({ stack }) => stack.contents.objects);
  const charts = chartsOf(ofFirst, environment);
  return {
    schema: ORDER_SCHEMA,
    environment: environment.name,
    cells: sizes.cells.map((sized) => {
      const own = stacks.filter(({ cell }) => cell === sized);
      const ids = (wanted: boolean) => own.filter(({ of }) => (of.onDemand === true) === wanted).map(({ stack }) => stack.id);
      const { number, region, zones } = sized.cell;
      return { cell: number, region, zones, context: own[0]?.stack.context ?? '', stacks: ids(false), onDemand: ids(true) };
    }),
    pools: first === undefined ? {} : poolsOf(first),
    kinds: CELL_STACKS.map(({ name, after, ready }: CellStack) => ({ name, after, ready })),
    secrets: neededSecrets(objects),
    charts: charts.map(({ chart, version, digest }) => ({ chart, version, digest: digest ?? null })),
    open: [
      ...exampleFields(environment),
      ...charts.filter(({ digest }) => digest === undefined).map(({ name }) => `charts.digests.${name}`),
      ...openImages(objects, environment),
    ],
    plan: Object.fromEntries([...sizes.used].sort(([left], [right]) => (left < right ? -1 : 1))),
  };
}

function poolsOf(cell: CellSizes): Order['pools'] {
  const planned = Object.entries(cell.pools).map(([name, { count, shape, shapeCores, shapeMemoryBytes }]) => [
    name,
    { nodes: count, shape, cores: shapeCores, memoryBytes: shapeMemoryBytes },
  ]);
  return Object.fromEntries([...planned, [SYSTEM_POOL, systemPool(cell)]]);
}

function chartsOf(stacks: readonly BuiltStack[], { charts }: Environment) {
  const released = new Set(stacks.flatMap(({ stack }) => (stack.contents.releases ?? []).map(({ chart }) => chart)));
  return Object.entries(CHARTS)
    .filter(([, { chart }]) => released.has(chart))
    .map(([name, { chart, version }]) => ({ name, chart, version, digest: charts.digests[name] }));
}

/** Images without a digest, by the names that an environment gives them. */
function openImages(objects: readonly unknown[], { images }: Environment): readonly string[] {
  const own = `${images.registry}/`;
  const foreign = new Map(Object.entries(FOREIGN_IMAGES).map(([name, image]) => [image as string, name]));
  const nameOf = (image: string) => (image.startsWith(own) ? image.slice(own.length).split(':')[0]! : (foreign.get(image) ?? image));
  return [...new Set(objects.flatMap(imagesIn))]
    .filter((image) => !image.includes('@sha256:'))
    .map((image) => `images.digests.${nameOf(image)}`)
    .sort();
}

function imagesIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([field, one]) => (field === 'image' && typeof one === 'string' ? [one] : imagesIn(one)));
}
