/**
 * Routes of this gateway whose session nobody here has: an edge and the relay were killed together, so that no one was left to
 * remove them. A delivery that finds no session gives them away. While they stand their device is taken for present. Only who
 * has an edge's sessions can say that: a second relay of the same gateway, which no edge has joined, finds none for any delivery.
 */
import { type DeviceKey, type UserId, userOf } from '../../protocol/ids.ts';
import type { Route, Routes } from '../../routes/routes.ts';

export interface StaleRoutesOptions {
  readonly routes: Pick<Routes, 'lookup' | 'remove'>;
  readonly gateway: number;
  readonly holds: (route: Route) => boolean;
  /** All sessions of the edge are known here, or the box has no such edge. */
  readonly speaksFor: (edge: number) => boolean;
  /** The user's route is gone. */
  readonly onRemoved: (user: UserId) => void;
  readonly log: (message: string) => void;
}

const SWEEP_MS = 1_000;
const TOGETHER = 1_000;
/** Devices that wait to be looked at; more are noted with their next delivery. */
const MOST = 10_000;

export class StaleRoutes {
  private readonly options: StaleRoutesOptions;
  private readonly devices = new Set<DeviceKey>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(options: StaleRoutesOptions) {
    this.options = options;
  }

  /** Something came for this device, and its session is not here. */
  note(device: DeviceKey): void {
    if (this.stopped || this.devices.size >= MOST) return;
    this.devices.add(device);
    this.timer ??= setTimeout(() => void this.sweep(), SWEEP_MS);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async sweep(): Promise<void> {
    const devices = [...this.devices].slice(0, TOGETHER);
    for (const device of devices) this.devices.delete(device);
    const noted = new Set(devices);
    const { routes, gateway, holds, speaksFor, onRemoved, log } = this.options;
    try {
      const found = await routes.lookup([...new Set(devices.map(userOf))]);
      const mine = found.routes.flat().filter((route) => route.gateway === gateway && noted.has(route.device));
      // Asked only now: a session may have come back while the table was asked.
      const stale = mine.filter((route) => speaksFor(route.edge) && !holds(route));
      if (stale.length > 0 && !this.stopped) {
        await routes.remove(stale);
        log(`${stale.length} routes of sessions that nobody has any more were removed`);
        for (const { device } of stale) onRemoved(userOf(device));
      }
    } catch (error) {
      log(`stale routes not removed: ${(error as Error).message}`);
    }
    this.timer = undefined;
    if (this.devices.size > 0 && !this.stopped) this.timer = setTimeout(() => void this.sweep(), SWEEP_MS);
  }
}
