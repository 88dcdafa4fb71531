/**
 * Push for devices that are surely offline: one notice per message and device, never to the sender's own devices, none while
 * routes may be missing. Notices wait in a bounded queue of this process; the path of messages does not wait for the push
 * service. So a kill loses the notices that wait, and the device learns it when it connects; a batch that is done again
 * sends its notices again, under the same key.
 */

import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { type DeviceKey, type UserId, userOf } from '../protocol/ids.ts';
import type { Push, PushNotice } from '../push/push.ts';
import type { Route } from '../routes/routes.ts';
import type { Store } from '../store/store.ts';
import type { DispatchCells } from './metrics.ts';

export interface OfflinePushOptions {
  readonly push: Push;
  readonly store: Pick<Store, 'devices'>;
  readonly cells: DispatchCells;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly log: (message: string) => void;
}

export interface PushedEntry {
  readonly entry: LogEntry;
  readonly recipients: readonly UserId[];
}

interface Waiting {
  readonly notice: PushNotice;
  attempts: number;
}

const WAITING_LIMIT = 50_000;
const SEND_AT_ONCE = 256;
const MOST_ATTEMPTS = 5;
const FAILURE_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A device that registered less than this ago may not be known here; it is online then. */
const DEVICES_CACHED_MS = 60_000;
const CACHED_USERS = 100_000;
const NO_DEVICES: readonly DeviceKey[] = [];

export class OfflinePush {
  private readonly options: OfflinePushOptions;
  private readonly devices = new Map<UserId, { readonly devices: readonly DeviceKey[]; readonly readAtMs: number }>();
  private waiting: Waiting[] = [];
  private working = false;
  private stopped = false;

  constructor(options: OfflinePushOptions) {
    this.options = options;
  }

  /** Resolves when the notices wait; rejects when the store does not say which devices there are. */
  async tell(entries: readonly PushedEntry[], routes: ReadonlyMap<UserId, readonly Route[]>, certain: boolean): Promise<void> {
    const { cells } = this.options;
    const messages = entries.filter(({ entry }) => entry.kind === ENTRY_KINDS.message);
    if (messages.length === 0) return;
    if (!certain) {
      cells.pushUncertain.value += messages.length;
      return;
    }
    const users = new Set<UserId>();
    for (const { entry, recipients } of messages) for (const user of recipients) if (user !== userOf(entry.sender)) users.add(user);
    await this.readDevices([...users]);
    for (const { entry, recipients } of messages) {
      for (const user of recipients) if (user !== userOf(entry.sender)) this.tellUser(entry, user, routes.get(user) ?? []);
    }
    if (!this.working && this.waiting.length > 0) void this.work();
  }

  stop(): void {
    this.stopped = true;
  }

  private tellUser({ conversation, sequence }: LogEntry, user: UserId, routes: readonly Route[]): void {
    const { cells } = this.options;
    for (const device of this.devices.get(user)?.devices ?? NO_DEVICES) {
      if (routes.some((route) => route.device === device)) continue;
      if (this.waiting.length >= WAITING_LIMIT) cells.pushDropped.value++;
      else this.waiting.push({ notice: { device, conversation, sequence }, attempts: 0 });
    }
    cells.pushWaiting.value = this.waiting.length;
  }

  private async readDevices(users: readonly UserId[]): Promise<void> {
    const nowMs = this.options.now();
    const asked = users.filter((user) => (this.devices.get(user)?.readAtMs ?? Number.NEGATIVE_INFINITY) <= nowMs - DEVICES_CACHED_MS);
    if (asked.length === 0) return;
    const found = await this.options.store.devices(asked);
    for (const [index, user] of asked.entries()) {
      this.devices.delete(user);
      this.devices.set(user, { devices: found[index] ?? NO_DEVICES, readAtMs: nowMs });
    }
    for (const user of this.devices.keys()) {
      // Those of this batch are the newest and stay until it is told.
      if (this.devices.size <= Math.max(CACHED_USERS, users.length)) break;
      this.devices.delete(user);
    }
  }

  private async work(): Promise<void> {
    const { cells, pause } = this.options;
    this.working = true;
    while (this.waiting.length > 0 && !this.stopped) {
      const sent = this.waiting.splice(0, SEND_AT_ONCE);
      const pauseMs = await this.send(sent);
      cells.pushWaiting.value = this.waiting.length;
      if (pauseMs > 0) await pause(Math.min(pauseMs, LONGEST_PAUSE_MS));
    }
    this.working = false;
  }

  /** Gives the time after which those that were not taken may be tried again. */
  private async send(sent: readonly Waiting[]): Promise<number> {
    const { cells, push, log } = this.options;
    try {
      const results = await push.send(sent.map(({ notice }) => notice));
      let pauseMs = 0;
      for (const [index, one] of sent.entries()) {
        const result = results[index]!;
        if (result.kind === 'taken') cells.pushed.value++;
        else if (result.kind === 'later') {
          pauseMs = Math.max(pauseMs, result.retryAfterMs);
          this.again(one);
        }
      }
      return pauseMs;
    } catch (error) {
      log(`notices not pushed: ${error instanceof Error ? error.message : String(error)}`);
      for (const one of sent) this.again(one);
      return FAILURE_PAUSE_MS;
    }
  }

  private again(one: Waiting): void {
    one.attempts++;
    if (one.attempts < MOST_ATTEMPTS && this.waiting.length < WAITING_LIMIT) this.waiting.push(one);
    else this.options.cells.pushDropped.value++;
  }
}
