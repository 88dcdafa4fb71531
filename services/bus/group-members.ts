/** Groups whose members are all in this process: partition p belongs to the member that is p-th in the order of joining. */
import type { Subscription } from './bus.ts';
import { Holdings, type HoldingsOptions } from './holdings.ts';

export interface Membership extends Subscription {
  readonly joined: boolean;
  holds(partition: number): boolean;
}

export class GroupMembers {
  private readonly sleep: (milliseconds: number) => Promise<void>;
  private readonly groups = new Map<string, Set<Holdings>>();

  constructor(sleep: (milliseconds: number) => Promise<void>) {
    this.sleep = sleep;
  }

  join(group: string, partitions: number, options: Omit<HoldingsOptions, 'sleep'>): Membership {
    const members = this.groups.get(group) ?? new Set<Holdings>();
    this.groups.set(group, members);
    const holdings = new Holdings({ ...options, sleep: this.sleep });
    members.add(holdings);
    share(members, partitions);
    let stopping: Promise<void> | undefined;
    return {
      get joined() {
        return stopping === undefined;
      },
      holds: (partition) => holdings.has(partition),
      stop: () => {
        stopping ??= holdings.release().then(() => {
          members.delete(holdings);
          share(members, partitions);
        });
        return stopping;
      },
    };
  }
}

/** Nobody gets a partition before the one who had it has lost it. */
function share(members: ReadonlySet<Holdings>, partitions: number): void {
  const shares = [...members].map((holdings, index, { length }) => ({
    holdings,
    partitions: Array.from({ length: partitions }, (_, partition) => partition).filter((partition) => partition % length === index),
  }));
  for (const { holdings, partitions } of shares) holdings.assign(partitions.filter((partition) => holdings.has(partition)));
  for (const { holdings, partitions } of shares) holdings.assign(partitions);
}
