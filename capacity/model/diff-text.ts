/** A difference between two plans for people: inputs, then rows with what made them move. */
import { amount, withUnit } from './amount.ts';
import type { PlanDiff } from './diff-plan.ts';

export function diffText(diff: PlanDiff): string {
  if (diff.inputs.length === 0 && diff.rows.length === 0) return 'The plans are the same.';
  const inputs = diff.inputs.map(({ input, unit, from, to, onlyInterval }) =>
    onlyInterval ? `  ${input}: its range only` : `  ${input}: ${valueText(from, unit)} → ${valueText(to, unit)}`,
  );
  const rows = diff.rows.map(({ id, unit, from, to, because }) => {
    const share =
      from !== null && to !== null && from !== 0 ? ` (${to > from ? '+' : ''}${(((to - from) / from) * 100).toFixed(1)} %)` : '';
    const why = because.slice(0, 3).map(({ input, change }) => `${input} ${change > 0 ? '+' : ''}${amount(change)}`);
    return `  ${id}: ${valueText(from, unit)} → ${valueText(to, unit)}${share}${why.length === 0 ? '' : `; alone: ${why.join(', ')}`}`;
  });
  const bindings = diff.bindings.map(({ component, from, to }) => `  ${component}: ${from} → ${to}`);
  return [
    'Inputs that changed:',
    ...(inputs.length === 0 ? ['  none: the model itself is another'] : inputs),
    ...(bindings.length === 0 ? [] : ['', 'What sets the size:', ...bindings]),
    '',
    rows.length === 0 ? 'No row moved.' : `${rows.length} rows moved (alone: what each input makes when only it is changed):`,
    ...rows,
  ].join('\n');
}

function valueText(value: number | null, unit: string): string {
  return value === null ? 'none' : withUnit(value, unit);
}
