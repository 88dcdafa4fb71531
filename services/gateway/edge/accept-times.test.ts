import { expect, test } from 'bun:test';
import { encodeFrame } from '../../protocol/codec.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { AcceptTimes, MAX_WAITING, UNANSWERED_MS } from './accept-times.ts';
import { EDGE_METRICS, edgeCells } from './metrics.ts';

function setUp() {
  const cells = edgeCells(new Metrics(EDGE_METRICS));
  const gone = new Set<number>();
  const times = new AcceptTimes(cells, (connection) => !gone.has(connection));
  const { counts } = cells.accepted;
  return { cells, gone, times, counted: () => counts.reduce((sum, count) => sum + count, 0) };
}

function idOf(number: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(4, number);
  return id;
}

const accepted = (id: Uint8Array) => encodeFrame('accepted', { conversation: 300, id });
const refused = (id: Uint8Array) => encodeFrame('error', { code: 37, aboutType: 0x20, id, retryAfterMs: 1_000, detail: '' });

test('a send takes from when it was taken to its own answer, whatever the order of answers', () => {
  const { cells, times, counted } = setUp();
  for (let send = 0; send < 100; send++) times.begin(7, idOf(send), 1_000 + send);
  for (let send = 99; send >= 0; send--) times.answered(7, accepted(idOf(send)), 0, 1_000 + send + 50);
  expect(cells.accepted.sum).toBeCloseTo(100 * 0.05);
  expect([counted(), times.size]).toEqual([100, 0]);
});

test('one id of two connections is two sends; repeated on one it waits since the first and counts once', () => {
  const { cells, times, counted } = setUp();
  times.begin(1, idOf(5), 1_000);
  times.begin(2, idOf(5), 1_400);
  times.begin(1, idOf(5), 1_500);
  for (const connection of [1, 2, 1]) times.answered(connection, accepted(idOf(5)), 0, 2_000);
  expect([counted(), cells.accepted.sum]).toEqual([2, 1.6]);
});

test('a refusal ends a send and is no time to be accepted', () => {
  const { times, counted } = setUp();
  times.begin(1, idOf(1), 0);
  times.answered(1, refused(idOf(1)), 0, 9_999);
  expect([counted(), times.size]).toEqual([0, 0]);
});

test('a send without an answer counts with what it waited, unless its connection is gone', () => {
  const { cells, gone, times, counted } = setUp();
  times.begin(1, idOf(1), 0);
  times.begin(2, idOf(2), 0);
  times.begin(3, idOf(3), 1);
  gone.add(2);
  times.giveUp(UNANSWERED_MS - 1);
  expect([counted(), times.size]).toEqual([0, 3]);
  times.giveUp(UNANSWERED_MS);
  expect([counted(), times.size, cells.accepted.sum]).toEqual([1, 1, UNANSWERED_MS / 1_000]);
});

test('no more wait than the bound: the oldest counts with what it has waited', () => {
  const { cells, times, counted } = setUp();
  for (let send = 0; send < MAX_WAITING + 3; send++) times.begin(1, idOf(send), send < 3 ? 0 : 5_000);
  expect([times.size, counted(), cells.accepted.sum]).toEqual([MAX_WAITING, 3, 15]);
});

test('an answer before its send, as after a clock was set back, is counted as invalid', () => {
  const { cells, times, counted } = setUp();
  times.begin(1, idOf(1), 2_000);
  times.answered(1, accepted(idOf(1)), 0, 1_999);
  expect([counted(), cells.timesInvalid.value]).toEqual([0, 1]);
});
