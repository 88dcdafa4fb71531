/**
 * Costs as live formulas: what one machine of each component needs (sheet "Machines"), and for every shape of the list of prices
 * what it would cost to carry it (hidden sheet "Prices"); the cheapest is a MIN. So an edited need or price gives the cost of another shape.
 */
import type { Machines } from '../../model/component.ts';
import { offersFor } from '../../model/cost.ts';
import type { PriceList } from '../../model/prices.ts';
import type { Expression } from '../trace/expression.ts';
import type { TracedPlan } from '../trace/traced-plan.ts';
import { type BookCell, type BookSheet, columnLetters } from './book.ts';

const GIB = 1_024 ** 3;
const MBPS_BYTES = 1e6 / 8;
/** No shape carries it; sums of it are still numbers. */
const NONE = '1E+300';
const NEEDS = ['count', 'cores', 'memoryBytes', 'diskBytes', 'networkBytesPerSecond'] as const satisfies readonly (keyof Machines)[];
const NEED_TITLES = ['machines per cell', 'processors of one', 'memory (B)', 'disk (B)', 'network (B/s)'];
const FIRST_OFFER_COLUMN = 6;

export interface CostSheets {
  readonly sheets: readonly BookSheet[];
  /** By id of a row of the plan. */
  readonly formulas: ReadonlyMap<string, string>;
}

export function costSheets(traced: TracedPlan, prices: PriceList, live: (expression: Expression) => BookCell): CostSheets {
  const components = [...traced.machines.keys()];
  const shapes = prices.instances.filter(({ usdPerYear }) => usdPerYear !== undefined);
  const offered = components.map((component) => yearlyOffers(traced.machines.get(component)!, prices));
  const need = (component: string, name: string) => `machine.${component}.${name}`;
  const offer = (component: string, row: number): string => {
    const wants = `B${row}<${need(component, 'cores')},C${row}*${GIB}<${need(component, 'memoryBytes')},E${row}*${MBPS_BYTES}<${need(component, 'networkBytesPerSecond')}`;
    const disk = need(component, 'diskBytes');
    const attached = prices.diskUsdPerGiBYear === undefined ? NONE : `CEILING(${disk}/${GIB},1)*price.disk`;
    return `IF(OR(${wants}),${NONE},F${row}+IF(D${row}*${GIB}>=${disk},0,${attached}))`;
  };
  const priceRows = shapes.map((shape, at): BookCell[] => [
    { value: shape.name },
    { value: shape.vcpus },
    { value: shape.memoryGiB },
    { value: shape.localDiskGiB },
    { value: shape.networkMbps },
    { value: shape.usdPerYear! },
    ...components.map((component, of) => ({ formula: offer(component, at + 3), value: offered[of]!.get(shape.name) ?? Number(NONE) })),
  ]);
  const headings = ['shape', 'processors', 'memory (GiB)', 'own disk (GiB)', 'network (Mbit/s)', 'USD/year'];
  const priceSheet: BookSheet = {
    name: 'Prices',
    hidden: true,
    widths: [18, 12, 14, 14, 16, 12, ...components.map(() => 14)],
    rows: [
      [...headings, ...components.map((component) => `${component}, a year`)].map((value) => ({ value, heading: true })),
      [
        { value: `attached disk (${prices.diskName}), USD/GiB/year`, comment: `${prices.name}, of ${prices.asOf}; ${prices.source}` },
        undefined,
        undefined,
        undefined,
        undefined,
        { value: prices.diskUsdPerGiBYear ?? 0, name: 'price.disk' },
      ],
      ...priceRows,
    ],
  };
  const machineRows = components.map((component, at) => {
    const column = columnLetters(FIRST_OFFER_COLUMN + at);
    const needs = traced.machines.get(component)!;
    return [
      { value: component },
      ...NEEDS.map((name) => ({ ...live(needs[name]), name: need(component, name) })),
      {
        formula: `MIN(Prices!${column}3:${column}${shapes.length + 2})`,
        value: Math.min(...offered[at]!.values()),
        name: need(component, 'usdPerYear'),
      },
      { value: `machines.${component}` },
    ];
  });
  const machineSheet: BookSheet = {
    name: 'Machines',
    widths: [18, 16, 18, 18, 18, 18, 26, 24],
    rows: [['part', ...NEED_TITLES, 'yearly cost of the cheapest (USD)', 'id'].map((value) => ({ value, heading: true })), ...machineRows],
  };
  return { sheets: [machineSheet, priceSheet], formulas: costFormulas(components, need) };
}

/** By name of the shape; those that do not carry one are left out. */
function yearlyOffers(needs: Readonly<Record<keyof Machines, Expression>>, prices: PriceList): ReadonlyMap<string, number> {
  const numbers = Object.fromEntries(NEEDS.map((name) => [name, needs[name].value])) as unknown as Machines;
  return new Map(offersFor(numbers, prices).map(({ shape, usdPerYear }) => [shape.name, usdPerYear]));
}

function costFormulas(components: readonly string[], need: (component: string, name: string) => string): ReadonlyMap<string, string> {
  const id = (component: string) => `cost.${component}UsdPerMonth`;
  const summed = components.filter((component) => component !== 'loadgen');
  return new Map([
    ['cost.usdPerMonth', summed.map(id).join('+')],
    ['cost.usdPerMonthPerMillionConnections', 'cost.usdPerMonth/demand.connections*1000000'],
    ...components.map((component): [string, string] => [
      id(component),
      `${need(component, 'usdPerYear')}*(cells.cells*${need(component, 'count')})/12`,
    ]),
  ]);
}
