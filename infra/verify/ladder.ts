/** Climbs the ladder for one environment: each rung that was asked for, in order; a rung that fails stops no other. */
import { BackendError } from '../../services/runtime/backend-error.ts';
import { apiServerRung } from './api-server-rung.ts';
import { fleetRung } from './fleet-rung.ts';
import { openTofuRung } from './opentofu-rung.ts';
import { ownToolsRung } from './own-tools-rung.ts';
import { policyRung } from './policy-rung.ts';
import type { Rung, RungContext, RungNumber, RungResult } from './rung.ts';
import { sysctlRung } from './sysctl-rung.ts';

const CLIMBED: Readonly<Record<RungNumber, Rung>> = {
  1: policyRung,
  2: ownToolsRung,
  3: apiServerRung,
  4: openTofuRung,
  5: fleetRung,
  6: sysctlRung,
};

/** Without the fleet of fake nodes, which takes minutes and a gigabyte. */
export const USUAL_RUNGS: readonly RungNumber[] = [1, 2, 3, 4, 6];

export async function climb(rungs: readonly RungNumber[], context: RungContext): Promise<RungResult[]> {
  const results: RungResult[] = [];
  for (const rung of rungs) results.push(await one(rung, context));
  return results;
}

/** What keeps a rung from being tried is told as such, so that the others still are. */
async function one(rung: RungNumber, context: RungContext): Promise<RungResult> {
  const startedMs = performance.now();
  try {
    return await CLIMBED[rung](context);
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    const seconds = (performance.now() - startedMs) / 1_000;
    return {
      rung,
      environment: context.synthesized.environment,
      did: 'nothing',
      findings: [],
      skipped: [],
      seconds,
      broken: error.message,
    };
  }
}
