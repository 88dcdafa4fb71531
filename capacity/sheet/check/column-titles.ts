/**
 * What the title of a column adds to the names of the rows. Years, regions and scenarios make groups that are never put together;
 * "per day" and "peak" go on with the row's name; "processors" and "memory" beside a list of components are what each of them has.
 */
import { conceptsIn } from './concepts.ts';

export type ColumnKind = 'group' | 'qualifier' | 'count' | 'unit' | 'attribute';

const QUALIFIERS = new Set('mean peak per of total second minute hour day week month year daily monthly hourly yearly'.split(' '));
const ENTITIES = new Set('user device connection gateway node server broker shard partition cell region message'.split(' '));
const PLAIN =
  /^(value|amount|figure|estimate|assumption|number|result|wert|valeur|valor|valore|значение|值|数值|値|값|measured|actual|planned|target|claimed|plan|ist|soll|low|mid|high|base|case)$/u;
const COUNTS =
  /^(count|qty|quantity|instances?|replicas?|nodes?|machines?|servers?|hosts?|pods?|vms?|boxes|units|number|no\.?|#|how many|machines a cell|anzahl|stuck|instanzen|maschinen|nombre|quantite|cantidad|numero|quantidade|quantita|количество|кол-во|数量|台数|個数|개수|수량|대수)$/u;

/** One for each title (normalised, without its unit in parentheses). With two or more groups, all columns are groups. */
export function columnKinds(titles: readonly string[]): readonly ColumnKind[] {
  if (titles.length < 2) return titles.map(() => 'group');
  const kinds = titles.map(kindOf);
  const groups = kinds.filter((kind) => kind === 'group').length;
  return groups > 1 || (groups === 1 && kinds.length === 2 && kinds.includes('attribute'))
    ? titles.map(() => 'group')
    : kinds.map((kind, at) => (kind === 'group' && !PLAIN.test(bareTitle(titles[at]!)) ? 'attribute' : kind));
}

export function bareTitle(title: string): string {
  return title
    .replace(/[([][^)\]]*[)\]]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function kindOf(given: string): ColumnKind {
  const title = bareTitle(given);
  if (title === '' || PLAIN.test(title) || /\d/.test(title)) return 'group';
  if (COUNTS.test(title)) return 'count';
  if (isUnitTitle(title)) return 'unit';
  const { concepts, unknown } = conceptsIn(title);
  if (concepts.length === 0) return 'group';
  const names = concepts.map(({ concept }) => concept);
  if (names.includes('region')) return 'group';
  const perOnly = names[0] === 'per';
  if (unknown.length === 0 && names.every((name) => QUALIFIERS.has(name) || (perOnly && ENTITIES.has(name)))) return 'qualifier';
  return names.some((name) => !QUALIFIERS.has(name)) ? 'attribute' : 'group';
}

/** "USD/month", "TB": the title is the unit of the numbers below it. */
export function isUnitTitle(title: string): boolean {
  return /^(usd|eur|gbp|us\$|\$|€|£|[kmgtp]i?b)(\s*(\/|per )\s*(s|second|hour|day|month|mo|year|yr))?$/i.test(title.trim());
}

/** The row's name with what the title of the column adds to it. */
export function labelUnder(kind: ColumnKind, label: string, title: string): string {
  const bare = bareTitle(title);
  if (kind === 'qualifier') return `${label} ${bare}`;
  return kind === 'attribute' ? `${bare} per ${label}` : label;
}
