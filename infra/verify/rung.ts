/** What a rung of the ladder is, and what it gives back. A rung never throws for what is wrong
 * with the stacks, only for a broken dependency. */
import type { SizeSources } from '../read-sizes.ts';
import type { Synthesized } from '../synth.ts';
import type { SynthesizedEnvironment } from './synthesized.ts';

export const RUNGS = {
  1: 'types, policies, golden files',
  2: 'scrape configuration, rules and charts by their own tools',
  3: 'a real API server: every object, strictly, then stored and read back',
  4: 'OpenTofu with the real providers',
  5: 'a fleet of fake nodes under the real scheduler',
  6: 'sysctls in a network namespace',
} as const;

export type RungNumber = keyof typeof RUNGS;

export interface Finding {
  readonly rung: RungNumber;
  readonly environment: string;
  /** `cell-000-gateway StatefulSet parley/edge`, or what else it is about. */
  readonly subject: string;
  readonly problem: string;
}

export interface RungResult {
  readonly rung: RungNumber;
  readonly environment: string;
  /** `142 objects of 21 kinds accepted, stored and read back`. */
  readonly did: string;
  readonly findings: readonly Finding[];
  /** Why part of it, or all, was not done. Neither good nor bad, and always shown. */
  readonly skipped: readonly string[];
  readonly seconds: number;
  /** Why it could not be tried, such as a server that did not start. */
  readonly broken?: string;
}

export interface SynthesizedFleet {
  readonly sources: SizeSources;
  readonly wanted: Synthesized;
}

export interface RungContext {
  readonly synthesized: SynthesizedEnvironment;
  /** Where `parley synth` wrote. */
  readonly out: string;
  /** What it was written from; a rung that needs it is skipped without. */
  readonly fleet?: SynthesizedFleet;
  readonly crds: string | undefined;
  readonly charts: string | undefined;
  readonly plugins: string | undefined;
  readonly say: (line: string) => void;
}

export type Rung = (context: RungContext) => Promise<RungResult>;
