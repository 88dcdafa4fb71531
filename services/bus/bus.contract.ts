/** What every bus must do. An implementation's test calls `busContract` with a harness that makes it. */
import { afterEach, describe, expect, test } from 'bun:test';
import { type BusHarness, bytes, collect, text, until } from './bus.harness.ts';
import { type BusEvents, MAX_RECORD_BYTES, type Topic } from './bus.ts';
import { sharedBusContract } from './shared-bus.contract.ts';

/** What real servers do not have; without it the tests that need it are not there. */
export interface Capabilities {
  /** The log's time is the clock of the settings, and never goes back. */
  readonly injectedClock: boolean;
  /** A topic refuses at `limitBytes`, and makes room when every group has committed. */
  readonly sizeLimit: boolean;
}

const ALL: Capabilities = { injectedClock: true, sizeLimit: true };

export interface HarnessSettings {
  readonly partitions: Readonly<Record<Topic, number>>;
  readonly limitBytes: number;
  readonly events: BusEvents;
  readonly now: () => number;
}

const PARTITIONS = { messages: 3, receipts: 1, deliveries: 4 };
const LIMIT_BYTES = 16 * 1_048_576;

export function busContract(
  name: string,
  make: (settings: HarnessSettings) => Promise<BusHarness>,
  { injectedClock, sizeLimit }: Capabilities = ALL,
): void {
  describe(`bus contract: ${name}`, () => {
    const notThere = (_name: string, _body: () => Promise<void>) => undefined;
    const timed = injectedClock ? test : notThere;
    const limited = sizeLimit ? test : notThere;
    const harnesses: BusHarness[] = [];
    let gaps: number[] = [];
    let nowMs = 1_000;

    async function start(overrides: Partial<HarnessSettings> = {}): Promise<BusHarness> {
      gaps = [];
      nowMs = 1_000;
      const harness = await make({
        partitions: PARTITIONS,
        limitBytes: LIMIT_BYTES,
        events: { gap: (_group, _topic, _partition, missing) => void gaps.push(missing), handlerFailed: () => undefined },
        now: () => nowMs,
        ...overrides,
      });
      harnesses.push(harness);
      return harness;
    }

    afterEach(async () => {
      for (const harness of harnesses.splice(0)) await harness.close();
    });

    test('offsets count up from zero and every record is read back in order', async () => {
      const { bus } = await start();
      expect(await bus.end('messages', 1)).toBe(0);
      expect(await bus.append('messages', 1, [bytes('a'), bytes('b')])).toBe(0);
      expect(await bus.append('messages', 1, [bytes('c')])).toBe(2);
      expect(await bus.append('messages', 1, [])).toBe(3);
      expect(await bus.append('messages', 2, [bytes('other')])).toBe(0);
      expect(await bus.end('messages', 1)).toBe(3);
      const records = await collect(bus, 'g', 'messages', 1, 3);
      expect(records.map(({ offset, value }) => [offset, text(value)])).toEqual([
        [0, 'a'],
        [1, 'b'],
        [2, 'c'],
      ]);
    });

    for (const sends of [20, 200, 2_000]) {
      test(`of ${sends} concurrent appends each has an offset of its own, under which it is read back once (B2)`, async () => {
        const { bus } = await start();
        const offsets = await Promise.all(Array.from({ length: sends }, (_, index) => bus.append('messages', 0, [bytes(`${index}`)])));
        expect(new Set(offsets).size).toBe(sends);
        const records = await collect(bus, 'g', 'messages', 0, sends);
        const readBack = new Map(records.map(({ offset, value }) => [text(value), offset]));
        expect(readBack.size).toBe(sends);
        for (const [index, offset] of offsets.entries()) expect(readBack.get(`${index}`)).toBe(offset);
      });
    }

    test('the values of one append stay together among concurrent ones', async () => {
      const { bus } = await start();
      const appends = Array.from({ length: 50 }, (_, index) => [0, 1, 2].map((part) => bytes(`${index}.${part}`)));
      const offsets = await Promise.all(appends.map((values) => bus.append('messages', 0, values)));
      const records = await collect(bus, 'g', 'messages', 0, 150);
      offsets.forEach((offset, index) => {
        expect(records.slice(offset, offset + 3).map(({ value }) => text(value))).toEqual([`${index}.0`, `${index}.1`, `${index}.2`]);
      });
    });

    test('values may be changed by their owner once append has returned', async () => {
      const { bus } = await start();
      const value = Buffer.from('before');
      const appended = bus.append('messages', 0, [value]);
      value.fill(0);
      await appended;
      expect(text((await collect(bus, 'g', 'messages', 0, 1))[0]!.value)).toBe('before');
    });

    test('empty values and values of 100 KiB come back as they were', async () => {
      const { bus } = await start();
      const large = Uint8Array.from({ length: 102_400 }, (_, index) => index % 251);
      await bus.append('messages', 0, [new Uint8Array(0), large, new Uint8Array(0), large]);
      const records = await collect(bus, 'g', 'messages', 0, 4);
      expect(records.map(({ value }) => value.length)).toEqual([0, 102_400, 0, 102_400]);
      expect(Buffer.compare(records[3]!.value, large)).toBe(0);
    });

    timed('the time of the log is the clock’s and never goes back', async () => {
      const { bus } = await start();
      for (const at of [1_000, 2_000, 1_500, 2_500]) {
        nowMs = at;
        await bus.append('messages', 0, [bytes('x')]);
      }
      const records = await collect(bus, 'g', 'messages', 0, 4);
      expect(records.map(({ loggedAtMs }) => loggedAtMs)).toEqual([1_000, 2_000, 2_000, 2_500]);
    });

    test('a consumer gets what is appended while it waits', async () => {
      const { bus } = await start();
      const seen: string[] = [];
      const subscription = await bus.consume('g', 'messages', 0, async (batch) => void seen.push(...batch.map(({ value }) => text(value))));
      for (const word of ['one', 'two', 'three']) {
        await bus.append('messages', 0, [bytes(word)]);
        await until(() => seen.at(-1) === word);
      }
      await subscription.stop();
      expect(seen).toEqual(['one', 'two', 'three']);
    });

    test('a long log comes in several batches, each in order, one at a time', async () => {
      const { bus } = await start();
      for (let first = 0; first < 5_000; first += 500) {
        await bus.append(
          'messages',
          0,
          Array.from({ length: 500 }, (_, index) => bytes(`${first + index}`)),
        );
      }
      let next = 0;
      let batches = 0;
      let running = 0;
      const subscription = await bus.consume('g', 'messages', 0, async (batch) => {
        expect(++running).toBe(1);
        batches++;
        for (const { offset, value } of batch) {
          expect(offset).toBe(next);
          expect(text(value)).toBe(`${next++}`);
        }
        await Bun.sleep(0);
        running--;
      });
      await until(() => next === 5_000);
      await subscription.stop();
      expect(batches).toBeGreaterThan(1);
    });

    test('a group goes on where it committed; another begins at the earliest record', async () => {
      const { bus } = await start();
      await bus.append('messages', 0, [bytes('a'), bytes('b'), bytes('c')]);
      expect(await bus.committed('g', 'messages', 0)).toBeUndefined();
      await bus.commit('g', 'messages', 0, 2);
      expect(await bus.committed('g', 'messages', 0)).toBe(2);
      expect((await collect(bus, 'g', 'messages', 0, 1)).map(({ offset }) => offset)).toEqual([2]);
      expect((await collect(bus, 'other', 'messages', 0, 3)).map(({ offset }) => offset)).toEqual([0, 1, 2]);
      expect((await collect(bus, 'g', 'messages', 0, 3, 'earliest')).map(({ offset }) => offset)).toEqual([0, 1, 2]);
      expect((await collect(bus, 'g', 'messages', 0, 2, 1)).map(({ offset }) => offset)).toEqual([1, 2]);
      expect(gaps).toEqual([]);
    });

    test('a batch that was not committed comes again to the next consumer of the group', async () => {
      const { bus } = await start();
      await bus.append('messages', 0, [bytes('a'), bytes('b')]);
      expect(await collect(bus, 'g', 'messages', 0, 2)).toHaveLength(2);
      expect((await collect(bus, 'g', 'messages', 0, 2)).map(({ offset }) => offset)).toEqual([0, 1]);
    });

    test('when the handler rejects, the same records come again before any later ones', async () => {
      const { bus } = await start();
      await bus.append('messages', 0, [bytes('a'), bytes('b')]);
      const seen: number[][] = [];
      const subscription = await bus.consume('g', 'messages', 0, async (batch) => {
        seen.push(batch.map(({ offset }) => offset));
        if (seen.length === 1) await bus.append('messages', 0, [bytes('c')]);
        if (seen.length < 3) throw new Error('not now');
      });
      await until(() => seen.flat().includes(2));
      await subscription.stop();
      expect(seen.slice(0, 3)).toEqual([
        [0, 1],
        [0, 1],
        [0, 1],
      ]);
      expect(seen.slice(3).flat()).toEqual([2]);
    });

    test('a commit never moves back, and none lies beyond the end', async () => {
      const { bus } = await start();
      await bus.append('messages', 0, [bytes('a'), bytes('b'), bytes('c')]);
      await bus.commit('g', 'messages', 0, 3);
      await bus.commit('g', 'messages', 0, 1);
      expect(await bus.committed('g', 'messages', 0)).toBe(3);
      await expect(bus.commit('g', 'messages', 0, 4)).rejects.toMatchObject({ code: 'badOffset', retryable: false });
      expect(await bus.committed('g', 'messages', 0)).toBe(3);
    });

    test('a stopped consumer gets nothing more, and stop waits for its handler', async () => {
      const { bus } = await start();
      await bus.append('messages', 0, [bytes('a')]);
      let finish: (() => void) | undefined;
      let calls = 0;
      const subscription = await bus.consume('g', 'messages', 0, () => {
        calls++;
        return new Promise((resolve) => {
          finish = resolve;
        });
      });
      await until(() => finish !== undefined);
      let stopped = false;
      const stopping = subscription.stop().then(() => {
        stopped = true;
      });
      await bus.append('messages', 0, [bytes('b')]);
      await Bun.sleep(5);
      expect(stopped).toBe(false);
      finish!();
      await stopping;
      await Bun.sleep(5);
      expect(calls).toBe(1);
    });

    test('a position that was deleted goes on at the earliest record kept, and the gap is reported (B5)', async () => {
      const { bus, truncate } = await start();
      for (let index = 0; index < 100; index++) await bus.append('messages', 0, [bytes(`${index}`)]);
      await bus.commit('g', 'messages', 0, 10);
      await truncate('messages', 0, 50);
      for (let index = 100; index < 150; index++) await bus.append('messages', 0, [bytes(`${index}`)]);
      const records = await collect(bus, 'g', 'messages', 0, 100);
      expect(records.map(({ offset }) => offset)).toEqual(Array.from({ length: 100 }, (_, index) => 50 + index));
      expect(gaps).toEqual([40]);
      gaps.length = 0;
      expect((await collect(bus, 'without offsets', 'messages', 0, 100))[0]!.offset).toBe(50);
      expect(gaps).toEqual([]);
    });

    test('a partition that is not there and a record that is too large are refused, and nothing is stored', async () => {
      const { bus } = await start();
      expect(bus.partitions('messages')).toBe(3);
      for (const partition of [-1, 3, 0.5]) {
        await expect(bus.append('messages', partition, [bytes('a')])).rejects.toMatchObject({ code: 'noPartition', retryable: false });
      }
      const appended = bus.append('messages', 0, [bytes('small'), new Uint8Array(MAX_RECORD_BYTES + 1)]);
      await expect(appended).rejects.toMatchObject({ code: 'recordTooLarge', retryable: false });
      expect(await bus.end('messages', 0)).toBe(0);
    });

    limited('at its size limit a topic refuses, keeps what it has, and other topics go on', async () => {
      const { bus } = await start({ limitBytes: 200_000 });
      const value = new Uint8Array(10_000);
      let stored = 0;
      let refused: unknown;
      while (refused === undefined && stored < 100) {
        await bus.append('messages', 0, [value]).then(
          () => stored++,
          (error: unknown) => {
            refused = error;
          },
        );
      }
      expect(refused).toMatchObject({ code: 'storageFull', retryable: false });
      expect(stored).toBeGreaterThanOrEqual(15);
      expect(await bus.end('messages', 0)).toBe(stored);
      expect(await bus.append('receipts', 0, [bytes('a')])).toBe(0);
      expect(await collect(bus, 'g', 'messages', 0, stored)).toHaveLength(stored);
    });

    limited('deliveries that every group has committed make room for new ones', async () => {
      const { bus } = await start({ limitBytes: 200_000 });
      const value = new Uint8Array(10_000);
      for (let index = 0; index < 100; index++) {
        const offset = await bus.append('deliveries', 1, [value]);
        await bus.commit('relay', 'deliveries', 1, offset + 1);
        if (index % 14 === 13) await Bun.sleep(150);
      }
      expect(await bus.end('deliveries', 1)).toBe(100);
    });

    test('records, offsets and positions outlive a restart; a time that never goes back still does not', async () => {
      const harness = await start();
      if (harness.restart === undefined) return; // Memory ends with its process: nothing to restart.
      nowMs = 5_000;
      await harness.bus.append('messages', 0, [bytes('a'), bytes('b')]);
      await harness.bus.append('deliveries', 3, [bytes('d')]);
      await harness.bus.commit('g', 'messages', 0, 1);
      const bus = await harness.restart();
      nowMs = 4_000;
      expect(await bus.append('messages', 0, [bytes('c')])).toBe(2);
      const records = await collect(bus, 'g', 'messages', 0, 2);
      expect(records.map(({ offset, value }) => [offset, text(value)])).toEqual([
        [1, 'b'],
        [2, 'c'],
      ]);
      if (injectedClock) expect(records.map(({ loggedAtMs }) => loggedAtMs)).toEqual([5_000, 5_000]);
      expect(await bus.end('deliveries', 3)).toBe(1);
    });

    sharedBusContract(start, (at) => {
      nowMs = at;
    });

    test('after close everything is refused and consumers have ended', async () => {
      const { bus } = await start();
      const subscription = await bus.consume('g', 'messages', 0, async () => undefined);
      await bus.close();
      await subscription.stop();
      await expect(bus.append('messages', 0, [bytes('a')])).rejects.toMatchObject({ code: 'closed' });
    });
  });
}
