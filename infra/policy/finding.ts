/** What a rule of the policy looks at, and what it says. */
import type { Environment } from '../environment.ts';
import type { NodeContract } from '../hosts/node-contract.ts';
import type { Manifest } from '../manifest.ts';
import type { CellSizes } from '../sizes.ts';

/** Everything of one cell: its objects of all stacks, what they were made from, what its nodes are held to. */
export interface Subject {
  readonly objects: readonly Manifest[];
  readonly cell: CellSizes;
  readonly environment: Environment;
  readonly contracts: readonly NodeContract[];
}

export interface Finding {
  readonly rule: string;
  /** Object and field: `StatefulSet/parley-gateway/edges: spec.template.spec.containers[edges].image`. */
  readonly place: string;
  readonly problem: string;
}

export interface Rule {
  readonly name: string;
  /** What goes wrong where it does not hold. */
  readonly why: string;
  readonly check: (subject: Subject) => readonly Problem[];
}

export type Problem = Omit<Finding, 'rule'>;

export function findingText({ rule, place, problem }: Finding): string {
  return `${place}: ${problem} (${rule})`;
}
