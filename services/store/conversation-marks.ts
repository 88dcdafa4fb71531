/**
 * How far the members of one conversation are: what reached any device of theirs, what they have read, and of that the part
 * that others may see. Numbers only grow. Made for a conversation when the first mark comes.
 */
import type { UserId } from '../protocol/ids.ts';
import type { Receipt } from './store.ts';

interface UserMarks {
  delivered: number;
  /** Read by himself, or sent. */
  own: number;
  read: number;
  /** Read while he showed it. */
  shown: number;
}

export class ConversationMarks {
  private readonly users = new Map<UserId, UserMarks>();

  /** How far the user had received on any device, when it was not so far. */
  delivered(user: UserId, sequence: number): number | undefined {
    const marks = this.of(user);
    const before = marks.delivered;
    if (sequence <= before) return undefined;
    marks.delivered = sequence;
    return before;
  }

  /** How far the user had read, when it was not so far. */
  read(user: UserId, sequence: number, withheld: boolean): number | undefined {
    const marks = this.of(user);
    const before = marks.read;
    if (sequence <= before) return undefined;
    marks.read = sequence;
    marks.own = Math.max(marks.own, sequence);
    if (!withheld) marks.shown = sequence;
    return before;
  }

  sent(user: UserId, sequence: number): void {
    const marks = this.of(user);
    marks.own = Math.max(marks.own, sequence);
  }

  ownRead(user: UserId): number {
    return this.users.get(user)?.own ?? 0;
  }

  /** What others may see of a user: at most one read and, where it is higher, one delivered. Who has read has received. */
  visible(user: UserId): readonly Receipt[] {
    const marks = this.users.get(user);
    if (marks === undefined) return [];
    const receipts: Receipt[] = [];
    if (marks.shown > 0) receipts.push({ kind: 'read', user, sequence: marks.shown });
    const delivered = Math.max(marks.delivered, marks.read);
    if (delivered > marks.shown) receipts.push({ kind: 'delivered', user, sequence: delivered });
    return receipts;
  }

  private of(user: UserId): UserMarks {
    let marks = this.users.get(user);
    if (marks === undefined) {
      marks = { delivered: 0, own: 0, read: 0, shown: 0 };
      this.users.set(user, marks);
    }
    return marks;
  }
}
