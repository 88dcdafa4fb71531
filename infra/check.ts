/**
 * Whether the stacks that stand in a folder are those that a plan and an environment ask for: each place that is not, with the rows
 * of the plan that it hangs on. A partition count that was changed on a topic that is there is told apart: it may never be applied.
 */
import { differences } from './leaves.ts';
import type { SizeSources } from './read-sizes.ts';
import { rowsBehind } from './rows-behind.ts';
import { ORDER_FILE, type Synthesized } from './synth.ts';
import { withoutTemplates } from './terraform-text.ts';

export interface Mismatch {
  /** File below the output's folder. */
  readonly file: string;
  /** Resource and field in it; '' for a file that is missing or one too many. */
  readonly place: string;
  readonly problem: string;
  /** Fields of the plan that the place hangs on, with what they are now and, if they were another, what they were. */
  readonly rows: readonly string[];
  /** Other cells whose stacks have the same. */
  readonly alsoIn: number;
}

/** `standing`: text of each file by its path below the output's folder, as found. */
export function mismatches(standing: ReadonlyMap<string, string>, wanted: Synthesized, sources: SizeSources): readonly Mismatch[] {
  const environment = sources.environment.value;
  const found: Mismatch[] = [];
  const plain = (file: string, problem: string) => found.push({ file, place: '', problem, rows: [], alsoIn: 0 });
  for (const file of wanted.files.keys()) if (!standing.has(file)) plain(file, 'is missing: parley synth writes it');
  for (const file of standing.keys()) {
    if (!wanted.files.has(file)) plain(file, 'belongs to no cell of the plan: destroy that stack, then remove its folder');
  }
  const differing = [...standing].filter(([file, text]) => wanted.files.has(file) && wanted.files.get(file) !== text);
  if (differing.length === 0) return found;
  const kindOf = (file: string) => wanted.stacks.find(({ stack }) => file.split('/')[1] === stack.id)?.of;
  const kinds = new Set(differing.map(([file]) => kindOf(file)).filter((kind) => kind !== undefined));
  const behind = rowsBehind(sources, wanted.sizes, [...kinds]);
  const before = rowsBefore(standing.get(`${environment.name}/${ORDER_FILE}`));
  const same = new Map<string, Mismatch>();
  for (const [file, text] of differing) {
    if (file.endsWith(ORDER_FILE)) continue;
    for (const one of differingPlaces(text, wanted.files.get(file)!)) {
      const kind = kindOf(file)!.name;
      const rows = rowsOf(`${kind} ${one.place}`, behind).map((field) => rowText(field, wanted.sizes.used.get(field)!, before[field]));
      const key = JSON.stringify([kind, one.place, one.problem]);
      const known = same.get(key);
      same.set(key, known === undefined ? { file, ...one, rows, alsoIn: 0 } : { ...known, alsoIn: known.alsoIn + 1 });
    }
  }
  if (same.size === 0 && found.length === 0) plain(`${environment.name}/${ORDER_FILE}`, 'is not what parley synth writes');
  return [...found, ...same.values()];
}

/** Topics that stand and would get another count in place, or would be gone. */
export function changedPartitions(standing: ReadonlyMap<string, string>, wanted: Synthesized): readonly Mismatch[] {
  const found: Mismatch[] = [];
  for (const [file, text] of wanted.files) {
    const there = standing.get(file);
    if (there === undefined || there === text) continue;
    for (const one of differingPlaces(there, text)) {
      const problem = /^kafkatopic_\S+ spec\.partitions$/.test(one.place) ? one.problem : goneTopic(one);
      if (problem !== undefined) found.push({ file, place: one.place, problem, rows: [], alsoIn: 0 });
    }
  }
  return found;
}

function goneTopic({ place, problem }: Pick<Mismatch, 'place' | 'problem'>): string | undefined {
  return /^kafkatopic_\S+$/.test(place) && problem.endsWith('should be not there') ? `${problem}: ${LOST}` : undefined;
}

const NEVER =
  'a partition count is never changed in place: conversations would change their partition. Growth is a new topic and a hand-over, which no service does yet: grow by another cell (`cells` of the plan)';

const LOST = 'it would be destroyed with the messages in it';

function differingPlaces(standing: string, wanted: string): ReadonlyArray<Pick<Mismatch, 'place' | 'problem'>> {
  let document: unknown;
  try {
    document = JSON.parse(standing);
  } catch {
    return [{ place: '', problem: 'is no JSON' }];
  }
  const places = differences(resourcesIn(document), resourcesIn(JSON.parse(wanted)));
  if (places.length === 0) return [{ place: '', problem: 'differs beside its resources: written anew by parley synth' }];
  return places.map(({ path, left, right }) => {
    const place = path.replace(/^(\S+?)\./, '$1 ');
    const counts = /^kafkatopic_\S+ spec\.partitions$/.test(place) ? `; ${NEVER}` : '';
    const [is, should] = shownPair(left, right);
    return { place, problem: `is ${is}, and should be ${should}${counts}` };
  });
}

/** By resource, as stacks have them: an object, or a chart's fields. */
function resourcesIn(document: unknown): Readonly<Record<string, unknown>> {
  const { resource, ...beside } = (document ?? {}) as { readonly resource?: Readonly<Record<string, Readonly<Record<string, Resource>>>> };
  const objects = Object.entries(resource?.kubernetes_manifest ?? {}).map(([id, { manifest }]) => [id, withoutTemplates(manifest)]);
  const charts = Object.entries(resource?.helm_release ?? {}).map(([id, fields]) => [
    id,
    withoutTemplates({ ...fields, values: valuesOf(fields) }),
  ]);
  return { ...Object.fromEntries([...objects, ...charts]), terraform: beside };
}

interface Resource {
  readonly manifest?: unknown;
  readonly values?: readonly string[];
}

function valuesOf({ values }: Resource): unknown {
  try {
    return JSON.parse(values?.[0] ?? '{}');
  } catch {
    return values;
  }
}

/** Of the place, or of what is above it: a whole object that came or went hangs on what its parts do. */
function rowsOf(place: string, behind: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const exact = behind.get(place);
  if (exact !== undefined) return exact;
  const around = [...behind].filter(
    ([other]) =>
      other.startsWith(`${place}.`) || other.startsWith(`${place} `) || other.startsWith(`${place}[`) || place.startsWith(`${other}.`),
  );
  return [...new Set(around.flatMap(([, fields]) => fields))].sort();
}

function rowText(field: string, now: number, before: number | undefined): string {
  return before === undefined || before === now ? `${field} = ${now}` : `${field} = ${now}, was ${before}`;
}

function rowsBefore(order: string | undefined): Readonly<Record<string, number>> {
  try {
    return (JSON.parse(order ?? '{}') as { readonly plan?: Record<string, number> }).plan ?? {};
  } catch {
    return {};
  }
}

const SHOWN_CHARACTERS = 60;

/** Both values; of long texts what stands from the first difference on. */
function shownPair(left: unknown, right: unknown): readonly [string, string] {
  const [one, other] = [shown(left), shown(right)];
  let from = 0;
  if (Math.max(one.length, other.length) > SHOWN_CHARACTERS) while (from < one.length && one[from] === other[from]) from++;
  const start = from < 20 ? 0 : from - 10;
  return [cut(one, start), cut(other, start)];
}

function cut(text: string, start: number): string {
  const end = start + SHOWN_CHARACTERS;
  return `${start > 0 ? '…' : ''}${text.slice(start, end)}${end < text.length ? '…' : ''}`;
}

function shown(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value);
}
