/**
 * The gateway's lease in the routes: while it lives dispatch counts this box's routes, and when it lapses they count for
 * nothing. So nobody is told that he is up to date while it does not live, and after a lapse each session asks what it missed.
 */
import { LEASE_MS } from '../../routes/routes.ts';

export interface GatewayLeaseOptions {
  readonly routes: {
    renewLease(gateway: number, leaseMs: number, whole: boolean, bornMs: number): Promise<void>;
    dropLease(gateway: number): Promise<void>;
  };
  readonly gateway: number;
  /** Every session of the box has its route. */
  readonly isWhole: () => boolean;
  /** No session of the gateway is older: routes that are were left by a former life of the box. */
  readonly bornMs: () => number;
  /** It had lapsed and lives again. */
  readonly onLapsed: () => void;
  readonly nowMs: () => number;
  readonly log: (message: string) => void;
}

const RENEW_MS = Math.floor(LEASE_MS / 3);
const AGAIN_MS = 500;

export class GatewayLease {
  private readonly options: GatewayLeaseOptions;
  private readonly waiting: Array<() => void> = [];
  private untilMs: number | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private losses = 0;
  private stopped = false;

  constructor(options: GatewayLeaseOptions) {
    this.options = options;
  }

  start(): void {
    void this.renew();
  }

  /** `drop`: the gateway ends; otherwise the lease is the next relay's. */
  async stop(drop: boolean): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    for (const resolve of this.waiting.splice(0)) resolve();
    if (!drop) return;
    try {
      await this.options.routes.dropLease(this.options.gateway);
    } catch (error) {
      this.options.log(`lease not given back: ${(error as Error).message}`);
    }
  }

  /** The table may have lost it, or holds what is no longer so: it is asked for at once, and until then lives no more. */
  lost(): void {
    this.losses++;
    this.untilMs = undefined;
    if (this.timer === undefined || this.stopped) return;
    clearTimeout(this.timer);
    void this.renew();
  }

  /** Resolves when the lease lives, or nobody waits for it any more. */
  async whenLive(): Promise<void> {
    if (this.stopped || this.isLive()) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private isLive(): boolean {
    return this.untilMs !== undefined && this.options.nowMs() < this.untilMs;
  }

  private async renew(): Promise<void> {
    const { routes, gateway, isWhole, bornMs, onLapsed, nowMs, log } = this.options;
    // Counted from before the request: the table's own time starts later.
    const askedMs = nowMs();
    const { losses } = this;
    let nextMs = RENEW_MS;
    this.timer = undefined;
    try {
      await routes.renewLease(gateway, LEASE_MS, isWhole(), bornMs());
      if (this.stopped) return;
      if (losses !== this.losses) return void this.renew();
      // By the answer: a request that was under way when the lease ended came to the table after that.
      const lapsed = this.untilMs !== undefined && nowMs() >= this.untilMs;
      this.untilMs = askedMs + LEASE_MS;
      if (lapsed) onLapsed();
      for (const resolve of this.waiting.splice(0)) resolve();
    } catch (error) {
      log(`lease not renewed: ${(error as Error).message}`);
      nextMs = AGAIN_MS;
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.renew(), nextMs);
  }
}
