/**
 * What one member of a group has in its hands: a consumer per partition, started and stopped as the partitions that are its
 * own change. Who decides on these is not its business, so that every bus shares it.
 */
import type { Holding, Subscription } from './bus.ts';

export interface HoldingsOptions {
  readonly hold: (partition: number) => Promise<Holding>;
  readonly consume: (partition: number, holding: Holding) => Subscription;
  /** `hold` rejected; it is called again after a pause. */
  readonly failed: (partition: number, error: unknown) => void;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 1_000;

interface Held {
  active: boolean;
  holding?: Holding;
  consumer?: Subscription;
}

export class Holdings {
  private readonly options: HoldingsOptions;
  private readonly held = new Map<number, Held>();
  /** By partition: what is being taken, though it may be lost by now. */
  private readonly taking = new Map<number, Promise<void>>();

  constructor(options: HoldingsOptions) {
    this.options = options;
  }

  has(partition: number): boolean {
    return this.held.has(partition);
  }

  get partitions(): number[] {
    return [...this.held.keys()];
  }

  /** From now on these are the member's; of others it loses hold at once, whatever their handlers are doing. */
  assign(partitions: readonly number[]): void {
    for (const partition of this.partitions) if (!partitions.includes(partition)) this.lose(partition);
    for (const partition of partitions) {
      if (this.held.has(partition)) continue;
      const held: Held = { active: true };
      this.held.set(partition, held);
      this.takeAfter(partition, held);
    }
  }

  /**
   * The bus refused a commit of this one: for its holder it is lost. It is taken anew, since it may be this member's again
   * without ever having been assigned to another in its eyes; where it is not, the next assignment says so.
   */
  renew(partition: number): void {
    if (!this.held.has(partition)) return;
    const { partitions } = this;
    this.lose(partition);
    this.assign(partitions);
  }

  /** Gives all back; resolves when no handler runs any more. */
  async release(): Promise<void> {
    for (const held of this.held.values()) held.active = false;
    await Promise.all([...this.taking.values()]);
    await Promise.all([...this.held.values()].map(({ consumer }) => consumer?.stop()));
    for (const partition of this.partitions) this.lose(partition);
  }

  private lose(partition: number): void {
    const held = this.held.get(partition)!;
    this.held.delete(partition);
    held.active = false;
    void held.consumer?.stop();
    held.holding?.lost();
  }

  /** Two of the same partition side by side could end in the other order, and the loss of the first be taken for the second's. */
  private takeAfter(partition: number, held: Held): void {
    const taking = (this.taking.get(partition) ?? Promise.resolve())
      .then(() => this.take(partition, held))
      .finally(() => this.taking.get(partition) === taking && this.taking.delete(partition));
    this.taking.set(partition, taking);
  }

  private async take(partition: number, held: Held): Promise<void> {
    for (let pauseMs = FIRST_PAUSE_MS; held.active; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
      try {
        const holding = await this.options.hold(partition);
        if (!held.active) return holding.lost();
        held.holding = holding;
        held.consumer = this.options.consume(partition, holding);
        return;
      } catch (error) {
        this.options.failed(partition, error);
      }
      await this.options.sleep(pauseMs);
    }
  }
}
