/**
 * Mobile devices that fall asleep and wake: a connection vanishes without a close, its device comes back after a while, resumes
 * and catches up. At a steady rate in the disturbed parts of a chat, each time another device, by a seeded draw. Told apart: when
 * the box noticed that nobody is there any more, and when the device that came back had what it missed.
 */
import { isDisturbed, type PhasePlan, phasesSeconds } from '../plan/phases.ts';
import { Random } from '../plan/random.ts';

export interface NapPlan {
  readonly sleepsPerDeviceHour: number;
  /** A device sleeps for half of it to one and a half times as long. */
  readonly sleepSeconds: number;
  readonly radioTailSeconds: number;
}

export interface NapPorts {
  isOpen(connection: number): boolean;
  /** The connection is gone without a word, and its device comes back after so long. */
  vanish(connection: number, sleepMs: number): void;
}

export interface NapsSeen {
  readonly slept: number;
  /** Of these, back and with what they missed. */
  readonly caughtUp: number;
  /** Milliseconds from the vanishing until the box ended the connection by itself, the first MOST_TIMES of them. */
  readonly noticedMs: readonly number[];
  /** Ended by the box since the device came back first. */
  readonly replaced: number;
  /** Milliseconds from the wake-up until all was received that was missed. */
  readonly backMs: readonly number[];
}

const NAP_STREAM = 6;
const MOST_TIMES = 4_096;
/** A device that is to sleep and is not open: another is looked for, so often. */
const LOOKS = 20;
/** No more fall asleep once there is not enough time left to come back. */
const BACK_SECONDS = 3;

export class Naps {
  private readonly plan: NapPlan;
  private readonly phases: PhasePlan;
  private readonly connections: number;
  private readonly ports: NapPorts;
  private readonly random: Random;
  private readonly stepMs: number;
  /** When a sleeping device's attempt to come back was due, NaN until it was WELCOMEd; absent: awake. */
  private readonly asleep = new Map<number, number>();
  private readonly vanishedMs = new Map<number, number>();
  private readonly noticedMs: number[] = [];
  private readonly backMs: number[] = [];
  private readonly now: () => number;
  private startMs = Number.POSITIVE_INFINITY;
  private dueMs = Number.POSITIVE_INFINITY;
  private slept = 0;
  private replaced = 0;
  private back = 0;

  constructor(plan: NapPlan, phases: PhasePlan, connections: number, seed: number, ports: NapPorts, now: () => number) {
    this.plan = plan;
    this.phases = phases;
    this.connections = connections;
    this.ports = ports;
    this.now = now;
    this.random = new Random(seed, NAP_STREAM);
    this.stepMs = 3_600_000 / Math.max(1e-9, plan.sleepsPerDeviceHour * connections);
  }

  start(startMs: number): void {
    this.startMs = startMs;
    this.dueMs = startMs + this.stepMs * this.random.unit();
  }

  get nextMs(): number {
    return this.dueMs;
  }

  tick(nowMs: number): void {
    const lastMs = this.startMs + (phasesSeconds(this.phases) - 1.5 * this.plan.sleepSeconds - BACK_SECONDS) * 1_000;
    for (; this.dueMs <= nowMs; this.dueMs += this.stepMs) {
      if (this.dueMs > lastMs) this.dueMs = Number.POSITIVE_INFINITY;
      else if (isDisturbed(this.phases, this.dueMs - this.startMs)) this.sleep(nowMs);
    }
  }

  /** `sinceMs`: when the attempt was due. */
  welcomed(connection: number, sinceMs: number): void {
    if (this.asleep.has(connection)) this.asleep.set(connection, sinceMs);
  }

  caughtUp(connection: number): void {
    const sinceMs = this.asleep.get(connection);
    if (sinceMs === undefined || Number.isNaN(sinceMs)) return;
    this.asleep.delete(connection);
    this.back++;
    if (this.backMs.length < MOST_TIMES) this.backMs.push(this.now() - sinceMs);
  }

  /** The box ended the connection of a device that had vanished. */
  ended(connection: number): void {
    const sinceMs = this.vanishedMs.get(connection);
    if (sinceMs === undefined) return;
    this.vanishedMs.delete(connection);
    if (this.ports.isOpen(connection)) this.replaced++;
    else if (this.noticedMs.length < MOST_TIMES) this.noticedMs.push(this.now() - sinceMs);
  }

  get seen(): NapsSeen {
    return { slept: this.slept, caughtUp: this.back, noticedMs: this.noticedMs, replaced: this.replaced, backMs: this.backMs };
  }

  private sleep(nowMs: number): void {
    for (let look = 0; look < LOOKS; look++) {
      const connection = this.random.below(this.connections);
      if (!this.ports.isOpen(connection) || this.asleep.has(connection) || this.vanishedMs.has(connection)) continue;
      this.slept++;
      this.asleep.set(connection, Number.NaN);
      this.vanishedMs.set(connection, nowMs);
      return this.ports.vanish(connection, (0.5 + this.random.unit()) * this.plan.sleepSeconds * 1_000);
    }
  }
}
