/**
 * Which numbers of a plan a place in a stack hangs on. Nobody keeps a list of them: each number that was read is moved, one at a
 * time, and what moves with it hangs on it. So it is true of every stack, also of one that was written after this.
 */
import { stacksOf } from './app.ts';
import type { CellStack } from './cell-stacks.ts';
import type { Environment } from './environment.ts';
import { differences } from './leaves.ts';
import { type PlanDocument, readPlanDocument } from './plan-reader.ts';
import { type FleetSizes, type SizeSources, sizesOfPlan } from './read-sizes.ts';
import { isRefusal } from './refusal.ts';
import { releaseId, resourceId, type Stack } from './stack.ts';

/** So far that what is rounded or has a least moves too; a size that no machine carries so much of is moved less. */
const MOVES = [(value: number) => value * 8, (value: number) => value * 2, (value: number) => value / 2] as const;

/** Fields of the plan by place, `data kafkanodepool_parley-data_broker spec.replicas`, in stacks of those kinds. */
export function rowsBehind(sources: SizeSources, sizes: FleetSizes, kinds: readonly CellStack[]): ReadonlyMap<string, readonly string[]> {
  const environment: Environment = { ...sources.environment.value, cells: [sizes.cells[0]!.cell.number] };
  const sampled = { ...sources, environment: { ...sources.environment, value: environment } };
  const document = readPlanDocument(sources.plan.value, sources.plan.file);
  if (isRefusal(document)) throw new Error(`sizes were read of a plan that can't be: ${document.refused}`);
  const before = placesOf(sizes, environment, kinds);
  const behind = new Map<string, string[]>();
  for (const field of [...sizes.used.keys()].sort()) {
    const moved = movedSizes(document, sampled, field, sizes.used.get(field)!);
    if (moved === undefined) continue;
    for (const { path } of differences(before, placesOf(moved, environment, kinds))) {
      const place = path.replace(/^(\S+?)\.(\S+?)\./, '$1 $2 ');
      behind.set(place, [...(behind.get(place) ?? []), field]);
    }
  }
  return behind;
}

function movedSizes(document: PlanDocument, sources: SizeSources, field: string, value: number): FleetSizes | undefined {
  for (const move of MOVES) {
    const moved = sizesOfPlan(document, sources, { field, value: move(value) });
    if (!isRefusal(moved)) return moved;
  }
  return undefined;
}

/** Contents of the first cell's stacks, by kind of stack and resource. */
function placesOf({ cells }: FleetSizes, environment: Environment, kinds: readonly CellStack[]) {
  return Object.fromEntries(stacksOf(cells.slice(0, 1), environment, kinds).map(({ of, stack }) => [of.name, resourcesOf(stack)]));
}

function resourcesOf({ contents }: Stack): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ...contents.objects.map((object) => [resourceId(object), object]),
    ...(contents.releases ?? []).map((release) => [releaseId(release), release]),
  ]);
}
