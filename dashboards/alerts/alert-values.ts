/** Every number that a threshold may name: rows of the plan, its coefficients and workload, settings of a gateway, bounds, objectives, decisions. */
import { SETTINGS } from '../../services/gateway/config.ts';
import type { PlanRows } from '../board.ts';
import { budgetOf, SERVICE_OBJECTIVES } from '../slo.ts';
import { BOUNDS, ON_CALL } from './bounds.ts';

/** `plan`: rows, and `coefficients.NAME` and `workload.NAME` beside them, as `plan-rows.ts` reads them. */
export function alertValues(plan: PlanRows): PlanRows {
  const settings = Object.entries(SETTINGS).flatMap(
    ([name, { value }]): Array<[string, number]> => (typeof value === 'number' ? [[`setting.${name}`, value]] : []),
  );
  return new Map<string, number>([
    ...plan,
    ...settings,
    ...Object.entries(BOUNDS).map(([name, { value }]): [string, number] => [`bound.${name}`, value]),
    ...Object.entries(ON_CALL).map(([name, { value }]): [string, number] => [`onCall.${name}`, value]),
    ...SERVICE_OBJECTIVES.flatMap(
      (one): Array<[string, number]> => [
        [`objective.${one.id}.budget`, budgetOf(one)],
        ...(one.seconds === undefined ? [] : ([[`objective.${one.id}.seconds`, one.seconds]] as Array<[string, number]>)),
      ],
    ),
  ]);
}
