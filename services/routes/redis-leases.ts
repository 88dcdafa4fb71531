/**
 * The leases of a cell's gateways, as a process last read them. Who has one is believed for a short time, since he who died
 * within it is told to nobody in vain. Who has none is asked about again: a gateway tells its sessions that they are up to
 * date as soon as its lease lives, so a lookup that comes later must count its routes.
 */
import type { RedisClient } from '../backends/redis-client.ts';
import type { Route } from './routes.ts';
import { LEASES } from './routes-scripts.ts';

interface Lease {
  readonly untilMs: number;
  readonly whole: boolean;
  readonly bornMs: number;
  /** What the gateway knew of the table when it said so. */
  readonly marks: string;
}

const BELIEVED_MS = 1_000;

export class RedisLeases {
  /** The server's time when they were read. */
  serverMs = 0;
  private readonly client: RedisClient;
  private readonly key: string;
  private readonly nowMs: () => number;
  private known = new Map<number, Lease>();
  private readMs = Number.NEGATIVE_INFINITY;
  private askedMs = 0;
  private reading: Promise<void> | undefined;

  constructor(client: RedisClient, key: string, nowMs: () => number) {
    this.client = client;
    this.key = key;
    this.nowMs = nowMs;
  }

  get isFresh(): boolean {
    return this.nowMs() - this.readMs < BELIEVED_MS;
  }

  /** Reads them anew; an answer that was asked for before this call is not taken for it. */
  async read(): Promise<void> {
    if (this.reading !== undefined) await this.reading.catch(() => undefined);
    this.reading ??= this.readNow().finally(() => {
      this.reading = undefined;
    });
    await this.reading;
  }

  /** This process has changed one. */
  forget(): void {
    this.readMs = Number.NEGATIVE_INFINITY;
  }

  counts({ gateway, epoch }: Route): boolean {
    const lease = this.known.get(gateway);
    return lease !== undefined && this.lives(lease) && epoch >= lease.bornMs;
  }

  live(): Set<number> {
    return new Set([...this.known].filter(([, lease]) => this.lives(lease)).map(([gateway]) => gateway));
  }

  /** Every gateway that lives says that its routes are whole, in the table that these marks stand for. */
  allWhole(marks: string): boolean {
    for (const lease of this.known.values()) if (this.lives(lease) && !(lease.whole && lease.marks === marks)) return false;
    return true;
  }

  private lives(lease: Lease): boolean {
    return this.serverMs + (this.nowMs() - this.askedMs) < lease.untilMs;
  }

  private async readNow(): Promise<void> {
    const askedMs = this.nowMs();
    const { replies } = await this.client.run([{ name: LEASES.name, key: this.key }]);
    const [serverMs, ...pairs] = replies[0] as string[];
    const known = new Map<number, Lease>();
    for (let at = 0; at < pairs.length; at += 2) {
      const [untilMs, whole, bornMs, marks] = pairs[at + 1]!.split(':');
      known.set(Number(pairs[at]), { untilMs: Number(untilMs), whole: whole === '1', bornMs: Number(bornMs), marks: marks! });
    }
    this.known = known;
    this.serverMs = Number(serverMs);
    this.readMs = this.askedMs = askedMs;
  }
}
