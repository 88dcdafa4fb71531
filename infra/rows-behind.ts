/**
 * Which numbers of a plan a place in a stack hangs on. Nobody keeps a list of them: each number that was read is moved, one at a
 * time, and what moves with it hangs on it. So it is true of every stack, also of one that was written after this.
 */
import { stacksOf } from './app.ts';
import type { Environment } from './environment.ts';
import { differences } from './leaves.ts';
import { type FleetSizes, readSizes, type SizeSources } from './read-sizes.ts';
import { isRefusal } from './refusal.ts';
import { releaseId, resourceId, type Stack } from './stack.ts';

/** One is enough for most; a count that must stay whole, or a size that no machine carries twice of, takes another. */
const MOVES = [(value: number) => value * 2, (value: number) => value + 1, (value: number) => value / 2] as const;

/** Fields of the plan by place, `data kafkanodepool_parley-data_broker spec.replicas`. */
export function rowsBehind(sources: SizeSources, sizes: FleetSizes): ReadonlyMap<string, readonly string[]> {
  const environment: Environment = { ...sources.environment.value, cells: [sizes.cells[0]!.cell.number] };
  const sampled = { ...sources, environment: { ...sources.environment, value: environment } };
  const before = placesOf(sizes, environment);
  const behind = new Map<string, Set<string>>();
  for (const [field, value] of sizes.used) {
    for (const move of MOVES) {
      const moved = readSizes(sampled, { field, value: move(value) });
      if (isRefusal(moved)) continue;
      for (const { path } of differences(before, placesOf(moved, environment))) {
        const place = path.replace(/^(\S+?)\.(\S+?)\./, '$1 $2 ');
        behind.set(place, (behind.get(place) ?? new Set()).add(field));
      }
    }
  }
  return new Map([...behind].map(([place, fields]) => [place, [...fields].sort()]));
}

/** Contents of the first cell's stacks, by kind of stack and resource. */
function placesOf({ cells }: FleetSizes, environment: Environment) {
  return Object.fromEntries(stacksOf(cells.slice(0, 1), environment).map(({ of, stack }) => [of.name, resourcesOf(stack)]));
}

function resourcesOf({ contents }: Stack): Readonly<Record<string, unknown>> {
  return Object.fromEntries([
    ...contents.objects.map((object) => [resourceId(object), object]),
    ...(contents.releases ?? []).map((release) => [releaseId(release), release]),
  ]);
}
