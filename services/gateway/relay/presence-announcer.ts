/**
 * Tells presence when the first session of a user has come to this box or the last one has gone: after its route is written
 * or removed, what flickers within a short time not at all, and at a pace, since an edge's death ends twenty thousand at once.
 */
import type { Presence, PresenceChange } from '../../presence/presence.ts';
import type { UserId } from '../../protocol/ids.ts';
import type { RelayCells } from './metrics.ts';

export interface PresenceAnnouncerOptions {
  readonly presence: Presence;
  readonly cells: RelayCells;
  /** Sessions that a user has on this box now. */
  readonly sessionsOf: (user: UserId) => number;
  readonly nowMs: () => number;
  readonly log: (message: string) => void;
}

const FLUSH_MS = 100;
const TOGETHER = 2_000;

export class PresenceAnnouncer {
  private readonly options: PresenceAnnouncerOptions;
  /** Users to be told of, with the time of the change; no more than have had a session here. */
  private readonly turned = new Map<UserId, number>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(options: PresenceAnnouncerOptions) {
    this.options = options;
  }

  /** What is to be told is told: the relay after this one would not know of who has gone. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.turned.size > 0) await this.flush();
  }

  /** The user came or went, as his sessions say when it is told. */
  turn(user: UserId): void {
    this.turned.set(user, this.options.nowMs());
    this.schedule();
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  private async flush(): Promise<void> {
    const { presence, sessionsOf, cells, log } = this.options;
    const changes: PresenceChange[] = [];
    for (const [user, atMs] of this.turned) {
      if (changes.length === TOGETHER) break;
      this.turned.delete(user);
      changes.push({ user, online: sessionsOf(user) > 0, atMs });
    }
    try {
      await presence.announce(changes);
      cells.announced.value += changes.length;
    } catch (error) {
      log(`presence not told: ${(error as Error).message}`);
      for (const { user, atMs } of changes) if (!this.turned.has(user)) this.turned.set(user, atMs);
    }
    this.timer = undefined;
    if (this.turned.size > 0) this.schedule();
  }
}
