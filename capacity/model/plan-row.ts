/** A row whose reason is put into words only when somebody reads it: most rows are made by draws, and nobody does. */
import type { PlanRow } from './component.ts';
import type { Unit } from './unit.ts';

export function planRow(id: PlanRow['id'], name: string, value: number, unit: Unit, reason: () => string): PlanRow {
  return {
    id,
    name,
    value,
    unit,
    get reason() {
      return reason();
    },
  };
}
