/**
 * Sees that the store forgot what it had acknowledged, while this process holds partitions: emptied, or put back to an earlier
 * state. Two marks stand in the store for each held partition; they are looked at before every write and once a second, and set
 * higher in turn, so that one that is put right after the store forgot does not hide it. Where one is missing or lower than it
 * was put, nothing is written or told any more, the partition is marked as not whole, and who takes it next goes through all
 * that the log has: `progress` says that it is not whole.
 *
 * Marks have an era, which begins anew whenever they do: those that another put after the store forgot are high enough, but
 * they don't speak of what this process knows. One watch belongs to one Dispatch: what was left behind of a former one is refused.
 *
 * Not seen: tables that are emptied one by one, before that of the marks; an earlier state that is less than two seconds old; a
 * write between whose look and whose last step the store forgets. What that leaves is passed over by who stores again
 * (leftovers.ts).
 */
import { BackendError } from '../runtime/backend-error.ts';
import type { DecidedBatch, Progress, Store } from '../store/store.ts';
import type { DispatchCells } from './metrics.ts';

export interface Keepsake {
  readonly value: number;
  /** The store has all that the partition's progress counts. */
  readonly whole: boolean;
  /** The same for as long as the store forgets nothing of the partition. */
  readonly era: number;
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
  readonly era: number;
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
  private closed = false;

  constructor(options: StoreWatchOptions) {
    this.options = options;
    const { store } = options;
    this.store = Object.assign(Object.create(store) as Store, {
      progress: (partition: number) => this.progress(partition),
      write: async (batch: DecidedBatch) => {
        const before = this.held.get(batch.partition);
        await this.look();
        // Who held it when the store forgot repeats its write until it hears of it: that would stand in a store that lacks what was before.
        if (before === undefined || this.held.get(batch.partition)?.era !== before.era)
          throw new BackendError('storeForgot', `messages/${batch.partition} is to be taken anew`, true);
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

  /** Nothing is written through it any more, by whoever is still at work. */
  close(): void {
    this.closed = true;
    this.held.clear();
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
    const lost: number[] = [];
    const passed: number[] = [];
    for (const [partition, { values, era }] of known) {
      // Given up meanwhile, or taken anew.
      if (this.held.get(partition)?.era !== era) continue;
      const stand = SIDES.map((side) => found.get(slotOf(partition, side)));
      if (SIDES.some((side) => (stand[side]?.value ?? -1) < values[side])) lost.push(partition);
      else if (stand.some((mark) => mark?.era !== era)) passed.push(partition);
    }
    if (lost.length + passed.length === 0) return;
    await this.forgotten(lost, passed);
    throw new BackendError('storeForgot', `the store forgot what it had of messages/${[...lost, ...passed].join(', ')}`, true);
  }

  /** `passed`: others saw it before and have put marks; they may have taken the partition since. */
  private async forgotten(lost: readonly number[], passed: readonly number[]): Promise<void> {
    const { cells, log, keepsakes, forgot } = this.options;
    const eras = new Map([...lost, ...passed].map((partition) => [partition, this.held.get(partition)?.era]));
    const broken = lost.flatMap((partition) => {
      const value = this.above(...(this.held.get(partition)?.values ?? []));
      return SIDES.map((side) => [slotOf(partition, side), { value, whole: false, era: value }] as const);
    });
    if (broken.length > 0) await keepsakes.put(new Map(broken));
    // Another write of theirs may have seen it meanwhile.
    const first = [...eras].flatMap(([partition, era]) => {
      const stands = this.held.get(partition);
      return stands !== undefined && stands.era === era && this.held.delete(partition) ? [partition] : [];
    });
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
    const put = [...this.held].map(
      ([partition, { values, whole, era }]) => [partition, { value: this.above(values[side]), whole, era }] as const,
    );
    await this.options.keepsakes.put(new Map(put.map(([partition, mark]) => [slotOf(partition, side), mark])));
    for (const [partition, { value, era }] of put) {
      const marks = this.held.get(partition);
      if (marks === undefined || marks.era !== era) continue;
      this.held.set(partition, { ...marks, values: side === 0 ? [value, marks.values[1]] : [marks.values[0], value] });
    }
  }

  /** Who takes a partition. */
  private async progress(partition: number): Promise<Progress | undefined> {
    const { store, keepsakes, committed, cells, log } = this.options;
    const [progress, found] = await Promise.all([store.progress(partition), keepsakes.read()]);
    const [one, other] = SIDES.map((side) => found.get(slotOf(partition, side)));
    const stand = one !== undefined && other?.era === one.era;
    const whole = progress !== undefined && stand && one.whole && other.whole;
    const value = this.above(one?.value ?? 0, other?.value ?? 0);
    if (this.closed) throw new BackendError('closed', `messages/${partition} is taken by who came after`, false);
    // Where both stand only one is set higher: if the store forgets just now, the other shows it.
    const marks: Marks = { values: [value, stand ? other.value : value], whole, era: stand ? one.era : value };
    const put = { value, whole, era: marks.era };
    await keepsakes.put(new Map((stand ? [SIDES[0]!] : SIDES).map((side) => [slotOf(partition, side), put])));
    if (!this.closed) this.held.set(partition, marks);
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
