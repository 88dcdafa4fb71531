/** What every bus that groups share must do; part of the contract in bus.contract.ts. */
import { expect, test } from 'bun:test';
import { type BusHarness, bytes, text, until } from './bus.harness.ts';
import type { Holding, SharedBus, Subscription } from './bus.ts';

/** What one member was given, in the order of events. */
class Member {
  readonly bus: SharedBus;
  readonly held = new Set<number>();
  readonly taken: Array<readonly [partition: number, offset: number, value: string]> = [];
  readonly committed = new Set<number>();
  lost = 0;
  /** While it is there, each `take` waits for it. */
  gate: Promise<void> | undefined;
  subscription: Subscription | undefined;

  constructor(bus: SharedBus) {
    this.bus = bus;
  }

  async join(): Promise<void> {
    this.subscription = await this.bus.share('g', 'messages', (partition) => this.hold(partition));
  }

  values(): string[] {
    return this.taken.map(([, , value]) => value);
  }

  private async hold(partition: number): Promise<Holding> {
    const from = await this.bus.committed('g', 'messages', partition);
    this.held.add(partition);
    return {
      from,
      take: async (batch) => {
        for (const { offset, value } of batch) this.taken.push([partition, offset, text(value)]);
        await this.gate;
        await this.bus.commit('g', 'messages', partition, batch.at(-1)!.offset + 1);
        this.committed.add(partition);
      },
      lost: () => {
        this.lost++;
        this.held.delete(partition);
      },
    };
  }
}

export function sharedBusContract(start: () => Promise<BusHarness>, setClock: (atMs: number) => void): void {
  async function members(count: number): Promise<Member[] | undefined> {
    const { another } = await start();
    if (another === undefined) return undefined; // It knows no groups.
    const buses = await Promise.all(Array.from({ length: count }, another));
    return buses.map((bus) => new Member(bus));
  }

  async function end(all: readonly Member[]): Promise<void> {
    for (const { subscription, bus } of all) {
      await subscription?.stop();
      await bus.close();
    }
  }

  test('a member alone holds every partition and takes each from where its group was', async () => {
    const [one] = (await members(1)) ?? [];
    if (one === undefined) return;
    await one.bus.append('messages', 2, [bytes('a'), bytes('b')]);
    await one.bus.commit('g', 'messages', 2, 1);
    await one.join();
    await until(() => one.held.size === 3 && one.taken.length === 1);
    expect(one.taken).toEqual([[2, 1, 'b']]);
    await one.bus.append('messages', 0, [bytes('c')]);
    await until(() => one.taken.length === 2);
    expect(one.taken[1]).toEqual([0, 0, 'c']);
    await end([one]);
  }, 60_000);

  test('partitions are shared with a member that joins, and come back when it leaves; nothing is left out', async () => {
    const [one, two] = (await members(2)) ?? [];
    if (one === undefined || two === undefined) return;
    await one.join();
    await until(() => one.held.size === 3);
    await two.join();
    await until(() => one.held.size + two.held.size === 3 && two.held.size > 0);
    expect(new Set([...one.held, ...two.held]).size).toBe(3);
    for (let partition = 0; partition < 3; partition++) await one.bus.append('messages', partition, [bytes(`first ${partition}`)]);
    await until(() => new Set([...one.values(), ...two.values()]).size === 3);
    await two.subscription!.stop();
    await until(() => one.held.size === 3);
    for (let partition = 0; partition < 3; partition++) await one.bus.append('messages', partition, [bytes(`second ${partition}`)]);
    await until(() => one.values().filter((value) => value.startsWith('second')).length === 3);
    await end([one, two]);
  }, 60_000);

  test('stop waits for the batches under way, whose commits still count', async () => {
    const [one] = (await members(1)) ?? [];
    if (one === undefined) return;
    let open = () => {};
    one.gate = new Promise((resolve) => {
      open = resolve;
    });
    await one.join();
    await one.bus.append('messages', 1, [bytes('a')]);
    await until(() => one.taken.length === 1);
    const stopping = one.subscription!.stop();
    await Bun.sleep(20);
    open();
    await stopping;
    expect(await one.bus.committed('g', 'messages', 1)).toBe(1);
    expect(one.held.size).toBe(0);
    await end([one]);
  }, 60_000);

  test('a commit by a member that lost its partition meanwhile is fenced, and another takes the same records', async () => {
    const [one, two] = (await members(2)) ?? [];
    if (one === undefined || two === undefined) return;
    let open = () => {};
    one.gate = new Promise((resolve) => {
      open = resolve;
    });
    await one.join();
    await until(() => one.held.size === 3);
    for (let partition = 0; partition < 3; partition++) await one.bus.append('messages', partition, [bytes(`${partition}`)]);
    await until(() => one.taken.length === 3);
    await two.join();
    await until(() => two.taken.length > 0);
    const moved = two.taken[0]![0];
    await expect(one.bus.commit('g', 'messages', moved, 1)).rejects.toMatchObject({ code: 'fenced', retryable: false });
    await until(() => two.committed.has(moved));
    expect(await two.bus.committed('g', 'messages', moved)).toBe(1);
    open();
    await end([one, two]);
  }, 60_000);

  test('a hold that rejects is asked for again', async () => {
    const { another } = await start();
    if (another === undefined) return;
    const bus = await another();
    let calls = 0;
    const seen: string[] = [];
    const subscription = await bus.share('g', 'receipts', async () => {
      if (++calls < 3) throw new Error('not yet');
      return { from: undefined, take: async (batch) => void seen.push(...batch.map(({ value }) => text(value))), lost: () => undefined };
    });
    await bus.append('receipts', 0, [bytes('a')]);
    await until(() => seen.length === 1);
    expect(calls).toBe(3);
    await subscription.stop();
    await bus.close();
  }, 60_000);

  test('the offset of a time is that of the first record logged then or later', async () => {
    const { another } = await start();
    if (another === undefined) return;
    const bus = await another();
    expect(await bus.offsetAt('messages', 1, 0)).toBe(0);
    for (let index = 0; index < 5; index++) {
      setClock(2_000 + 10 * index);
      await bus.append('messages', 1, [bytes('a'), bytes('b')]);
      await Bun.sleep(2);
    }
    const times: number[] = [];
    const reader = await bus.consume('g', 'messages', 1, async (batch) => void times.push(...batch.map(({ loggedAtMs }) => loggedAtMs)));
    await until(() => times.length === 10);
    await reader.stop();
    for (const at of [...times, times[0]! - 1, times[4]! + 1, times[9]! + 1]) {
      const expected = times.findIndex((time) => time >= at);
      expect(await bus.offsetAt('messages', 1, at)).toBe(expected < 0 ? 10 : expected);
    }
    await bus.close();
  }, 60_000);
}
