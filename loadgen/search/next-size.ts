/**
 * Which size is tried next when the largest one is looked for that holds, and what is known at the end. Pure. A size is a rate
 * or a number of connections. Up by steps until one breaks, then halving between the last that held and the first that did not;
 * every further repeat searches again from what the ones before found, by small steps, so that the answer has a spread.
 */
import { type Spread, spreadOf } from '../bench/spread.ts';

/**
 * held: kept the objectives · broke: the system did not · generator: not, and the load engine was in the way ·
 * disturbed: not, and others used the machine, so that the try says nothing.
 */
export type Outcome = 'held' | 'broke' | 'generator' | 'disturbed';

export interface Tried {
  readonly size: number;
  /** From 0. */
  readonly repeat: number;
  readonly outcome: Outcome;
}

export interface SearchPlan {
  readonly first: number;
  readonly repeats: number;
  /** Sizes are whole multiples of it. */
  readonly grain: number;
}

export interface Found {
  readonly verdict: 'found' | 'inconclusive';
  /** Why it is inconclusive. */
  readonly why?: string;
  /** Largest size that held, over the repeats that ended. */
  readonly held?: Spread;
  /** From the least that a repeat held to the most at which one broke. */
  readonly interval?: { readonly low: number; readonly high: number };
}

const STEP = 1.25;
/** Held and broke are brought so near each other. */
export const NEAR = 1.08;
/** A single failure may be the machine's: it takes two of a kind. */
const OF_A_KIND = 2;
const MOST_DISTURBED = 4;
const MOST_TRIES = 40;
/** A repeat that finds nothing so far below what the others found gives up. */
const FURTHEST_DOWN = 1.6;

type Size = Pick<Tried, 'size' | 'outcome'>;

/** Undefined: all repeats ended, or one can't. */
export function nextTry(tried: readonly Tried[], plan: SearchPlan): { readonly size: number; readonly repeat: number } | undefined {
  for (let repeat = 0; repeat < plan.repeats; repeat++) {
    const size = nextSize(ofRepeat(tried, repeat), stepsOf(tried, repeat, plan));
    if (size !== undefined) return { size, repeat };
    if (bracketOf(ofRepeat(tried, repeat)).held === 0) return undefined;
    if (isBound(ofRepeat(tried, repeat))) return undefined;
  }
  return undefined;
}

export function foundBy(tried: readonly Tried[], plan: SearchPlan): Found {
  const brackets = Array.from({ length: plan.repeats }, (_, repeat) => bracketOf(ofRepeat(tried, repeat)));
  const ended = brackets.filter(({ held, missed }) => held > 0 && missed !== undefined);
  const held = spreadOf(ended.map((one) => one.held));
  const interval = { low: Math.min(...ended.map((one) => one.held)), high: Math.max(...ended.map(({ missed }) => missed!)) };
  const known = held === undefined ? {} : { held, interval };
  const best = Math.max(0, ...brackets.map((one) => one.held));
  const inconclusive = (why: string): Found => ({ verdict: 'inconclusive', why, ...known });
  const disturbed = brackets.findIndex((_, repeat) => isDisturbed(ofRepeat(tried, repeat)));
  if (disturbed >= 0)
    return inconclusive(`${best === 0 ? '' : `at least ${best}: `}others used the machine in ${MOST_DISTURBED} tries of one search`);
  const limited = brackets.find(({ missed, byGenerator }) => missed !== undefined && byGenerator);
  if (limited !== undefined && best === 0)
    return inconclusive(`the load engine could not offer ${limited.missed}, nor anything less that was tried`);
  if (limited !== undefined) return inconclusive(`at least ${best}: the load engine was the limit at ${limited.missed}`);
  if (best === 0) return inconclusive('nothing that was tried held');
  if (brackets.every(({ missed }) => missed === undefined)) return inconclusive(`at least ${best}: nothing that was tried broke`);
  if (ended.length < plan.repeats || nextTry(tried, plan) !== undefined)
    return inconclusive(`${ended.length} of ${plan.repeats} repeats came to an end`);
  return { verdict: 'found', ...known };
}

interface Steps {
  readonly first: number;
  readonly step: number;
  readonly least: number;
  readonly grain: number;
}

function stepsOf(tried: readonly Tried[], repeat: number, { first, grain }: SearchPlan): Steps {
  if (repeat === 0) return { first, step: STEP, least: first / STEP ** 2, grain };
  const before = spreadOf(Array.from({ length: repeat }, (_, one) => bracketOf(ofRepeat(tried, one)).held))!;
  const from = rounded(before.median, grain);
  return { first: from, step: NEAR, least: from / FURTHEST_DOWN, grain };
}

function nextSize(tried: readonly Size[], { first, step, least, grain }: Steps): number | undefined {
  if (isBound(tried)) return undefined;
  if (tried.length === 0) return first;
  const open = tried.find(({ size }) => decided(tried, size) === undefined);
  const { held, missed } = bracketOf(tried);
  if (open !== undefined && open.size > held) return open.size;
  if (missed === undefined) return above(held, step, grain);
  if (held === 0) return missed <= least || missed <= grain ? undefined : below(missed, step, grain);
  const middle = rounded(Math.sqrt(held * missed), grain);
  return missed / held <= NEAR || middle <= held || middle >= missed ? undefined : middle;
}

/** No further try would tell more. */
function isBound(tried: readonly Size[]): boolean {
  return tried.length >= MOST_TRIES || isDisturbed(tried);
}

function isDisturbed(tried: readonly Size[]): boolean {
  return tried.filter(({ outcome }) => outcome === 'disturbed').length >= MOST_DISTURBED;
}

interface Bracket {
  /** 0: none. */
  readonly held: number;
  /** The lowest above it that did not. */
  readonly missed: number | undefined;
  readonly byGenerator: boolean;
}

function bracketOf(tried: readonly Size[]): Bracket {
  const sizes = [...new Set(tried.map(({ size }) => size))];
  const held = Math.max(0, ...sizes.filter((size) => decided(tried, size) === 'held'));
  const missed = sizes.filter((size) => size > held && ['broke', 'generator'].includes(decided(tried, size) ?? ''));
  const lowest = missed.length === 0 ? undefined : Math.min(...missed);
  return { held, missed: lowest, byGenerator: lowest !== undefined && decided(tried, lowest) === 'generator' };
}

/** Undefined while a size may still be either. */
function decided(tried: readonly Size[], size: number): Exclude<Outcome, 'disturbed'> | undefined {
  const count = (outcome: Outcome) => tried.filter((one) => one.size === size && one.outcome === outcome).length;
  if (count('held') > 0) return 'held';
  if (count('broke') >= OF_A_KIND) return 'broke';
  return count('generator') >= OF_A_KIND ? 'generator' : undefined;
}

function ofRepeat(tried: readonly Tried[], repeat: number): readonly Size[] {
  return tried.filter((one) => one.repeat === repeat);
}

function rounded(size: number, grain: number): number {
  return Math.max(grain, Math.round(size / grain) * grain);
}

function above(size: number, step: number, grain: number): number {
  return Math.max(rounded(size * step, grain), size + grain);
}

function below(size: number, step: number, grain: number): number {
  return Math.max(grain, Math.min(rounded(size / step, grain), size - grain));
}
