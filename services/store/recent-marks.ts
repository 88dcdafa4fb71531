/**
 * How far users were in conversations when they were last written, so that the next receipt is judged without a read. Marks
 * only grow, so what is kept is never more than what stands, whoever else writes: at worst a receipt is told once more.
 * Its limit is of users, each once per conversation; the least recently written go first.
 */
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';

export interface DeviceMarks {
  readonly delivered: number;
  readonly read: number;
  readonly shown: number;
}

/** Some 300 bytes each. */
const USERS_KEPT = 65_536;

export class RecentMarks {
  private readonly limit: number;
  private readonly users = new Map<string, ReadonlyMap<DeviceKey, DeviceMarks>>();

  constructor(limit = USERS_KEPT) {
    this.limit = limit;
  }

  get size(): number {
    return this.users.size;
  }

  of(conversation: ConversationId, user: UserId): ReadonlyMap<DeviceKey, DeviceMarks> | undefined {
    return this.users.get(keyOf(conversation, user));
  }

  set(conversation: ConversationId, user: UserId, devices: ReadonlyMap<DeviceKey, DeviceMarks>): void {
    const key = keyOf(conversation, user);
    this.users.delete(key);
    this.users.set(key, devices);
    if (this.users.size <= this.limit) return;
    const [oldest] = this.users.keys();
    this.users.delete(oldest!);
  }
}

function keyOf(conversation: ConversationId, user: UserId): string {
  return `${conversation}.${user}`;
}
