/**
 * A chat in turns: calm, disturbed, calm, disturbed, … so that both are measured in one run, on one box, on one machine. A pure
 * function of the time since the chat began. The beginning of each part counts in neither: what the one before left behind is
 * not its own.
 */
export interface PhasePlan {
  /** Before the first calm part: code is compiled, caches grow. */
  readonly warmSeconds: number;
  readonly calmSeconds: number;
  readonly disturbedSeconds: number;
  /** Of each part, at its beginning. */
  readonly guardSeconds: number;
  readonly turns: number;
}

export type PhaseName = 'calm' | 'disturbed';

export function phasesSeconds(plan: PhasePlan): number {
  return plan.warmSeconds + plan.turns * (plan.calmSeconds + plan.disturbedSeconds);
}

/** Seconds of disturbed parts that lie before this time. */
export function disturbedSecondsBefore(plan: PhasePlan, seconds: number): number {
  const turn = plan.calmSeconds + plan.disturbedSeconds;
  const since = Math.min(Math.max(0, seconds - plan.warmSeconds), plan.turns * turn);
  const whole = Math.floor(since / turn);
  return whole * plan.disturbedSeconds + Math.max(0, since - whole * turn - plan.calmSeconds);
}

/** Whether the disturbance goes on at this time. */
export function isDisturbed(plan: PhasePlan, tMs: number): boolean {
  return partAt(plan, tMs)?.name === 'disturbed';
}

/** The part that a message counts in which was due at this time; undefined: in none. */
export function phaseAt(plan: PhasePlan, tMs: number): PhaseName | undefined {
  const part = partAt(plan, tMs);
  return part === undefined || part.sinceSeconds < plan.guardSeconds ? undefined : part.name;
}

function partAt(plan: PhasePlan, tMs: number): { readonly name: PhaseName; readonly sinceSeconds: number } | undefined {
  const since = tMs / 1_000 - plan.warmSeconds;
  const turn = plan.calmSeconds + plan.disturbedSeconds;
  if (since < 0 || since >= plan.turns * turn) return undefined;
  const inTurn = since % turn;
  return inTurn < plan.calmSeconds
    ? { name: 'calm', sinceSeconds: inTurn }
    : { name: 'disturbed', sinceSeconds: inTurn - plan.calmSeconds };
}
