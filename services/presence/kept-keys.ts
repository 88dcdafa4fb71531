/**
 * A gateway's part in presence by keys: sets those of its users again, spread over the period, and looks whether the keys of
 * the users that it watches came or went, since nobody tells.
 */
import type { UserId } from '../protocol/ids.ts';
import type { PresenceChange } from './presence.ts';
import type { PresenceKeys } from './presence-keys.ts';
import type { PresenceWatch } from './presence-watch.ts';

export interface KeptKeysOptions {
  readonly keys: PresenceKeys;
  readonly watch: Pick<PresenceWatch, 'changed' | 'seenOnline'>;
  readonly log: (message: string) => void;
}

/** Parts of a period: a page of keys is set in each, as large as it takes. */
const PARTS = 30;

export class KeptKeys {
  private readonly options: KeptKeysOptions;
  /** Users on this gateway: a bit more than a set of them costs is what this form costs it. */
  private readonly users = new Set<UserId>();
  private readonly timer: ReturnType<typeof setInterval>;
  private part = 0;
  private working = false;

  constructor(options: KeptKeysOptions) {
    this.options = options;
    this.timer = setInterval(() => void this.step(), options.keys.periodMs / PARTS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Resolves when the keys say so. */
  async apply(changes: readonly PresenceChange[]): Promise<void> {
    const [here, gone] = [changes.filter(({ online }) => online), changes.filter(({ online }) => !online)];
    for (const { user } of here) this.users.add(user);
    for (const { user } of gone) this.users.delete(user);
    await this.options.keys.refresh(here.map(({ user }) => user));
    await this.options.keys.leave(gone.map(({ user }) => user));
  }

  private async step(): Promise<void> {
    if (this.working) return;
    this.working = true;
    const { keys, watch, log } = this.options;
    this.part = (this.part + 1) % PARTS;
    const inPart = (user: UserId) => user % PARTS === this.part;
    try {
      await keys.refresh([...this.users].filter(inPart));
      const watched = [...watch.seenOnline()].filter(([user]) => inPart(user));
      const online = await keys.areOnline(watched.map(([user]) => user));
      watch.changed(watched.filter(([, was], index) => online[index] !== was).map(([user]) => user));
    } catch (error) {
      log(`keys of presence not kept: ${(error as Error).message}`);
    }
    this.working = false;
  }
}
