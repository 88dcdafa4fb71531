/**
 * What the notes of a row say of its number: a factor ("10× daily mean"), a size ("200 B/msg compressed"), a rate per user ("~50 per DAU"), a
 * time ("30 days"), or the sum itself ("1 B / 500 K"). Only what has to do with the row's own quantity is taken; all else is prose.
 */
import type { Claim } from './claim.ts';
import { conceptsIn } from './concepts.ts';
import { type Constraint, judged, type Way } from './constraints.ts';
import type { Figure } from './figure.ts';
import { meaningOf } from './label-meaning.ts';
import { askedClaim } from './map-figures.ts';
import { RELATIONS } from './relations.ts';
import { readNumber, type WrittenNumber } from './written-number.ts';

const TIMES_SIGN = /^\s*(?:×|x(?![a-z])|\*|·|倍|배|-?fach\b|fois\b|veces\b|vezes\b|volte\b|-?fold\b|times\b|-?кратн\p{L}*|kat\b)/iu;
const OPERATOR = /^\s*(×|x(?![a-z])|\*|·|⋅|÷|\/|:)\s*/iu;
const DAY = 86_400;

/** Numbers of the notes of `host` that its own relations use. */
export function claimsOfNotes(host: Claim): readonly Claim[] {
  const wanted = inputsOf(host.key);
  const found: Claim[] = [];
  for (const note of host.figure.notes)
    for (const fragment of fragmentsOf(note)) {
      if (sumOf(fragment) !== undefined) continue;
      const claim = claimOfFragment(fragment, host, found.length);
      if (claim !== undefined && wanted.has(claim.key) && !found.some((one) => one.key === claim.key)) found.push(claim);
    }
  return found;
}

/** Replicas that are only told in a label or a note, of whichever row: "With replication (×3)", "RF 3", "3 copies". */
export function replicasSaid(figures: readonly Figure[], claims: readonly Claim[]): readonly Claim[] {
  if (claims.some((claim) => claim.key === 'factor:replication')) return [];
  for (const figure of figures)
    for (const text of [figure.label, ...figure.notes]) {
      if (!conceptsIn(`${figure.label} ${text}`).concepts.some((one) => one.concept === 'replication')) continue;
      const said =
        /(?:[×x*]\s*|rf\s*=?\s*|factor\s*)(\d)\b|\b(\d)\s*(?:[×x]|copies|replicas?|-?fach|fois|veces|副本|コピー|kopien|копи)/iu.exec(text);
      if (said === null) continue;
      const value = Number(said[1] ?? said[2]);
      if (value < 2) continue;
      const made = askedClaim(
        {
          ...figure,
          place: `${figure.place} (note)`,
          label: 'replication factor',
          text: said[0],
          value,
          low: value,
          high: value,
          inputLow: value,
          inputHigh: value,
          measure: { bytes: 0, seconds: 0, dollars: 0 },
          hasUnit: false,
          unitText: '',
          bytePrefix: 0,
          notes: [],
          fromNote: true,
          group: '',
        },
        'factor:replication',
      );
      if (!('reason' in made)) return [made.claim];
    }
  return [];
}

/** Sums that the notes of `host` write out, held against its number. */
export function sumsOfNotes(host: Claim): readonly Constraint[] {
  const found: Constraint[] = [];
  const plain = host.seconds > 0 ? host.seconds : host.key.startsWith('time:') ? 1 / DAY : 1;
  for (const note of host.figure.notes)
    for (const fragment of fragmentsOf(note)) {
      const ways = [true, false].flatMap((bytes): readonly Way[] => {
        const sum = sumOf(fragment, bytes);
        // "2/3 of MAU" is a share, "256 : 1,024" a remark.
        if (
          sum === undefined ||
          conceptsIn(fragment).concepts.some((one) => one.concept === 'of') ||
          Math.abs(Math.log10((sum.value / plain || 1) / host.value)) > 7
        )
          return [];
        const figure: Figure = {
          ...host.figure,
          place: `${host.figure.place} (note)`,
          label: 'its own note',
          text: fragment.trim(),
          notes: [],
          fromNote: true,
        };
        const scaled = {
          value: sum.value / plain,
          low: sum.low / plain,
          high: sum.high / plain,
          inputLow: sum.inputLow / plain,
          inputHigh: sum.inputHigh / plain,
        };
        const claim: Claim = { ...host, ...scaled, figure, key: 'note' };
        return [
          {
            inputs: [{ claim, exponent: 1 }],
            constant: 1,
            spare: /^(gateway|partition|broker|node|shard|server|cell)$/.test(host.key) ? 1.6 : 1,
            short: 1,
            value: claim.value,
          },
        ];
      });
      // "B" is a billion or bytes: the reading that comes nearer is meant.
      const nearest = [...ways]
        .sort((a, b) => Math.abs(Math.log(host.value / a.value)) - Math.abs(Math.log(host.value / b.value)))
        .slice(0, 1);
      const constraint = judged('its own note', host, nearest, false, true);
      if (constraint !== undefined) found.push(constraint);
    }
  return found;
}

function inputsOf(key: string): ReadonlySet<string> {
  return new Set(
    RELATIONS.filter((one) => one.output === key).flatMap((one) => one.options.flatMap((option) => option.terms.map(([term]) => term))),
  );
}

/** A sum within a sum, "÷ (0.6 × 16)": its parts alone say nothing. */
const NESTED = /[×x*·÷/+]\s*\(|\)\s*[×x*·÷/+]/iu;

function fragmentsOf(note: string): readonly string[] {
  if (NESTED.test(note)) return [];
  return note.split(/[;()[\]；（）、。]|,\s|\.\s|\s[–—]\s/u).filter((part) => /\d/.test(part));
}

/** "1 B / 500 K", "= 100 B × 200 B / 86,400": numbers and signs only, with words that name them. */
export function sumOf(
  fragment: string,
  bytes = false,
): Omit<WrittenNumber, 'measure' | 'hasUnit' | 'unitText' | 'bytePrefix' | 'percent' | 'length' | 'plain' | 'precise'> | undefined {
  let rest = fragment.replace(/^\s*[=≈~]\s*/, '').trim();
  const equals = rest.search(/[=≈]/);
  if (equals >= 0) {
    const [left, right] = [rest.slice(0, equals), rest.slice(equals + 1)];
    rest = /\d.*[×x*·÷/].*\d/iu.test(left) ? left : right;
  }
  let product: { value: number; low: number; high: number; inputLow: number; inputHigh: number } | undefined;
  let count = 0;
  let divides = false;
  while (rest.trim() !== '') {
    const number = readNumber(rest, { bytes: bytes && count > 0, decimalComma: false });
    if (number === undefined || !(number.plain > 0)) return undefined;
    // Percents are shares; times count in their own unit.
    const scale = number.plain / number.value;
    const each = {
      value: number.plain,
      low: number.low * scale,
      high: number.high * scale,
      inputLow: number.inputLow * scale,
      inputHigh: number.inputHigh * scale,
    };
    product = product === undefined ? each : combined(product, each, divides);
    count++;
    rest = rest.slice(number.length);
    const words = /^[\s\p{L}\p{M}.]*?(?=\s*(?:×|\*|·|⋅|÷|\/|:|\sx\s|$))/iu.exec(rest)?.[0] ?? '';
    rest = rest.slice(words.length);
    if (rest.trim() === '') break;
    const operator = OPERATOR.exec(rest);
    // "500,000 connections: 5 KB each" is no quotient.
    if (operator === null || (operator[1] === ':' && /\p{L}$/u.test(`${number.unitText}${words}`))) return undefined;
    divides = /[÷/:]/.test(operator[1]!);
    rest = rest.slice(operator[0].length);
    if (rest.trim() === '') return undefined;
  }
  return count >= 2 ? product : undefined;
}

interface Product {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly inputLow: number;
  readonly inputHigh: number;
}

function combined(left: Product, right: Product, divides: boolean): Product {
  if (divides)
    return {
      value: left.value / right.value,
      low: left.inputLow / right.inputHigh,
      high: left.inputHigh / right.inputLow,
      inputLow: left.inputLow / right.inputHigh,
      inputHigh: left.inputHigh / right.inputLow,
    };
  return {
    value: left.value * right.value,
    low: left.inputLow * right.inputLow,
    high: left.inputHigh * right.inputHigh,
    inputLow: left.inputLow * right.inputLow,
    inputHigh: left.inputHigh * right.inputHigh,
  };
}

function claimOfFragment(fragment: string, host: Claim, at: number): Claim | undefined {
  const start = fragment.search(/[~≈]?\s*[$€£]?\d/);
  const before = fragment.slice(0, start);
  const number = readNumber(fragment.slice(start), { bytes: false, decimalComma: false });
  if (number === undefined) return undefined;
  const after = fragment.slice(start + number.length);
  const concepts = new Set(conceptsIn(`${before} ${number.unitText} ${after}`).concepts.map((one) => one.concept));
  const named = keyOf(before, number, after, concepts, host);
  if (named === undefined) return undefined;
  const figure: Figure = {
    ...number,
    place: `${host.figure.place} (note${at === 0 ? '' : ` ${at + 1}`})`,
    row: host.figure.row,
    label: labelOfKey(named),
    context: '',
    text: fragment.trim(),
    unitText: number.unitText,
    notes: [],
    fromNote: true,
    group: host.figure.group,
  };
  const made = askedClaim(figure, named);
  return 'reason' in made ? undefined : made.claim;
}

function keyOf(before: string, number: WrittenNumber, after: string, concepts: ReadonlySet<string>, host: Claim): string | undefined {
  const bare = number.measure.bytes === 0 && number.measure.seconds === 0 && number.measure.dollars === 0 && !number.percent;
  const multiplies = TIMES_SIGN.test(after) || TIMES_SIGN.test(number.unitText) || /(×|\bx)\s*$/i.test(before);
  if (bare && concepts.has('replication')) return number.value >= 1 && number.value <= 10 ? 'factor:replication' : undefined;
  if (bare && multiplies) return /\^peak$/.test(host.key) && number.value <= 100 ? 'factor:peak' : undefined;
  if (bare && concepts.has('factor') && /\^peak$/.test(host.key)) return 'factor:peak';
  if (bare && concepts.has('fanout') && host.noun === 'delivery') return 'delivery@message';
  if (number.percent && (host.key === 'connection' || host.key === 'user:concurrent'))
    return concepts.has('offline') ? undefined : 'share:online';
  if (number.percent && host.key === 'user:daily') return 'share:daily';
  if (number.measure.seconds === 1 && number.measure.bytes === 0) {
    if (host.noun === 'heartbeat') return 'time:heartbeat';
    if (/^bytes:(stored|logical|replicated)$/.test(host.key) && number.value >= DAY) return 'time:retention';
    return undefined;
  }
  if (!concepts.has('per') && !concepts.has('perAfter')) return undefined;
  const label = `${before} ${number.unitText} ${after}`;
  const meaning = meaningOf(label, { ...number.measure, seconds: 0 }, number.hasUnit);
  if (!('unmapped' in meaning))
    return meaning.per === 'user' && !meaning.rate && meaning.noun !== 'device' && meaning.noun !== 'connection'
      ? `${meaning.key}/t`
      : meaning.key;
  // "~50 per DAU": what is counted is the row's own.
  if (bare || number.measure.seconds === -1) {
    if (concepts.has('user')) return host.seconds > 0 ? `${host.noun}@user/t` : `${host.noun}@user`;
    if (concepts.has('gateway')) return host.seconds > 0 ? undefined : `${host.noun}@gateway`;
    if (concepts.has('message') && host.noun !== 'message') return `${host.noun}@message`;
  }
  return undefined;
}

const LABELS: Readonly<Record<string, string>> = {
  'factor:peak': 'peak factor',
  'factor:replication': 'replication factor',
  'share:online': 'share online',
  'share:daily': 'share of daily users',
  'time:heartbeat': 'heartbeat interval',
  'time:retention': 'retention',
  'bytes:body@message': 'bytes per message',
  'bytes:memory@connection': 'bytes per connection',
  'message@user/t': 'messages per user per day',
};

function labelOfKey(key: string): string {
  return LABELS[key] ?? key.replace('/t', ' per day').replace('@', ' per ');
}
