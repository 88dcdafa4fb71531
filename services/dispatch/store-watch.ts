/**
 * Sees that the store forgot what it had acknowledged, while this process holds partitions: emptied, or put back to an earlier
 * state. Two marks stand in the store for each held partition; they are looked at before every write and once a second, and set
 * higher in turn, so that one that is put right after the store forgot does not hide it. Where one is missing or lower than it
 * was put, nothing is written or told any more, the partition is marked as not whole, and who takes it next goes through all
 * that the log has: `progress` says that it is not whole.
 *
 * Not seen: tables that are emptied one by one, before that of the marks; what falls between the look and its write (some
 * milliseconds); an earlier state that is less than two seconds old. A known defect of
 * keyspaces made anew under load: ARCHITECTURE, Dispatch.
 */
import { BackendError } from '../runtime/backend-error.ts';
import type { DecidedBatch, Progress, Store } from '../store/store.ts';
import type { DispatchCells } from './metrics.ts';

export interface Keepsake {
  readonly value: number;
  /** The store has all that the partition's progress counts. */
  readonly whole: boolean;
}

/** By slot, of which each partition has two. Of each the highest that was put stands. */
export interface Keepsakes {
  read(): Promise<ReadonlyMap<number, Keepsake>>;
  put(marks: ReadonlyMap<number, Keepsake>): Promise<void>;
}

export interface StoreWatchOptions {
  readonly store: Store;
  readonly keepsakes: Keepsakes;
  /** The group's position in a partition. */
  readonly committed: (partition: number) => Promise<number | undefined>;
  readonly cells: Pick<DispatchCells, 'storeForgot'>;
  readonly nowMs: () => number;
  readonly log: (message: string) => void;
  /** What is held has to be given up and taken anew. */
  readonly forgot: () => void;
}

type Side = 0 | 1;

interface Marks {
  readonly values: readonly [number, number];
  readonly whole: boolean;
}

const SIDES: readonly Side[] = [0, 1];

export class StoreWatch {
  /** The store to be used by who is watched over. */
  readonly store: Store;
  private readonly options: StoreWatchOptions;
  /** The marks that stand there for each partition that is held, or is being taken. */
  private readonly held = new Map<number, Marks>();
  private turn: Side = 0;
  private ticking = false;

  constructor(options: StoreWatchOptions) {
    this.options = options;
    const { store } = options;
    this.store = Object.assign(Object.create(store) as Store, {
      progress: (partition: number) => this.progress(partition),
      write: async (batch: DecidedBatch) => {
        await this.look();
        // Who held it when the store forgot repeats its write until it hears of it: that would stand in a store that lacks what was before.
        if (!this.held.has(batch.partition)) throw new BackendError('storeForgot', `messages/${batch.partition} is to be taken anew`, true);
        await store.write(batch);
      },
    });
  }

  /** All of it that was in the log when it was taken is stored. */
  whole(partition: number): void {
    const marks = this.held.get(partition);
    // They are put in turn: until then another takes it as not whole, which is only slow.
    if (marks !== undefined) this.held.set(partition, { ...marks, whole: true });
  }

  gone(partition: number): void {
    this.held.delete(partition);
  }

  /** To be called once a second. */
  async tick(): Promise<void> {
    if (this.ticking) return;
    this.ticking = true;
    try {
      await this.look();
      await this.renew();
    } catch (error) {
      this.options.log(`marks of the store: ${(error as Error).message}`);
    } finally {
      this.ticking = false;
    }
  }

  private async look(): Promise<void> {
    if (this.held.size === 0) return;
    const known = [...this.held];
    const found = await this.options.keepsakes.read();
    const lost = known.flatMap(([partition, { values }]) => {
      const stand = SIDES.every((side) => (found.get(slotOf(partition, side))?.value ?? -1) >= values[side]);
      return stand || !this.held.has(partition) ? [] : [partition];
    });
    if (lost.length === 0) return;
    await this.forgotten(lost);
    throw new BackendError('storeForgot', `the store forgot what it had of messages/${lost.join(', ')}`, true);
  }

  private async forgotten(partitions: readonly number[]): Promise<void> {
    const { cells, log, keepsakes, forgot } = this.options;
    const broken = partitions.flatMap((partition) => {
      const value = this.above(...(this.held.get(partition)?.values ?? []));
      return SIDES.map((side) => [slotOf(partition, side), { value, whole: false }] as const);
    });
    await keepsakes.put(new Map(broken));
    // Another write of theirs may have seen it meanwhile.
    const first = partitions.filter((partition) => this.held.delete(partition));
    if (first.length === 0) return;
    cells.storeForgot.value += first.length;
    log(
      `THE STORE FORGOT what it had acknowledged of messages/${first.join(', ')}: they are taken anew, and all that the log has is stored again`,
    );
    forgot();
  }

  private async renew(): Promise<void> {
    if (this.held.size === 0) return;
    const side = this.turn;
    this.turn = side === 0 ? 1 : 0;
    const put = [...this.held].map(([partition, { values, whole }]) => ({ partition, value: this.above(values[side]), whole }));
    await this.options.keepsakes.put(new Map(put.map(({ partition, value, whole }) => [slotOf(partition, side), { value, whole }])));
    for (const { partition, value } of put) {
      const marks = this.held.get(partition);
      if (marks === undefined) continue;
      this.held.set(partition, { ...marks, values: side === 0 ? [value, marks.values[1]] : [marks.values[0], value] });
    }
  }

  /** Who takes a partition. */
  private async progress(partition: number): Promise<Progress | undefined> {
    const { store, keepsakes, committed, cells, log } = this.options;
    const [progress, found] = await Promise.all([store.progress(partition), keepsakes.read()]);
    const stand = SIDES.map((side) => found.get(slotOf(partition, side)));
    const whole = progress !== undefined && stand.every((mark) => mark?.whole === true);
    const value = this.above(...stand.map((mark) => mark?.value ?? 0));
    await keepsakes.put(new Map(SIDES.map((side) => [slotOf(partition, side), { value, whole }])));
    this.held.set(partition, { values: [value, value], whole });
    if (whole) return progress;
    if (progress !== undefined) log(`messages/${partition} may not be whole in the store: all that the log has is stored again`);
    else if (((await committed(partition)) ?? 0) > 0) {
      cells.storeForgot.value++;
      log(`THE STORE HAS NOTHING of messages/${partition}, which was dispatched before: all that the log has is stored again`);
    }
    return progress === undefined ? undefined : { ...progress, whole: false };
  }

  private above(...values: readonly number[]): number {
    return Math.max(this.options.nowMs(), ...values.map((value) => value + 1));
  }
}

function slotOf(partition: number, side: Side): number {
  return 2 * partition + side;
}
