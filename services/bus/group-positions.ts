/** Positions of consumer groups in memory. They only ever grow. */
import type { Topic } from './bus.ts';

export interface GroupPosition {
  readonly group: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly next: number;
}

export class GroupPositions {
  private readonly partitions = new Map<string, Map<string, GroupPosition>>();

  get(group: string, topic: Topic, partition: number): number | undefined {
    return this.partitions.get(`${topic}/${partition}`)?.get(group)?.next;
  }

  /** False when the group was there already. */
  set(position: GroupPosition): boolean {
    const { group, topic, partition, next } = position;
    const key = `${topic}/${partition}`;
    const groups = this.partitions.get(key) ?? new Map<string, GroupPosition>();
    if ((groups.get(group)?.next ?? -1) >= next) return false;
    groups.set(group, position);
    this.partitions.set(key, groups);
    return true;
  }

  /** What every group that ever committed has behind it; undefined where none did. */
  lowest(topic: Topic, partition: number): number | undefined {
    const groups = this.partitions.get(`${topic}/${partition}`);
    if (groups === undefined) return undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const { next } of groups.values()) lowest = Math.min(lowest, next);
    return lowest;
  }

  all(): GroupPosition[] {
    return [...this.partitions.values()].flatMap((groups) => [...groups.values()]);
  }
}
