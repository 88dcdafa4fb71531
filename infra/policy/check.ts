/** The policy: every rule over every object of a cell. Pure; rung 1 of the ladder, and `parley synth` before it writes. */
import type { Environment } from '../environment.ts';
import { type NodeContract, nodeContract } from '../hosts/node-contract.ts';
import type { Manifest } from '../manifest.ts';
import { type CellSizes, POOLS } from '../sizes.ts';
import { AVAILABILITY_RULES } from './availability.ts';
import { DRAIN_RULES } from './draining.ts';
import type { Finding, Rule, Subject } from './finding.ts';
import { LOADGEN_RULES } from './loadgen.ts';
import { NETWORK_RULES } from './network.ts';
import { PLAN_RULES } from './plan-match.ts';
import { POD_SAFETY_RULES } from './pod-safety.ts';
import { PORT_RULES } from './ports.ts';
import { SCALING_RULES } from './scaling.ts';
import { SECRET_RULES } from './secrets.ts';
import { SYSCTL_RULES } from './sysctls.ts';
import { WATCHING_RULES } from './watching.ts';

export const RULES: readonly Rule[] = [
  ...POD_SAFETY_RULES,
  ...SECRET_RULES,
  ...AVAILABILITY_RULES,
  ...PORT_RULES,
  ...SYSCTL_RULES,
  ...DRAIN_RULES,
  ...SCALING_RULES,
  ...NETWORK_RULES,
  ...LOADGEN_RULES,
  ...PLAN_RULES,
  ...WATCHING_RULES,
];

/** All stacks of one cell together: a rule may need a budget, a certificate or a policy of another stack. */
export function subjectOf(
  objects: readonly Manifest[],
  cell: CellSizes,
  environment: Environment,
  contracts: readonly NodeContract[] = POOLS.map((pool) => nodeContract(pool, cell, environment)),
): Subject {
  return { objects, cell, environment, contracts };
}

export function findings(subject: Subject): readonly Finding[] {
  return RULES.flatMap(({ name, check }) => check(subject).map((problem) => ({ rule: name, ...problem })));
}
