/**
 * From figures with labels to claims about quantities: what each row means, in base units and per second. A mapping decides where it
 * speaks; a row that is not understood is handed back with the reason.
 */

import type { Claim, NotMapped, UnitClash } from './claim.ts';
import { conceptsIn } from './concepts.ts';
import type { Figure } from './figure.ts';
import { isOnlyScope, type Meaning, meaningOf, type NoMeaning, scopeOf, timeNamed } from './label-meaning.ts';
import { keyOfId } from './model-ids.ts';
import { IGNORE, QUANTITIES } from './quantity-names.ts';
import type { Noun } from './vocabulary.ts';

/** Label or place → a name of `quantity-names.ts`, a key, or `ignore`. */
export type Mapping = Readonly<Record<string, string>>;

export interface MappedSheet {
  readonly claims: readonly Claim[];
  readonly notMapped: readonly NotMapped[];
  readonly unitClashes: readonly UnitClash[];
}

const DAY = 86_400;
/** Nouns whose rates people give per day when they say nothing. */
const TYPICAL_PER_USER = /^(message|delivery|receipt|read|write|request|push|typing|event)$/;

export function mapFigures(figures: readonly Figure[], mapping: Mapping = {}): MappedSheet {
  const claims: Claim[] = [];
  const notMapped: NotMapped[] = [];
  const unitClashes: UnitClash[] = [];
  for (const figure of figures) {
    const asked = mapping[figure.place] ?? mapping[figure.label] ?? mapping[figure.label.trim()];
    if (asked === IGNORE) {
      notMapped.push({ figure, reason: 'the mapping file says to leave it out' });
      continue;
    }
    const made = asked !== undefined ? askedClaim(figure, asked) : (byIdOf(figure) ?? claimOf(figure));
    if ('reason' in made) notMapped.push(made);
    else {
      claims.push(made.claim);
      if (made.clash !== undefined) unitClashes.push(made.clash);
    }
  }
  return { claims: settled(claims, notMapped), notMapped, unitClashes };
}

/** A row that carries a name of the model is that, whatever its label says; its notes are sources. */
function byIdOf(figure: Figure): Made | undefined {
  const key = figure.id === undefined ? null : keyOfId(figure.id);
  if (key === null) return undefined;
  // "Machines": one identifier for a row of several columns.
  if (key === undefined || figure.isAttribute === true)
    return { figure, reason: `${figure.id} of the model, which nothing else in the sheet derives by itself` };
  return askedClaim({ ...figure, notes: [] }, key);
}

export type Made = { readonly claim: Claim; readonly clash?: UnitClash } | NotMapped;

function claimOf(given: Figure): Made {
  const figure = afterYears(given);
  const meaning = understood(figure);
  if ('unmapped' in meaning) return { figure, reason: meaning.unmapped };
  return scaled(figure, below(figure.context, meaning));
}

const AFTER =
  /[(]?\b(?:after |over |nach |für |bei |à |en )?(\d+)[\s-]*(years?|yrs?|jahre?n?|ans?|années?|años?|anos?|anni|лет|года?|months?|monate?n?|mois|meses|days?|tage?n?|jours?|días?|dias)\b\s*[)]?|(\d+)\s*(年|个月|か月|ヶ月|년|개월|天|日間|일)(?:間|后|後)?/iu;

/** "5-year storage" is a total, and five years its retention. */
function afterYears(figure: Figure): Figure {
  const said = AFTER.exec(figure.label);
  if (said === null || figure.measure.bytes !== 1 || figure.measure.seconds !== 0) return figure;
  const left = figure.label.replace(said[0], ' ').trim();
  return {
    ...figure,
    label: left === '' ? 'storage' : `total ${left}`,
    notes: [...figure.notes, `${said[1] ?? said[3]} ${said[2] ?? said[4]}`],
  };
}

/** Its label alone, then with the words of its unit, then below the heading of its table. */
function understood(figure: Figure): (Meaning & { readonly weak?: true }) | NoMeaning {
  const own = meaningOf(figure.label, figure.measure, figure.hasUnit);
  const words = figure.unitText.replace(/\b[kmgtpe]?i?(b|o|bytes?|bits?|bps)\b/gi, ' ').trim();
  const withUnit = words === '' ? own : meaningOf(`${figure.label} ${words}`, figure.measure, figure.hasUnit);
  if (!('unmapped' in withUnit)) {
    if ('unmapped' in own) return withUnit;
    if (own.noun === withUnit.noun) return { ...withUnit, ...labelTime(own) };
    // The unit counts something else than the label names.
    return { ...own, weak: true };
  }
  if (!('unmapped' in own)) return own;
  if (figure.context === '') return own;
  const withHeading = meaningOf(`${figure.label} ${words} ${figure.context}`, figure.measure, figure.hasUnit);
  return 'unmapped' in withHeading ? own : { ...withHeading, weak: true };
}

/** "Per gateway" as a heading: what stands below it is of one of them. Only said above, so never enough for a contradiction. */
function below(heading: string, meaning: Meaning & { readonly weak?: true }): Meaning & { readonly weak?: true } {
  if (heading === '' || meaning.per !== undefined || /^(time|share|factor|user|cost:)|:perMessage/.test(meaning.noun)) return meaning;
  const entity = scopeOf(heading);
  if (entity === undefined || meaning.noun === entity || meaning.noun.includes('body')) return meaning;
  const [noun, ...rest] = meaning.key.split('/');
  return { ...meaning, key: [`${noun}@${entity}`, ...rest].join('/'), per: entity, ...(isOnlyScope(heading) ? {} : { weak: true }) };
}

function labelTime(own: Meaning): Partial<Pick<Meaning, 'labelSeconds' | 'spans'>> {
  return own.labelSeconds === undefined ? {} : { labelSeconds: own.labelSeconds, spans: own.spans };
}

function scaled(figure: Figure, meaning: Meaning & { readonly weak?: true }): Made {
  let { rate, statistic } = meaning;
  let { labelSeconds } = meaning;
  let key = meaning.key;
  let assumed: string | undefined;
  let factor = meaning.perMillion ? 1e-6 : 1;
  if (!rate && TYPICAL_PER_USER.test(meaning.noun)) {
    if (meaning.per === 'user') {
      key = `${key}/t`;
      rate = true;
      labelSeconds = DAY;
      statistic = 'mean';
      assumed = 'taken per day';
    } else if (statistic === 'peak') {
      key = `${key}/t`;
      rate = true;
      labelSeconds ??= 1;
      assumed = 'taken per second';
    } else if (meaning.per === undefined)
      return { figure, reason: `its label says no time, so ${figure.label.trim()} may be per second, per day or in all` };
  }
  if (/%/.test(figure.unitText) && !/^(share|factor)/.test(meaning.noun)) return { figure, reason: 'a share of it, or a change' };
  if (meaning.key === 'core' && figure.value < 1) return { figure, reason: 'less than one processor: how much of one is used, perhaps' };
  let seconds = 0;
  let clash: UnitClash | undefined;
  if (rate) {
    const cell = unitSeconds(figure);
    if (figure.measure.seconds === -1) {
      seconds = cell ?? labelSeconds ?? 1;
      if (cell !== undefined && labelSeconds !== undefined && !meaning.spans && differ(cell, labelSeconds))
        clash = {
          figure,
          label: perTime(labelSeconds),
          cell: perTime(cell),
          factor: Math.max(cell, labelSeconds) / Math.min(cell, labelSeconds),
        };
    } else if (figure.measure.seconds !== 0) return { figure, reason: 'its unit is no rate, its label is one' };
    else if (labelSeconds === undefined) return { figure, reason: 'neither its label nor its unit says per what time' };
    else {
      seconds = labelSeconds;
      factor /= labelSeconds;
    }
    if (statistic === 'peak' && seconds >= DAY) return { figure, reason: 'the busiest day is not the busiest second' };
  } else if (figure.measure.seconds === -1) return { figure, reason: 'its unit is a rate, its label is none' };
  if (meaning.noun.startsWith('time:') && figure.measure.seconds === 0) {
    const named = timeNamed(figure.label);
    if (named === undefined) return { figure, reason: 'a time without a unit' };
    factor *= named;
  }
  if (meaning.noun.startsWith('share:') && !figure.hasUnit && figure.value > 1) {
    if (!meaning.percent && figure.value > 100) return { figure, reason: 'a share above 100 %' };
    factor *= 0.01;
  }
  const wanted = wantedBytes(meaning.noun);
  const saysBytes = wanted === 1 && !figure.hasUnit && nounWords(figure.label).includes('byte');
  if (wanted !== undefined && figure.measure.bytes !== wanted && !saysBytes)
    return { figure, reason: wanted === 1 ? 'its label says bytes, its unit does not' : 'its unit says bytes, its label does not' };
  return {
    claim: {
      ...spread(exactWhole(figure, meaning.noun), factor),
      figure,
      key: rate && statistic === 'peak' ? `${key}^peak` : unified(key, figure),
      noun: meaning.noun,
      seconds,
      calendar:
        seconds > 7 * DAY ||
        (meaning.noun.startsWith('time:') &&
          /month|year|monat|jahr|mois|an\b|ans\b|mes|año|ano|год|лет|мес|月|年|개월|년|yıl|ay\b/i.test(figure.unitText)),
      weak: meaning.weak === true || figure.isAttribute === true || meaning.vague || meaning.sentence,
      unsaid: rate && statistic === 'unsaid' && seconds <= 3_600,
      ...(assumed === undefined ? {} : { assumed }),
      narrowed: meaning.narrowed,
    },
    ...(clash === undefined ? {} : { clash }),
  };
}

function unified(key: string, figure: Figure): string {
  if (key === 'bytes:memory@gateway' && isInstalled(figure)) return 'bytes:ram@gateway';
  return key === 'delivery:perMessage@message' ? 'delivery@message' : key;
}

/** Replicas are whole: 3 is 3, not 2.5 to 3.5. */
function exactWhole(figure: Figure, noun: string): Figure {
  if (noun !== 'factor:replication' || !Number.isInteger(figure.value)) return figure;
  return { ...figure, low: figure.value, high: figure.value, inputLow: figure.value, inputHigh: figure.value };
}

/** What a box has, of which its connections take a part, and not what they take. */
function isInstalled(figure: Figure): boolean {
  if (/\b(ram|installed|hardware|box|instance)\b/i.test(figure.label)) return true;
  const sizes = [2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024];
  return sizes.some((size) => Math.abs(figure.value / (size * 1e9) - 1) < 1e-9 || Math.abs(figure.value / (size * 1_024 ** 3) - 1) < 1e-9);
}

/** As what a mapping file or a note says that it is: a name of `quantity-names.ts`, or a key. */
export function askedClaim(figure: Figure, name: string): Made {
  const named = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name]! : { key: name };
  const noun = named.key.replace(/[@/^].*$/, '') as Noun;
  const rate = named.key.includes('/t');
  let factor = 1;
  const seconds = rate ? (unitSeconds(figure) ?? meaningSeconds(figure) ?? named.seconds) : 0;
  if (rate && figure.measure.seconds === 0) {
    if (seconds === undefined) return { figure, reason: `mapped to ${name}, but nothing says per what time` };
    factor = 1 / seconds;
  }
  if (noun.startsWith('time:') && figure.measure.seconds === 0) factor = timeNamed(figure.label) ?? named.seconds ?? 1;
  if (noun.startsWith('share:') && !figure.hasUnit && figure.value > 1) factor = 0.01;
  const wanted = wantedBytes(noun);
  if (wanted !== undefined && figure.measure.bytes !== wanted) return { figure, reason: `mapped to ${name}, which its unit does not fit` };
  return {
    claim: {
      ...spread(figure, factor),
      figure,
      key: named.key,
      noun,
      seconds: seconds ?? 0,
      calendar: false,
      weak: false,
      unsaid: false,
      narrowed: [],
    },
  };
}

function meaningSeconds(figure: Figure): number | undefined {
  const meaning = meaningOf(figure.label, figure.measure, figure.hasUnit);
  return 'unmapped' in meaning ? undefined : meaning.labelSeconds;
}

function spread(figure: Figure, factor: number): Pick<Claim, 'value' | 'low' | 'high' | 'inputLow' | 'inputHigh'> {
  return {
    value: figure.value * factor,
    low: figure.low * factor,
    high: figure.high * factor,
    inputLow: figure.inputLow * factor,
    inputHigh: figure.inputHigh * factor,
  };
}

/** 1 for what is measured in bytes, 0 for what is counted, undefined for money. */
function wantedBytes(noun: string): 0 | 1 | undefined {
  if (noun === 'cost') return undefined;
  return noun.startsWith('bytes:') ? 1 : 0;
}

/** The time that the unit of a cell names: 86,400 of "TB/day". */
function unitSeconds(figure: Figure): number | undefined {
  if (figure.measure.seconds !== -1) return undefined;
  return (
    timeNamed(
      `x/${figure.unitText
        .split(/[/]|\bper\b/)
        .slice(1)
        .join('/')}`,
    ) ?? (/bps$|bit|qps|rps|tps|mps/i.test(figure.unitText) ? 1 : undefined)
  );
}

function differ(left: number, right: number): boolean {
  return Math.max(left, right) / Math.min(left, right) > 1.2;
}

function perTime(seconds: number): string {
  const names: readonly (readonly [number, string])[] = [
    [31_536_000, 'year'],
    [2_592_000, 'month'],
    [604_800, 'week'],
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
    [1, 's'],
  ];
  return `per ${names.find(([size]) => Math.abs(seconds / size - 1) < 0.1)?.[1] ?? `${seconds} s`}`;
}

/** What only the whole sheet can say: servers are gateways where nothing else is; a part is not the whole. */
function settled(claims: readonly Claim[], notMapped: NotMapped[]): readonly Claim[] {
  const named = claims.map((claim) => ({ ...claim, key: boxKey(claim.key, claims) }));
  const kept: Claim[] = [];
  for (const claim of named) {
    const plainer = named.some(
      (other) => other !== claim && other.key === claim.key && other.narrowed.length < claim.narrowed.length && !other.figure.fromNote,
    );
    if (claim.narrowed.length > 0 && (plainer || claim.narrowed.some((word) => PARTS.has(word))))
      notMapped.push({
        figure: claim.figure,
        reason: `a part or a variant ("${claim.narrowed.join(' ')}"), which nothing else in the sheet derives`,
      });
    else kept.push(claim);
  }
  return kept.map((claim) => (claim.unsaid ? said(claim, kept) : claim));
}

/** Whatever the boxes that hold connections are called, there is one name for them. */
function boxKey(key: string, claims: readonly Claim[]): string {
  const counted = (entity: string) => claims.some((claim) => claim.key === entity);
  if (counted('gateway')) {
    const named = key.replace(/^(connection|bytes:memory|bytes:ram|message)@(server|node)/, '$1@gateway');
    // Where gateways have a row of it of their own, nodes are something else.
    return counted(named) ? key : named;
  }
  if (!counted('server')) return key;
  return key.replace(/(^|@)server/, '$1gateway').replace(/^connection@node/, 'connection@gateway');
}

const PARTS = new Set(['media', 'group', 'churn', 'offline']);

/** "Messages per second" is the mean where a peak stands beside it; alone, it is what it comes nearer to. */
function said(claim: Claim, all: readonly Claim[]): Claim {
  const peak = `${claim.key}^peak`;
  if (all.some((one) => one !== claim && one.key === peak)) return claim;
  const mean = all.find((one) => one !== claim && one.key === claim.key && !one.unsaid);
  if (mean === undefined) return claim;
  const ratio = claim.value / mean.value;
  const factor = all.find((one) => one.key === 'factor:peak');
  const nearPeak = factor === undefined ? ratio > 1.3 && ratio <= 50 : Math.abs(Math.log(ratio / factor.value)) < Math.abs(Math.log(ratio));
  return nearPeak ? { ...claim, key: peak, assumed: 'taken as the peak, as it is above the mean' } : claim;
}

export function nounWords(text: string): readonly string[] {
  return conceptsIn(text).concepts.map((one) => one.concept);
}
