/**
 * Which numbers are likely wrong: the fewest whose change makes every clash agree, and among those the ones that least contradicts.
 * A number that other, independent relations support is rather right; one that is computed from others rather wrong; what was only
 * computed from the wrong number follows from it and is no evidence for it. A suspicion, said as such, with what the others would have to be.
 */
import type { Claim } from './claim.ts';
import { agrees, type Constraint, overlapOf, type Way } from './constraints.ts';
import { type NamedFactor, namedFactor } from './named-factors.ts';
import { typicalRange } from './typical-range.ts';

export interface Suspect {
  readonly claim: Claim;
  /** What it would have to be, in base units. */
  readonly needed: number;
  readonly factor: NamedFactor | undefined;
  /** Lower is more likely wrong. */
  readonly cost: number;
}

export interface Diagnosis {
  readonly suspect: Suspect;
  readonly clashes: readonly Constraint[];
  /** Other numbers of the clash, likeliest first. */
  readonly others: readonly Suspect[];
}

interface Needed {
  readonly low: number;
  readonly high: number;
  readonly mid: number;
}

const ANOTHER_CULPRIT = 2;
const COSTS = {
  derived: 1,
  input: 1.6,
  note: 1.7,
  independent: 0.9,
  follower: 0.35,
  followers: 0.5,
  unlikely: 1.5,
  named: 0.4,
  formula: -1,
};

export function diagnose(constraints: readonly Constraint[], claims: readonly Claim[]): readonly Diagnosis[] {
  const clashes = constraints.filter((one) => one.held === undefined);
  return componentsOf(clashes).flatMap((component) => diagnoseComponent(component, constraints, claims));
}

function diagnoseComponent(clashes: readonly Constraint[], all: readonly Constraint[], claims: readonly Claim[]): readonly Diagnosis[] {
  const members = unique(clashes.flatMap(membersOf));
  const sets = [...singles(members), ...(clashes.length > 1 ? pairs(members) : [])];
  let best: { readonly cost: number; readonly diagnoses: readonly Diagnosis[] } | undefined;
  for (const set of sets) {
    const found = explain(set, clashes, all, claims);
    if (found !== undefined && (best === undefined || found.cost < best.cost)) best = found;
  }
  if (best !== undefined) return best.diagnoses;
  return oneByOne(clashes, all, claims);
}

/** When no two numbers explain all: the one that explains most, then the rest again. */
function oneByOne(clashes: readonly Constraint[], all: readonly Constraint[], claims: readonly Claim[]): readonly Diagnosis[] {
  const [first, ...others] = clashes;
  if (first === undefined) return [];
  let best: { readonly covered: readonly Constraint[]; readonly suspect: Claim; readonly cost: number } | undefined;
  for (const claim of unique(clashes.flatMap(membersOf))) {
    const covered = largestExplained(claim, clashes);
    if (covered.length === 0) continue;
    const cost = costOf(claim, covered, all, claims) - 3 * covered.length;
    if (best === undefined || cost < best.cost) best = { covered, suspect: claim, cost };
  }
  if (best === undefined) {
    const suspect: Suspect = { claim: first.output, needed: first.ways[0].value, factor: undefined, cost: 0 };
    return [{ suspect, clashes: [first], others: [] }, ...diagnose(others, claims)];
  }
  const { covered, suspect } = best;
  const rest = clashes.filter((one) => !covered.includes(one));
  return [
    diagnosis(suspect, covered, all, claims),
    ...componentsOf(rest).flatMap((component) => diagnoseComponent(component, all, claims)),
  ];
}

function largestExplained(claim: Claim, clashes: readonly Constraint[]): readonly Constraint[] {
  let chosen: Constraint[] = [];
  for (const clash of clashes.filter((one) => membersOf(one).includes(claim))) {
    if (neededFor(claim, [...chosen, clash]) !== undefined) chosen = [...chosen, clash];
  }
  return chosen;
}

function explain(
  set: readonly Claim[],
  clashes: readonly Constraint[],
  all: readonly Constraint[],
  claims: readonly Claim[],
): { readonly cost: number; readonly diagnoses: readonly Diagnosis[] } | undefined {
  const shares = set.map((claim) => clashes.filter((one) => membersOf(one).includes(claim)));
  if (clashes.some((one) => !shares.some((share) => share.includes(one)))) return undefined;
  // What both could explain is given to the first that can bear it.
  const given: Constraint[][] = set.map((_, at) =>
    shares[at]!.filter((one) => !shares.some((share, other) => other !== at && share.includes(one))),
  );
  for (const clash of clashes.filter((one) => shares.filter((share) => share.includes(one)).length > 1)) {
    const at = set.findIndex((claim, index) => neededFor(claim, [...given[index]!, clash]) !== undefined);
    if (at < 0) return undefined;
    given[at]!.push(clash);
  }
  if (given.some((share) => share.length === 0)) return undefined;
  if (set.some((claim, at) => neededFor(claim, given[at]!) === undefined)) return undefined;
  const diagnoses = set.map((claim, at) => diagnosis(claim, given[at]!, all, claims));
  const cost = diagnoses.reduce((sum, one) => sum + one.suspect.cost, 0) + ANOTHER_CULPRIT * (set.length - 1);
  return { cost, diagnoses };
}

function diagnosis(claim: Claim, clashes: readonly Constraint[], all: readonly Constraint[], claims: readonly Claim[]): Diagnosis {
  const others = unique(clashes.flatMap(membersOf))
    .filter((one) => one !== claim && clashes.every((clash) => membersOf(clash).includes(one)) && neededFor(one, clashes) !== undefined)
    .map((one) => suspectOf(one, clashes, all, claims))
    .sort((left, right) => left.cost - right.cost);
  return { suspect: suspectOf(claim, clashes, all, claims), clashes, others };
}

function suspectOf(claim: Claim, clashes: readonly Constraint[], all: readonly Constraint[], claims: readonly Claim[]): Suspect {
  const needed = neededFor(claim, clashes)?.mid ?? claim.value;
  return { claim, needed, factor: namedFactor(claim.value / needed, claim, claims), cost: costOf(claim, clashes, all, claims) };
}

function costOf(claim: Claim, clashes: readonly Constraint[], all: readonly Constraint[], claims: readonly Claim[]): number {
  const needed = neededFor(claim, clashes);
  if (needed === undefined) return Number.POSITIVE_INFINITY;
  const derived = all.some((one) => one.output === claim && !one.bound && one.id !== 'the same quantity');
  let followers = 0;
  let cost = claim.figure.fromNote ? COSTS.note : derived ? COSTS.derived : COSTS.input;
  if (claim.figure.formula !== undefined) cost += COSTS.formula;
  for (const one of all) {
    if (one.held === undefined || one.bound || clashes.includes(one)) continue;
    const members = [one.output, ...one.held.inputs.map(({ claim: input }) => input)];
    if (!members.includes(claim)) continue;
    if (stillHolds(one, claim, needed.mid)) continue;
    if (one.output === claim) cost += COSTS.independent;
    else if (hasOtherSupport(one.output, one, all)) cost += COSTS.independent;
    else followers += COSTS.follower;
  }
  // However many rows were computed from it, they are one reason.
  cost += Math.min(followers, COSTS.followers);
  const range = typicalRange(claim.key);
  if (range !== undefined) {
    const claimed = within(claim.value, range);
    const changed = within(needed.mid, range);
    if (!claimed && changed) cost -= COSTS.unlikely;
    if (claimed && !changed) cost += COSTS.unlikely;
  }
  if (namedFactor(claim.value / needed.mid, claim, claims) !== undefined) cost -= COSTS.named;
  return cost;
}

/** Another relation than `besides` computes it and agrees. */
function hasOtherSupport(claim: Claim, besides: Constraint, all: readonly Constraint[]): boolean {
  return all.some((one) => one !== besides && one.held !== undefined && !one.bound && one.output === claim);
}

function stillHolds(constraint: Constraint, claim: Claim, value: number): boolean {
  return constraint.ways.some((way) => agrees(moved(constraint.output, claim, value), movedWay(way, claim, value)) !== undefined);
}

function moved(one: Claim, claim: Claim, value: number): Claim {
  if (one !== claim) return one;
  const by = value / claim.value;
  return { ...one, value, low: one.low * by, high: one.high * by, inputLow: one.inputLow * by, inputHigh: one.inputHigh * by };
}

function movedWay(way: Way, claim: Claim, value: number): Way {
  const inputs = way.inputs.map((input) => ({ ...input, claim: moved(input.claim, claim, value) }));
  if (way.isSum) return { ...way, inputs, value: inputs.reduce((sum, input) => sum + input.claim.value, 0) };
  const scale = way.inputs.reduce((by, input) => (input.claim === claim ? by * (value / claim.value) ** input.exponent : by), 1);
  return { ...way, inputs, value: way.value * scale };
}

/** What `claim` would have to be for all of these to agree; undefined when nothing would do. */
function neededFor(claim: Claim, clashes: readonly Constraint[]): Needed | undefined {
  let possible: readonly Needed[] | undefined;
  for (const clash of clashes) {
    const each = clash.ways.flatMap((way) => neededIn(claim, clash, way));
    possible = possible === undefined ? each : possible.flatMap((one) => each.flatMap((other) => both(one, other)));
    if (possible.length === 0) return undefined;
  }
  return possible?.[0];
}

function both(left: Needed, right: Needed): readonly Needed[] {
  const low = Math.max(left.low, right.low);
  const high = Math.min(left.high, right.high);
  if (low > high * 1.02) return [];
  return [
    { low: Math.min(low, high), high: Math.max(low, high), mid: Math.min(Math.max(left.mid, Math.min(low, high)), Math.max(low, high)) },
  ];
}

function neededIn(claim: Claim, clash: Constraint, way: Way): readonly Needed[] {
  const exponent = clash.output === claim ? -1 : way.inputs.find((input) => input.claim === claim)?.exponent;
  if (exponent === undefined) return [];
  if (way.isSum) return neededInSum(claim, clash.output, way);
  const { low, high } = overlapOf(clash.output, way);
  const ratio = clash.output.value / way.value;
  // What the ratio of claimed to derived may become; the rounding of both widens it.
  const most = way.spare * (ratio / low);
  const least = 1 / way.short / (high / ratio);
  // It moves with the output and against the inputs.
  const at = (target: number) => (exponent === 1 ? claim.value * (ratio / target) : claim.value * (target / ratio));
  const nearest = clash.bound && ratio > way.spare ? way.spare : clash.bound ? 1 / way.short : 1;
  const ends = [at(most), at(least)].sort((x, y) => x - y);
  return [{ low: ends[0]!, high: ends[1]!, mid: at(Number.isFinite(nearest) && nearest > 0 ? nearest : 1) }];
}

/** The rest that the others of a sum leave, or what they add up to. */
function neededInSum(claim: Claim, output: Claim, way: Way): readonly Needed[] {
  const others = way.inputs.flatMap((input) => (input.claim === claim ? [] : [input.claim]));
  const sum = (of: (one: Claim) => number) => others.reduce((all, one) => all + of(one), 0);
  const [low, mid, high] = [sum((one) => one.low), sum((one) => one.value), sum((one) => one.high)];
  const needed = claim === output ? { low, mid, high } : { low: output.low - high, mid: output.value - mid, high: output.high - low };
  return needed.mid > 0 ? [{ ...needed, low: Math.max(0, needed.low) }] : [];
}

function within(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}

export function membersOf(constraint: Constraint): readonly Claim[] {
  return unique([constraint.output, ...constraint.ways.flatMap((way) => way.inputs.map(({ claim }) => claim))]);
}

/** Clashes that share a number belong together. */
function componentsOf(clashes: readonly Constraint[]): readonly (readonly Constraint[])[] {
  const components: Constraint[][] = [];
  for (const clash of clashes) {
    const members = membersOf(clash);
    const touching = components.filter((component) => component.some((one) => membersOf(one).some((member) => members.includes(member))));
    const joined = [...touching.flat(), clash];
    for (const one of touching) components.splice(components.indexOf(one), 1);
    components.push(joined);
  }
  return components;
}

function singles(members: readonly Claim[]): readonly (readonly Claim[])[] {
  return members.map((one) => [one]);
}

function pairs(members: readonly Claim[]): readonly (readonly Claim[])[] {
  const limited = members.slice(0, 24);
  return limited.flatMap((one, at) => limited.slice(at + 1).map((other) => [one, other]));
}

function unique<T>(items: readonly T[]): readonly T[] {
  return [...new Set(items)];
}
