/**
 * What the fleet costs a month by a list of prices: for each component the cheapest shape that carries one of its machines, and
 * the next best with why it lost. A disk is the shape's own where it is large enough, else an attached one. Not in it: traffic
 * between zones and to the clients, support, people; the machines that would test a cell stand beside the sum.
 */
import { amount as written } from './amount.ts';
import type { ComponentPlan, Infeasible, Machines, PlanRow } from './component.ts';
import type { CostRows } from './make-plan.ts';
import { planRow } from './plan-row.ts';
import type { PricedShape, PriceList } from './prices.ts';

const GIB = 1_024 ** 3;
const MBPS_BYTES = 1e6 / 8;
const MONTHS = 12;

export interface Offer {
  readonly shape: PricedShape;
  /** GiB of attached disk for one machine; 0: its own, or none. */
  readonly attachedGiB: number;
  readonly usdPerYear: number;
}

/** Every shape that carries one of the machines, cheapest first. */
export function offersFor(needed: Machines, prices: PriceList): readonly Offer[] {
  const machines = { ...needed };
  const offers: Offer[] = [];
  for (const shape of prices.instances) {
    const usdPerYear = usdPerYearOf(shape, machines, prices);
    if (usdPerYear < Number.POSITIVE_INFINITY) offers.push({ shape, attachedGiB: attachedGiBOf(shape, machines), usdPerYear });
  }
  return offers.sort((left, right) => left.usdPerYear - right.usdPerYear || (left.shape.name < right.shape.name ? -1 : 1));
}

/** As the first offer, without making them: plans are drawn by hundreds. */
function cheapest(needed: Machines, prices: PriceList): number {
  // What is needed is found when it is asked for: once.
  const machines = { ...needed };
  let least = Number.POSITIVE_INFINITY;
  for (const shape of prices.instances) least = Math.min(least, usdPerYearOf(shape, machines, prices));
  return least;
}

/** Of one machine; infinite where the shape does not carry it or has no price. */
function usdPerYearOf(shape: PricedShape, machines: Machines, prices: PriceList): number {
  const { usdPerYear, vcpus, memoryGiB, networkMbps } = shape;
  if (usdPerYear === undefined || vcpus < machines.cores || memoryGiB * GIB < machines.memoryBytes) return Number.POSITIVE_INFINITY;
  if (networkMbps * MBPS_BYTES < machines.networkBytesPerSecond) return Number.POSITIVE_INFINITY;
  const attachedGiB = attachedGiBOf(shape, machines);
  if (attachedGiB === 0) return usdPerYear;
  return prices.diskUsdPerGiBYear === undefined ? Number.POSITIVE_INFINITY : usdPerYear + attachedGiB * prices.diskUsdPerGiBYear;
}

function attachedGiBOf({ localDiskGiB }: PricedShape, { diskBytes }: Machines): number {
  return localDiskGiB * GIB >= diskBytes ? 0 : Math.ceil(diskBytes / GIB);
}

/** Why no shape carries one machine: the first of its needs that none meets, and by how much. */
export function withoutOffer({ component, machines }: Pick<ComponentPlan, 'component' | 'machines'>, prices: PriceList): Infeasible {
  const priced = prices.instances.filter(({ usdPerYear }) => usdPerYear !== undefined);
  const most = (of: (shape: PricedShape) => number) => Math.max(0, ...priced.map(of));
  const needs = [
    ['processors', machines.cores, most(({ vcpus }) => vcpus)],
    ['bytes of memory', machines.memoryBytes, most(({ memoryGiB }) => memoryGiB * GIB)],
    ['bytes/s of network', machines.networkBytesPerSecond, most(({ networkMbps }) => networkMbps * MBPS_BYTES)],
    ['bytes of disk', machines.diskBytes, most(({ localDiskGiB }) => localDiskGiB * GIB)],
  ] as const;
  const unmet = priced.length === 0 ? undefined : needs.find(([, need, best]) => need > best);
  const what = priced.length === 0 ? 'no shape has a price' : 'no shape has all that it needs at once';
  return {
    infeasible:
      unmet === undefined
        ? what
        : `one machine of ${component} needs ${written(unmet[1])} ${unmet[0]}; the largest shape of "${prices.name}" has ${written(unmet[2])}`,
    change:
      priced.length === 0 ? 'fill in usdPerYear of at least one shape' : 'another list of prices, or smaller machines of this component',
    component: 'cost',
  };
}

/** Rows of the cost; not a number where no shape carries a component, which `costProblem` names. */
export function costRowsOf(prices: PriceList): CostRows {
  return ({ parts, choice, demand }) => {
    const { cells } = choice.cell;
    const rows: PlanRow[] = [];
    let sum = 0;
    for (const part of parts) {
      if (part.machines.count === 0) continue;
      const usdPerYear = cheapest(part.machines, prices);
      const count = cells * part.machines.count;
      const usdPerMonth = usdPerYear === Number.POSITIVE_INFINITY ? Number.NaN : (usdPerYear * count) / MONTHS;
      const isBeside = part.component === 'loadgen';
      if (!isBeside) sum += usdPerMonth;
      rows.push(
        planRow(
          `cost.${part.component}UsdPerMonth`,
          isBeside ? 'beside the sum: generators, were each cell tested all month' : part.component,
          usdPerMonth,
          'USD/month',
          () => reasonOf(offersFor(part.machines, prices), part.machines, count),
        ),
      );
    }
    const perMillion = (sum / demand.connections) * 1e6;
    return [
      planRow(
        'cost.usdPerMonth',
        'the fleet, a month',
        sum,
        'USD/month',
        () => `${prices.name}, of ${prices.asOf}; without traffic, support and people`,
      ),
      planRow(
        'cost.usdPerMonthPerMillionConnections',
        'of it, for a million connections',
        perMillion,
        'USD/month',
        () => `÷ ${written(demand.connections)} connections`,
      ),
      ...rows,
    ];
  };
}

/** The first component that no shape carries. */
export function costProblem(parts: readonly Pick<ComponentPlan, 'component' | 'machines'>[], prices: PriceList): Infeasible | undefined {
  for (const part of parts) {
    if (part.machines.count === 0 || offersFor(part.machines, prices).length > 0) continue;
    return withoutOffer(part, prices);
  }
  return undefined;
}

function reasonOf([best, next]: readonly Offer[], machines: Machines, count: number): string {
  if (best === undefined) return 'no shape carries it';
  const chosen = `${written(count)} × ${offerText(best)} at ${written(best.usdPerYear / MONTHS)} a month`;
  if (next === undefined) return `${chosen}, the only one that carries it`;
  const more = (next.usdPerYear / best.usdPerYear - 1) * 100;
  return `${chosen}; next ${offerText(next)}, ${written(more)} % more${lossOf(best, next, machines)}`;
}

function lossOf(best: Offer, next: Offer, { cores, memoryBytes }: Machines): string {
  if (next.attachedGiB > 0 && best.attachedGiB === 0) return ', for its disk';
  if (next.shape.vcpus > cores && next.shape.vcpus > best.shape.vcpus) return ', for processors that are not needed';
  if (next.shape.memoryGiB * GIB > memoryBytes && next.shape.memoryGiB > best.shape.memoryGiB) return ', for memory that is not needed';
  return next.attachedGiB === 0 && next.shape.localDiskGiB > best.shape.localDiskGiB
    ? ', for a local disk that is not needed'
    : ' for the same';
}

function offerText({ shape, attachedGiB }: Offer): string {
  return attachedGiB === 0 ? shape.name : `${shape.name} + ${written(attachedGiB * GIB)}B of disk`;
}
