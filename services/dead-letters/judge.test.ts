import { expect, test } from 'bun:test';
import { createMemoryBus } from '../bus/bus-memory.ts';
import { partitionOf } from '../bus/partition.ts';
import { encodeMessage, encodeReceipt } from '../bus/record-codec.ts';
import { ownedByAll } from '../dispatch/shared-bus.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { VERSIONS } from '../runtime/versions.ts';
import { scanPartition } from '../trace/log-scan.ts';
import { judgeLetters } from './judge.ts';
import { type KeptLetter, readLetter } from './letter.ts';

const HOUR_MS = 3_600_000;
const CONVERSATION = 77;
const PARTITION = partitionOf(CONVERSATION, 2);

function messageOf(id: number, conversation = CONVERSATION): Uint8Array {
  return encodeMessage({
    kind: 'leave',
    conversation,
    id: new Uint8Array(16).fill(id),
    from: deviceKey(1, 1),
    replyTo: { gateway: 1, edge: 0, connection: 1 },
  });
}

const letterOf = (value: Uint8Array, fields: Partial<KeptLetter> = {}): KeptLetter => ({
  topic: 'messages',
  partition: PARTITION,
  offset: 1_000_000,
  loggedAtMs: 0,
  reason: 'record version 9, this process reads 1 to 2',
  bytes: value.length,
  value,
  ...fields,
});

function setUp() {
  let nowMs = 0;
  const bus = ownedByAll(createMemoryBus({ partitions: { messages: 2, receipts: 2, deliveries: 1 }, now: () => nowMs }));
  const append = (value: Uint8Array) => bus.append('messages', PARTITION, [value]);
  const states = async (letters: KeptLetter[], judged = bus) => {
    const scan = { bus, topic: 'messages', group: 'judge', deadlineMs: 5_000 } as const;
    const found = await judgeLetters(letters, judged, (partition, from, each) => scanPartition({ ...scan, partition, from }, each), nowMs);
    return found.map(({ state, why }) => `${state}: ${why}`);
  };
  return { bus, append, states, setNow: (ms: number) => (nowMs = ms) };
}

test('a letter that is readable now is replayable once: not beside a repetition, an earlier replay, or a second letter with its id', async () => {
  const { append, states, setNow } = setUp();
  await append(messageOf(1));
  setNow(HOUR_MS);
  expect(await states([letterOf(messageOf(1)), letterOf(messageOf(2)), letterOf(messageOf(2), { offset: 9 })])).toEqual([
    `in the log: as messages/${PARTITION}@0`,
    'replayable: readable, and not in the log by another way',
    'in the log: another letter has the same id',
  ]);
  await append(messageOf(2));
  expect(await states([letterOf(messageOf(2))])).toEqual([`in the log: as messages/${PARTITION}@1`]);
});

test('the own record of a letter, which this version can read, is no other way by which it came', async () => {
  const { append, states, setNow } = setUp();
  const offset = await append(messageOf(3));
  setNow(HOUR_MS);
  expect(await states([letterOf(messageOf(3), { offset })])).toEqual(['replayable: readable, and not in the log by another way']);
});

test('a letter waits for as long as dispatch may take its replay for a repetition of its own record', async () => {
  const { states, setNow } = setUp();
  setNow(540_001);
  expect(await states([letterOf(messageOf(1))])).toEqual(['too fresh: replay it in 1 minutes']);
  setNow(600_000);
  expect(await states([letterOf(messageOf(1))])).toEqual(['replayable: readable, and not in the log by another way']);
});

test('what this version can’t read, what was cut and what stands in a foreign partition is not replayed', async () => {
  const { states, setNow } = setUp();
  setNow(HOUR_MS);
  const newer = Uint8Array.of(VERSIONS.record.newest + 1, ...messageOf(1).subarray(1));
  const foreign = [78, 79, 80, 81, 82].find((conversation) => partitionOf(conversation, 2) !== PARTITION)!;
  const [unreadable, cut, misplaced] = await states([
    letterOf(newer),
    letterOf(messageOf(1), { bytes: 5_000_000 }),
    letterOf(messageOf(1, foreign)),
  ]);
  expect(unreadable).toStartWith('unreadable: ');
  expect(unreadable).toContain(`version ${VERSIONS.record.newest + 1}`);
  expect(cut).toBe(`cut: only ${messageOf(1).length} of 5000000 bytes were kept`);
  expect(misplaced).toBe(`unreadable: its conversation belongs to partition ${1 - PARTITION}`);
});

test('where the log of its time is gone nobody can tell whether a message came, so it is not replayed', async () => {
  const { bus, states, setNow } = setUp();
  setNow(HOUR_MS);
  const cutOff: typeof bus = new Proxy(bus, {
    get: (target, name) => (name === 'offsetAt' ? async () => 500 : Reflect.get(target, name, target)),
  });
  expect((await states([letterOf(messageOf(1))], cutOff))[0]).toStartWith('cannot tell: the log of its time is not kept any more');
});

test('a mark may come as often as it likes', async () => {
  const { states } = setUp();
  const mark = encodeReceipt({ kind: 'read', conversation: CONVERSATION, from: deviceKey(1, 1), sequence: 4 });
  expect(await states([letterOf(mark, { topic: 'receipts' })])).toEqual(['replayable: a mark, which may come twice']);
});

test('a kept letter that is none is told by its field', () => {
  const good = { topic: 'messages', partition: 1, offset: 2, loggedAtMs: 3, reason: 'why', bytes: 1, value: 'AA==' };
  const read = (fields: object) => readLetter(Buffer.from(JSON.stringify({ ...good, ...fields })));
  expect(read({})).toMatchObject({ topic: 'messages', partition: 1, offset: 2 });
  expect(readLetter(Buffer.from('{'))).toBe('it is no JSON');
  expect(readLetter(Buffer.from('null'))).toBe('topic: undefined, neither messages nor receipts');
  expect(read({ topic: 'deliveries' })).toBe('topic: "deliveries", neither messages nor receipts');
  for (const field of ['partition', 'offset', 'loggedAtMs', 'bytes']) expect(read({ [field]: -1 })).toBe(`${field}: no whole number`);
  for (const field of ['reason', 'value']) expect(read({ [field]: 1 })).toBe(`${field}: no text`);
});
