/**
 * `parley synth` without its rim: a plan, an environment and the shapes of machines in, files out, as texts by their path below the
 * output's folder. Nothing is read, nothing is written, and nothing in the texts tells the machine or the time.
 */
import { type BuiltStack, stacksOf, terraformTexts } from './app.ts';
import { CELL_STACKS } from './cell-stacks.ts';
import type { Environment } from './environment.ts';
import { type Order, orderOf } from './order.ts';
import { findings, subjectOf } from './policy/check.ts';
import { type FleetSizes, readSizes, type SizeSources, type Sourced } from './read-sizes.ts';
import { isRefusal, type Refusal } from './refusal.ts';

export interface Synthesized {
  /** `production/cell-007-data/cdk.tf.json` → text. */
  readonly files: ReadonlyMap<string, string>;
  readonly stacks: readonly BuiltStack[];
  readonly sizes: FleetSizes;
  readonly order: Order;
}

export function synthesize(sources: SizeSources): Synthesized | Refusal {
  const sizes = readSizes(sources);
  if (isRefusal(sizes)) return sizes;
  const environment = sources.environment.value;
  const stacks = stacksOf(sizes.cells, environment, CELL_STACKS);
  const order = orderOf(stacks, sizes, environment);
  const [open] = order.open.filter((field) => field.startsWith('images.digests.'));
  if (environment.images.mustBePinned && open !== undefined)
    return { refused: 'missing, and images.mustBePinned asks for it', field: open, file: sources.environment.file };
  const [earlier] = environment.topics.before;
  if (earlier !== undefined) return { refused: NO_HAND_OVER, field: 'topics.before', file: sources.environment.file };
  const unsound = soundnessOf(stacks, sizes, sources.environment);
  if (unsound !== undefined) return unsound;
  const files = new Map<string, string>();
  for (const [id, text] of terraformTexts(stacks)) files.set(stackFile(environment, id), text);
  files.set(`${environment.name}/${ORDER_FILE}`, `${JSON.stringify(order, undefined, 2)}\n`);
  return { files, stacks, sizes, order };
}

/** Stacks can hold two generations (`data-kafka.ts`), services can't: what they wrote is told from what they have to write by its place in one log. */
const NO_HAND_OVER =
  'no service hands conversations over from one log to another yet: the write times in Cassandra are places in one log, and what a new one brings would pass for old. Grow by another cell';

export const ORDER_FILE = 'order.json';

export function stackFile({ name }: Environment, id: string): string {
  return `${name}/${id}/cdk.tf.json`;
}

/** The policy over the first cell: the others differ from it in names and numbers only. */
function soundnessOf(stacks: readonly BuiltStack[], { cells }: FleetSizes, environment: Sourced<Environment>): Refusal | undefined {
  const [first] = cells;
  if (first === undefined) return { refused: 'no cell', field: 'cells', file: environment.file };
  const objects = stacks.filter(({ cell }) => cell === first).flatMap(({ stack }) => stack.contents.objects);
  const [found, ...more] = findings(subjectOf(objects, first, environment.value));
  if (found === undefined) return undefined;
  const others = more.length === 0 ? '' : `; and ${more.length} more`;
  return { refused: `${found.problem} (${found.rule})${others}`, field: found.place, file: environment.file };
}
