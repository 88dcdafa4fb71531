import { afterAll, describe, expect, test } from 'bun:test';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { busContract } from './bus.contract.ts';
import { bytes, collect, text, until } from './bus.harness.ts';
import { type FileBusOptions, openFileBus } from './bus-file.ts';
import type { LogBus } from './log-bus.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-bus-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let directories = 0;
const newDirectory = () => join(root, String(directories++));

function optionsOf(directory: string, overrides: Partial<FileBusOptions> = {}, segmentBytes = 1_048_576): FileBusOptions {
  const topic = (partitions: number) => ({ partitions, limitBytes: 16_777_216, segmentBytes });
  return {
    directory,
    topics: { messages: topic(2), receipts: topic(1), deliveries: { ...topic(4), keepConsumedSegments: 0 } },
    events: { gap: () => undefined, handlerFailed: () => undefined, cut: () => undefined, positionsFailed: () => undefined },
    now: () => 1_000,
    ...overrides,
  };
}

busContract('file', async (settings) => {
  const directory = newDirectory();
  // A segment per frame, so that every frame can be deleted by itself.
  const topic = (partitions: number) => ({ partitions, limitBytes: settings.limitBytes, segmentBytes: 1 });
  const { messages, receipts, deliveries } = settings.partitions;
  const open = () =>
    openFileBus({
      directory,
      topics: { messages: topic(messages), receipts: topic(receipts), deliveries: { ...topic(deliveries), keepConsumedSegments: 0 } },
      events: { ...settings.events, cut: () => undefined, positionsFailed: () => undefined },
      now: settings.now,
    });
  let bus = open();
  return {
    bus,
    another: async () => bus.another(),
    truncate: async (name, partition, before) => bus.release(name, partition, before),
    restart: async () => {
      await bus.close();
      bus = open();
      return bus;
    },
    close: () => bus.close(),
  };
});

describe('the bus in files', () => {
  const logOf = (directory: string, partition = 0) => {
    const path = join(directory, 'messages', String(partition));
    return join(path, readdirSync(path).sort().at(-1)!);
  };

  async function filled(directory: string, words: readonly string[]): Promise<void> {
    const bus = openFileBus(optionsOf(directory));
    for (const word of words) await bus.append('messages', 0, [bytes(word)]);
    await bus.close();
  }

  async function words(bus: LogBus, count: number): Promise<string[]> {
    return (await collect(bus, 'reader', 'messages', 0, count, 'earliest')).map(({ value }) => text(value));
  }

  test('all appends of one turn of the loop are one frame', async () => {
    const directory = newDirectory();
    const bus = openFileBus(optionsOf(directory));
    await Promise.all(Array.from({ length: 100 }, () => bus.append('messages', 0, [bytes('0123456789')])));
    expect(statSync(logOf(directory)).size).toBe(20 + 100 * (4 + 10));
    await bus.close();
  });

  test('a record is in its file before append resolves', async () => {
    const directory = newDirectory();
    const bus = openFileBus(optionsOf(directory));
    await bus.append('messages', 0, [bytes('durable')]);
    expect(readFileSync(logOf(directory)).includes('durable')).toBe(true);
    await bus.close();
  });

  test('a tail torn at any byte is cut at the last whole frame, and the log goes on from there', async () => {
    const directory = newDirectory();
    await filled(directory, ['one', 'two', 'three']);
    const path = logOf(directory);
    const whole = readFileSync(path);
    const lastFrame = whole.length - (20 + 4 + 5);
    for (let length = lastFrame; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      let cutBytes = 0;
      const base = optionsOf(directory);
      const bus = openFileBus({ ...base, events: { ...base.events, cut: (_topic, _partition, cut) => (cutBytes += cut) } });
      expect(cutBytes).toBe(length - lastFrame);
      expect(await bus.append('messages', 0, [bytes('again')])).toBe(2);
      expect(await words(bus, 3)).toEqual(['one', 'two', 'again']);
      await bus.close();
    }
  });

  test('a tail of zeros, as a lost page leaves it, is cut', async () => {
    const directory = newDirectory();
    await filled(directory, ['one', 'two']);
    appendFileSync(logOf(directory), new Uint8Array(5_000));
    const bus = openFileBus(optionsOf(directory));
    expect(await bus.append('messages', 0, [bytes('three')])).toBe(2);
    expect(await words(bus, 3)).toEqual(['one', 'two', 'three']);
    await bus.close();
  });

  test('damage in the middle is refused by name and place, never cut', async () => {
    const directory = newDirectory();
    await filled(directory, ['one', 'two', 'three']);
    const path = logOf(directory);
    const damaged = readFileSync(path);
    damaged[24]! ^= 1;
    writeFileSync(path, damaged);
    expect(() => openFileBus(optionsOf(directory))).toThrow(`${path} is damaged at byte 0: checksum`);
    expect(statSync(path).size).toBe(damaged.length);
  });

  test('damage in an earlier file is found when it is read', async () => {
    const directory = newDirectory();
    const bus = openFileBus(optionsOf(directory, {}, 1));
    for (const word of ['one', 'two', 'three']) await bus.append('messages', 0, [bytes(word)]);
    await bus.close();
    const first = join(directory, 'messages', '0', '0000000000000000.log');
    truncateSync(first, 10);
    const again = openFileBus(optionsOf(directory, {}, 1));
    expect(() => again.recordAt('messages', 0, 0)).toThrow('is damaged');
    expect(text(again.recordAt('messages', 0, 1)!.value)).toBe('two');
    await again.close();
  });

  test('another number of partitions is refused by the name of the topic', async () => {
    const directory = newDirectory();
    await openFileBus(optionsOf(directory)).close();
    const { topics } = optionsOf(directory);
    const changed = { ...topics, messages: { ...topics.messages, partitions: 3 } };
    expect(() => openFileBus(optionsOf(directory, { topics: changed }))).toThrow('messages was made with 2 partitions, not 3');
  });

  test('any record of a log of many frames and files is found by its offset, before and after a restart', async () => {
    const directory = newDirectory();
    const options = optionsOf(directory, {}, 65_536);
    let bus = openFileBus(options);
    let count = 0;
    for (let frame = 0; frame < 400; frame++) {
      const values = Array.from({ length: 1 + (frame % 7) }, () => bytes(`${count++}:${'x'.repeat((frame * 37) % 900)}`));
      await bus.append('messages', 0, values);
    }
    for (const reopened of [false, true]) {
      if (reopened) {
        await bus.close();
        bus = openFileBus(options);
      }
      for (let offset = 0; offset < count; offset += 13) {
        expect(text(bus.recordAt('messages', 0, offset)!.value).split(':')[0]).toBe(String(offset));
      }
      expect((await words(bus, count)).map((word) => Number(word.split(':')[0]))).toEqual(Array.from({ length: count }, (_, n) => n));
    }
    expect(readdirSync(join(directory, 'messages', '0')).length).toBeGreaterThan(5);
    expect(bus.recordAt('messages', 0, count)).toBeUndefined();
    await bus.close();
  });

  test('consumed files are deleted, all but those to keep, and the sizes follow', async () => {
    const directory = newDirectory();
    const base = optionsOf(directory, {}, 1);
    const topics = { ...base.topics, deliveries: { ...base.topics.deliveries, keepConsumedSegments: 2 } };
    const bus = openFileBus({ ...base, topics });
    for (let index = 0; index < 10; index++) await bus.append('deliveries', 1, [bytes('0123456789')]);
    await bus.commit('relay', 'deliveries', 1, 10);
    await Bun.sleep(200);
    expect(readdirSync(join(directory, 'deliveries', '1'))).toHaveLength(3);
    expect(bus.state('deliveries')).toEqual({ bytes: 3 * (20 + 4 + 10), records: 3 });
    await bus.close();
    const again = openFileBus({ ...base, topics });
    expect(again.state('deliveries')).toEqual({ bytes: 3 * (20 + 4 + 10), records: 3 });
    await again.close();
  });
});

test('positions that can’t be written are reported and written when they can', async () => {
  const directory = newDirectory();
  const base = optionsOf(directory);
  let failures = 0;
  const bus = openFileBus({ ...base, events: { ...base.events, positionsFailed: () => failures++ } });
  await bus.append('messages', 0, [bytes('a')]);
  mkdirSync(join(directory, 'positions.json', 'in the way'), { recursive: true });
  await bus.commit('g', 'messages', 0, 1);
  await until(() => failures > 0);
  rmSync(join(directory, 'positions.json'), { recursive: true });
  await until(() => existsSync(join(directory, 'positions.json')));
  await bus.close();
  const again = openFileBus(base);
  expect(await again.committed('g', 'messages', 0)).toBe(1);
  await again.close();
});
