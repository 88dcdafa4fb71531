/**
 * Holds each claim against what the other claims of the sheet make of it, with the rounding of every number. A relation holds when one
 * of its options does; at most one of its numbers is taken as roughly rounded, the others as near to what was written.
 */
import type { Claim } from './claim.ts';
import { type Option, RELATIONS, type Relation } from './relations.ts';

export interface Input {
  readonly claim: Claim;
  readonly exponent: 1 | -1;
}

/** One way to compute a claim from others. */
export interface Way {
  readonly inputs: readonly Input[];
  readonly constant: number;
  readonly spare: number;
  readonly short: number;
  readonly value: number;
  /** Its inputs are added, not multiplied. */
  readonly isSum?: true;
}

export interface Constraint {
  readonly id: string;
  readonly output: Claim;
  /** The first is what people mean first. */
  readonly ways: readonly [Way, ...Way[]];
  /** The way that holds; undefined for a clash. */
  readonly held: Way | undefined;
  readonly bound: boolean;
  /** Said by the sheet's own note or formula. */
  readonly stated: boolean;
  /** What was needed for it to hold, for the reader: "a day as 100,000 s", "with 1.4 times to spare". */
  readonly remark?: string;
}

const MOST_WAYS = 24;
/** Many reckon a day as 100,000 s. */
const ROUND_DAY = 86_400 / 100_000;
const DAY = 86_400;
/** What arithmetic of floats and of repeated rounding is forgiven. */
const HAIR = 1e-3;

export function constraintsOf(claims: readonly Claim[]): readonly Constraint[] {
  const byKey = new Map<string, Claim[]>();
  for (const claim of claims) byKey.set(claim.key, [...(byKey.get(claim.key) ?? []), claim]);
  const found: Constraint[] = [];
  for (const relation of RELATIONS)
    for (const output of firstOfEach(byKey.get(relation.output) ?? [])) {
      const constraint = constraintOf(relation, output, byKey);
      if (constraint !== undefined) found.push(constraint);
    }
  for (const same of byKey.values()) found.push(...sameQuantity(same));
  return found;
}

/** Of a quantity that is written twice only one is held against others; that both are the same is a relation of its own. */
function firstOfEach(claims: readonly Claim[]): readonly Claim[] {
  const sorted = claims.toSorted((left, right) => right.seconds - left.seconds);
  return sorted.filter((claim, at) => !sorted.slice(0, at).some((one) => together(one, claim) && comparable(one, claim)));
}

function constraintOf(relation: Relation, output: Claim, byKey: ReadonlyMap<string, readonly Claim[]>): Constraint | undefined {
  const ways: Way[] = [];
  for (const option of relation.options) {
    if (option.unless?.some((key) => byKey.has(key) && key !== output.key) === true) continue;
    for (const inputs of selections(option, output, byKey)) ways.push(wayOf(option, inputs));
    if (ways.length > MOST_WAYS) break;
  }
  return judged(relation.id, output, ways, relation.bound, false);
}

export function judged(id: string, output: Claim, ways: readonly Way[], bound: boolean, stated: boolean): Constraint | undefined {
  const [first, ...rest] = ways;
  if (first === undefined) return undefined;
  let remark: string | undefined;
  const held = ways.find((way) => {
    remark = agrees(output, way);
    return remark !== undefined;
  });
  return { id, output, ways: [first, ...rest], held, bound, stated, ...(held === undefined || remark === '' ? {} : { remark: remark! }) };
}

/** Every choice of one claim for each term; a note of the output's own row goes before a row, and only its own may use it. */
function selections(option: Option, output: Claim, byKey: ReadonlyMap<string, readonly Claim[]>): readonly (readonly Input[])[] {
  let chosen: (readonly Input[])[] = [[]];
  for (const [key, exponent] of option.terms) {
    const choices = choicesOf(byKey.get(key) ?? [], output);
    chosen = chosen.flatMap((inputs) => choices.map((claim) => [...inputs, { claim, exponent }]));
    if (chosen.length > MOST_WAYS) chosen = chosen.slice(0, MOST_WAYS);
  }
  return chosen;
}

function choicesOf(claims: readonly Claim[], output: Claim): readonly Claim[] {
  const usable = claims.filter((claim) => claim !== output && together(claim, output));
  const own = usable.filter((claim) => claim.figure.fromNote && rowOf(claim) === rowOf(output));
  if (own.length > 0) return own;
  const rows = usable.filter((claim) => !claim.figure.fromNote);
  return rows.length > 0 ? rows : usable;
}

export function together(left: Claim, right: Claim): boolean {
  const a = left.figure.group;
  const b = right.figure.group;
  return a === '' || b === '' || a === b;
}

function rowOf(claim: Claim): string {
  return claim.figure.row;
}

function wayOf(option: Option, inputs: readonly Input[]): Way {
  const constant = option.constant ?? 1;
  const value = inputs.reduce((product, { claim, exponent }) => product * claim.value ** exponent, constant);
  return { inputs, constant, spare: option.spare ?? 1, short: option.short ?? 1, value };
}

/** Undefined for a clash; else a remark, empty when it simply agrees. */
export function agrees(output: Claim, way: Way): string | undefined {
  const reach = overlapOf(output, way);
  if (reach.inside) return mixesPrefixes(output, way) ? undefined : '';
  if (reach.low > 1 && reach.low <= way.spare)
    return way.spare === Number.POSITIVE_INFINITY ? '' : `${shortFactor(output.value / way.value)} times what it takes, to spare`;
  if (reach.high < 1 && 1 / reach.high <= way.short) return '';
  // Nobody has a quarter of a machine.
  if (
    way.spare > 1 &&
    !output.key.includes('/') &&
    output.value <= Math.ceil(way.value) &&
    output.value > way.value &&
    /^[a-z]+$/.test(output.key)
  )
    return '';
  if (crossesDay(output, way)) {
    const rounded = { ...way, value: way.value * dayStep(output, way) };
    if (overlapOf(output, rounded).inside) return 'with a day as 100,000 s';
  }
  return undefined;
}

/**
 * Four digits that miss by 1.024 to a power, exactly: near enough for rounding, but nobody rounds so. Only for bytes, and only where no
 * number says that it is rough.
 */
function mixesPrefixes(output: Claim, way: Way): boolean {
  if (!output.key.startsWith('bytes:') || !output.figure.precise || way.spare !== 1) return false;
  const size = Math.abs(Math.log(output.value / way.value));
  const own = Math.log(output.high / output.low);
  if (own > 0.0012 || size < 0.02) return false;
  return [1, 2, 3, 4, 5].some((power) => Math.abs(size - power * Math.log(1.024)) < own / 2 + 2e-4);
}

/** The ratio of claim to derived, as the interval that the rounding leaves; inside when it holds 1. */
export function overlapOf(output: Claim, way: Way): { readonly inside: boolean; readonly low: number; readonly high: number } {
  const months = monthSlack(output, way);
  const scale = way.isSum ? 0 : way.value / way.inputs.reduce((product, { claim, exponent }) => product * claim.value ** exponent, 1);
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  let inside = false;
  const members = [undefined, ...way.inputs];
  for (const rough of members) {
    let least = scale;
    let most = scale;
    for (const input of way.inputs) {
      const [from, to] = input === rough ? [input.claim.low, input.claim.high] : [input.claim.inputLow, input.claim.inputHigh];
      least = way.isSum ? least + from : least * (input.exponent === 1 ? from : 1 / to);
      most = way.isSum ? most + to : most * (input.exponent === 1 ? to : 1 / from);
    }
    const [from, to] = rough === undefined ? [output.low, output.high] : [output.inputLow, output.inputHigh];
    const ratioLow = from / most / (1 + HAIR + months);
    const ratioHigh = (to / least) * (1 + HAIR + months);
    low = Math.min(low, ratioLow);
    high = Math.max(high, ratioHigh);
    inside ||= ratioLow <= 1 && ratioHigh >= 1;
  }
  return { inside, low, high };
}

/** 30, 30.4 or 31 days; 360, 365 or 366. */
function monthSlack(output: Claim, way: Way): number {
  const months = [output, ...way.inputs.map(({ claim }) => claim)].some((claim) => claim.calendar);
  return months ? 0.025 : 0;
}

function crossesDay(output: Claim, way: Way): boolean {
  return dayStep(output, way) !== 1;
}

/** 0.864 where the day stands below the rate, its inverse where the rate stands below. */
function dayStep(output: Claim, way: Way): number {
  if (way.isSum) return 1;
  const rates = way.inputs.filter(({ claim }) => claim.seconds > 0);
  if (output.seconds === 0 || output.seconds > 3_600)
    return output.seconds >= DAY && rates.some(({ claim }) => claim.seconds <= 60) ? 1 / ROUND_DAY : 1;
  return rates.some(({ claim }) => claim.seconds >= DAY) ? ROUND_DAY : 1;
}

/** A quantity that is written twice, per day and per second or in two tables, is one number. */
function sameQuantity(claims: readonly Claim[]): readonly Constraint[] {
  const found: Constraint[] = [];
  for (const [at, output] of claims.entries())
    for (const other of claims.slice(0, at)) {
      if (!together(output, other) || !comparable(output, other)) continue;
      const [to, from] = other.seconds !== 0 && other.seconds < output.seconds ? [other, output] : [output, other];
      const way: Way = { inputs: [{ claim: from, exponent: 1 }], constant: 1, spare: 1, short: 1, value: from.value };
      const constraint = judged('the same quantity', to, [way], false, false);
      if (constraint !== undefined) found.push(constraint);
    }
  return found;
}

function comparable(left: Claim, right: Claim): boolean {
  if (left.figure.fromNote || right.figure.fromNote)
    return (
      left.key !== 'factor:peak' &&
      left.figure.fromNote !== right.figure.fromNote &&
      left.narrowed.length === 0 &&
      right.narrowed.length === 0
    );
  if (left.narrowed.join(' ') !== right.narrowed.join(' ')) return false;
  if (left.seconds !== right.seconds) return true;
  // One name in two sections of a table, or with two identifiers, is two things.
  if (left.figure.id !== right.figure.id) return false;
  if (left.figure.table === right.figure.table && left.figure.context !== right.figure.context) return false;
  return left.figure.label.trim().toLowerCase() === right.figure.label.trim().toLowerCase();
}

function shortFactor(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1);
}
