/**
 * A plan as a table for people, plain or Markdown: each row with its interval and its reason, what binds, and which inputs
 * matter most.
 */
import { amount, bytes, withUnit } from './amount.ts';
import type { Machines } from './component.ts';
import type { Plan, PlannedRow } from './plan.ts';

export function planText(plan: Plan): string {
  const sections = groups(plan).map(([title, rows]) => {
    const cells = rows.map((row) => [row.name, valueText(row), intervalText(row), row.reason]);
    const width = (column: number) => Math.max(...cells.map((line) => line[column]!.length));
    const lines = cells.map(
      (line) => `  ${line[0]!.padEnd(width(0))}  ${line[1]!.padStart(width(1))}  ${line[2]!.padEnd(width(2))}  ${line[3]}`,
    );
    return [heading(plan, title), ...lines].join('\n');
  });
  return [headline(plan), '', ...sections.flatMap((section) => [section, '']), ...sensitivityLines(plan)].join('\n');
}

export function planMarkdown(plan: Plan): string {
  const sections = groups(plan).map(([title, rows]) =>
    [
      `## ${heading(plan, title)}`,
      '',
      '| row | value | 5 % to 95 % | why |',
      '|---|---:|---|---|',
      ...rows.map(
        (row) => `| ${row.name} (\`${row.id}\`) | ${valueText(row)} | ${intervalText(row)} | ${row.reason.replaceAll('|', '\\|')} |`,
      ),
    ].join('\n'),
  );
  return [`# Plan`, '', headline(plan), '', ...sections.flatMap((section) => [section, '']), ...sensitivityLines(plan)].join('\n');
}

export function headline(plan: Plan): string {
  const row = (id: PlannedRow['id']) => plan.rows.find((one) => one.id === id);
  const gateways = row('gateway.gateways');
  const cost = row('cost.usdPerMonth');
  const parts = [
    `${amount(plan.workload.connections!.mid)} connections, ${amount(plan.workload.peakSendsPerSecond!.mid)} sends/s: ${plan.cells} cells`,
    ...(gateways === undefined ? [] : [`${gateways.value} gateways`]),
    ...(cost === undefined ? [] : [`${amount(cost.value)} USD a month`]),
  ];
  return `${parts.join(', ')} (${plan.draws} draws, seed ${plan.seed}${plan.infeasibleDraws === 0 ? '' : `; ${plan.infeasibleDraws} of them can’t be built`})`;
}

function groups(plan: Plan): readonly (readonly [string, readonly PlannedRow[]])[] {
  const found = new Map<string, PlannedRow[]>();
  for (const row of plan.rows) {
    const title = row.id.split('.')[0]!;
    const rows = found.get(title) ?? [];
    rows.push(row);
    found.set(title, rows);
  }
  return [...found];
}

function heading(plan: Plan, title: string): string {
  const part = plan.components.find((one) => one.component === title);
  if (part === undefined) return title;
  return `${title}: ${part.machines.count === 0 ? 'no machines of its own' : `${part.machines.count} machines a cell (${eachText(part.machines)})`}, set by ${part.binding}`;
}

/** What each of them needs. */
function eachText({ cores, memoryBytes, diskBytes, networkBytesPerSecond }: Machines): string {
  const disk = diskBytes === 0 ? '' : `, ${bytes(diskBytes)} of disk`;
  return `each ${amount(cores)} processors, ${bytes(memoryBytes)} of memory${disk}, ${bytes(networkBytesPerSecond)}/s`;
}

function valueText(row: PlannedRow): string {
  return withUnit(row.value, row.unit);
}

function intervalText(row: PlannedRow): string {
  return row.low === row.high ? '' : `${amount(row.low)} to ${amount(row.high)}`;
}

function sensitivityLines(plan: Plan): readonly string[] {
  const unit = plan.sensitivityUnit === 'cores' ? 'processors of the fleet' : 'dollars a month';
  const lines = plan.sensitivity.slice(0, 3).map(({ input, lowUsdPerMonth, highUsdPerMonth }) => {
    const quantity = plan.workload[input] ?? plan.coefficients[input];
    const range =
      quantity === undefined
        ? ''
        : ` (${amount(quantity.low)}: ${signed(lowUsdPerMonth)}, ${amount(quantity.high)}: ${signed(highUsdPerMonth)})`;
    return `- ${input}${range}: ${quantity?.what ?? ''}`;
  });
  return [`What matters most, in ${unit}, each input alone from its low to its high:`, ...lines];
}

function signed(value: number): string {
  return Number.isNaN(value) ? 'can’t be built' : `${value > 0 ? '+' : ''}${amount(value)}`;
}
