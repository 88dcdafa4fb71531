/** The four words of a verdict, as `verdict.ts` defines them. */
export const VERDICTS = ['proved', 'refuted', 'extrapolated', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Judgement {
  readonly verdict: Verdict;
  /** One line for people. */
  readonly reason: string;
}

export function inconclusive(reason: string): Judgement {
  return { verdict: 'inconclusive', reason };
}
