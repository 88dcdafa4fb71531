/** Both models' answers for one cell side by side, in words and as data, and why they differ as far as the two ways of asking tell. */
import { amount as written } from '../model/amount.ts';
import type { Plan } from '../model/plan.ts';
import { ASKED, type Asked, type Question, type Variant } from './questions.ts';

export interface PeerPlan {
  readonly nodes: number;
  readonly instance: string;
  readonly vcpus: number;
  readonly memoryGiB: number;
  readonly localDiskGiB: number;
  readonly attachedGiB: number;
  /** Machines and their disks, which is what ours counts. */
  readonly usdPerMonth: number;
  /** With backups and traffic between zones too. */
  readonly usdPerMonthInAll: number;
  /** Of its reference processor, headroom included. */
  readonly neededCores: number;
}
export interface NoPeerPlan {
  readonly none: string;
}
export type PeerAnswer = { readonly id: Question['id'] } & (PeerPlan | NoPeerPlan);

export interface OurAnswer {
  readonly nodes: number;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly usdPerMonth: number;
  readonly binding: string;
}

export interface ComparedComponent {
  readonly component: Asked;
  readonly ours: OurAnswer;
  readonly theirs: Readonly<Record<'its own times' | 'our times', PeerPlan | NoPeerPlan>>;
  readonly fleetAsOne?: PeerPlan | NoPeerPlan;
  /** What the two ways of asking show, and what either leaves out. */
  readonly why: string;
}

export function compared(plan: Plan, answers: readonly PeerAnswer[]): readonly ComparedComponent[] {
  const answer = (component: Asked, variant: Variant) => answers.find(({ id }) => id === `${component}: ${variant}`);
  return ASKED.map((component): ComparedComponent => {
    const ours = oursOf(plan, component);
    const theirs = { 'its own times': answer(component, 'its own times')!, 'our times': answer(component, 'our times')! };
    const fleetAsOne = answer(component, 'the fleet as one');
    const why = `${timesText(theirs['its own times'], theirs['our times'])}; ${WHY[component]}`;
    return { component, ours, theirs, ...(fleetAsOne === undefined ? {} : { fleetAsOne }), why };
  });
}

function oursOf(plan: Plan, component: Asked): OurAnswer {
  const part = plan.components.find((one) => one.component === component)!;
  const { count, cores, memoryBytes, diskBytes } = part.machines;
  const usdPerMonth = (plan.rows.find(({ id }) => id === `cost.${component}UsdPerMonth`)?.value ?? Number.NaN) / plan.cells;
  return { nodes: count, cores, memoryBytes, diskBytes, usdPerMonth, binding: part.binding };
}

/** How far the processor times alone move its answer. */
function timesText(own: PeerPlan | NoPeerPlan, ours: PeerPlan | NoPeerPlan): string {
  if ('none' in own || 'none' in ours) return 'one of the two ways of asking has no plan';
  const factor = own.neededCores / ours.neededCores;
  if (!Number.isFinite(factor)) return 'with our times it needs no processor at all';
  const size =
    own.nodes * own.vcpus === ours.nodes * ours.vcpus
      ? 'the same machines'
      : `${written(ours.nodes * ours.vcpus)} processors instead of ${written(own.nodes * own.vcpus)}`;
  return `its times ask for ${written(factor)} times the processors that ours do, which comes to ${size}`;
}

const WHY: Readonly<Record<Asked, string>> = {
  cassandra:
    'it plans processors, disk and page cache for a cluster that grows and is repaired, at most 1.25 TiB a node on local disks; ours is set by 2 TB a node and 35 % free for compaction, and counts requests from the tables, not rows',
  kafka:
    'it counts bytes and keeps 60 % of the disk free; ours counts requests, batches and records, which small records make many of, and partitions',
  gateway:
    'it knows requests, no connections held: neither the memory of one nor a reconnect storm, which set ours; it doubles for a region that fails over',
  dispatch: 'it plans 40 % full for a region that fails over; ours has one process to a partition, a zone lost and the wait of a queue',
};

export function comparisonMarkdown(all: readonly ComparedComponent[]): string {
  const ours = ({ nodes, cores, memoryBytes, diskBytes, usdPerMonth }: OurAnswer) =>
    `${nodes} × ${cores} cores, ${written(memoryBytes)}B${diskBytes > 0 ? `, ${written(diskBytes)}B of disk` : ''}; ${written(usdPerMonth)} USD`;
  const theirs = (one: PeerPlan | NoPeerPlan) => {
    if ('none' in one) return `none: ${one.none}`;
    const disk = one.attachedGiB > 0 ? ` + ${written(one.attachedGiB * 1_024 ** 3)}B` : '';
    const more = one.usdPerMonthInAll > one.usdPerMonth * 1.005 ? `, ${written(one.usdPerMonthInAll)} with backups and traffic` : '';
    return `${one.nodes} × ${one.instance} (${one.vcpus} cores)${disk}; ${written(one.usdPerMonth)} USD${more}`;
  };
  return [
    '| component of one cell, a month | ours | its answer | its answer with our processor times |',
    '|---|---|---|---|',
    ...all.map(
      (one) => `| ${one.component} | ${ours(one.ours)} | ${theirs(one.theirs['its own times'])} | ${theirs(one.theirs['our times'])} |`,
    ),
    '',
    ...all.map(({ component, why }) => `- ${component}: ${why}.`),
    ...all.flatMap(({ component, fleetAsOne }) =>
      fleetAsOne === undefined ? [] : [`- ${component}, the whole fleet as one cluster: ${theirs(fleetAsOne)}.`],
    ),
  ].join('\n');
}
