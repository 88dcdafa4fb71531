/**
 * Which rate is tried next when the highest one is looked for that holds: up by steps until one breaks, then halving between the
 * last that held and the first that broke. Pure. A rate that broke is tried once more: a single failure may be the machine's.
 */

export interface Tried {
  readonly rate: number;
  readonly held: boolean;
}

const STEP = 1.25;
/** Held and broke are brought so near each other. */
const NEAR = 1.08;
const TRIES = 2;
const GRAIN = 50;

/** Undefined: it is found, or can't be found from here. */
export function nextRate(tried: readonly Tried[], first: number): number | undefined {
  const best = highestHeld(tried);
  const again = tried.find(({ rate, held }) => !held && rate > best && tried.filter((one) => one.rate === rate).length < TRIES);
  if (again !== undefined) return again.rate;
  const broke = lowestBroke(tried);
  if (broke === undefined) return best === 0 ? first : rounded(best * STEP);
  if (best === 0) return broke > first / STEP ** 2 ? rounded(broke / STEP) : undefined;
  const middle = rounded(Math.sqrt(best * broke));
  return broke / best <= NEAR || middle <= best || middle >= broke ? undefined : middle;
}

export function highestHeld(tried: readonly Tried[]): number {
  return Math.max(0, ...tried.filter(({ held }) => held).map(({ rate }) => rate));
}

/** Of those above what held. */
export function lowestBroke(tried: readonly Tried[]): number | undefined {
  const best = highestHeld(tried);
  const broken = tried.filter(({ rate, held }) => !held && rate > best).map(({ rate }) => rate);
  return broken.length === 0 ? undefined : Math.min(...broken);
}

function rounded(rate: number): number {
  return Math.round(rate / GRAIN) * GRAIN;
}
