import { expect, test } from 'bun:test';
import { encodeFrame } from '../../protocol/codec.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { MARK_BYTES, readF64, requestMessage, TO_EDGE, TO_RELAY, writeF64, writeU32 } from '../link/link-frames.ts';
import { Admission } from './admission.ts';
import { Edge } from './edge.ts';
import { EDGE_METRICS, edgeCells } from './metrics.ts';
import { RelayLink } from './relay-link.ts';
import { SESSION } from './session-table.ts';
import { Tokens } from './tokens.ts';

const TAIL_LIMIT = 4 * 1_048_576;

function createLink() {
  const metrics = new Metrics(EDGE_METRICS);
  const cells = edgeCells(metrics);
  const limits = { admissionsPerSecond: 1, admissionBurst: 1, attemptsPerAddressPerSecond: 1, attemptsPerAddressBurst: 1 };
  const edge = new Edge({
    maxSessions: 10,
    heartbeatSeconds: 30,
    tokens: new Tokens({ clockSkewSeconds: 0, allowedOrigins: [] }),
    admission: new Admission(limits, () => 0.5, 0),
    cells,
    random: () => 0.5,
  });
  const state = { nowMs: 1_000, queuedBytes: 0, mostQueued: 0 };
  const pushed: Uint8Array[] = [];
  const timers: Array<() => void> = [];
  const link = new RelayLink(edge, {
    edgeNumber: 1,
    incarnation: new Uint8Array(8),
    tailBytesLimit: TAIL_LIMIT,
    cells,
    push: (message) => {
      pushed.push(message.slice());
      state.queuedBytes += message.length;
      state.mostQueued = Math.max(state.mostQueued, state.queuedBytes);
    },
    queuedBytes: () => state.queuedBytes,
    later: (run) => timers.push(run),
    log: () => undefined,
    now: () => state.nowMs,
  });
  edge.useLink(link);
  /** The relay reads what the kernel held. */
  const drain = () => {
    for (let round = 0; round < 1_000 && (state.queuedBytes > 0 || timers.length > 0); round++) {
      state.queuedBytes = 0;
      for (const run of timers.splice(0)) run();
    }
  };
  const taken = (number: number) => {
    const message = new Uint8Array(9);
    message[0] = TO_EDGE.taken;
    writeF64(message, 1, number);
    link.received(message);
    link.chunkEnded();
  };
  return { link, edge, cells, state, pushed, drain, taken, timers };
}

/** A message that says its own number. */
function numbered(number: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  writeF64(frame, 0, number);
  return frame;
}

const requests = (pushed: readonly Uint8Array[]) =>
  pushed.filter((message) => message[0] === TO_RELAY.request).map((message) => readF64(message, 5));
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('what a relay does not read waits in the tail, not in the stream beside it; at the limit nothing is taken', () => {
  const { link, cells, state, pushed, drain } = createLink();
  link.onConnected();
  let taken = 0;
  while (link.request(1, numbered(taken + 1, 10_000))) taken++;
  expect(taken).toBe(Math.floor(TAIL_LIMIT / 10_005));
  expect(state.mostQueued).toBeLessThan(1_048_576 + 20_000);
  expect(cells.tailMaxBytes.value).toBeLessThanOrEqual(TAIL_LIMIT);
  while (link.request(1, numbered(taken + 1, 8))) taken++;
  expect(link.open(2, 5, 1, 0, 30, new Uint8Array(64))).toBe(false);
  drain();
  expect(requests(pushed)).toEqual(upTo(taken));
});

test('a relay that comes back gets everything that was not settled, once and in order, and what comes meanwhile behind it', () => {
  const { link, pushed, drain, taken } = createLink();
  link.onConnected();
  for (let number = 1; number <= 100; number++) link.request(1, numbered(number, 30_000));
  taken(40);
  link.onDisconnected(2_000);
  for (let number = 101; number <= 110; number++) link.request(1, numbered(number, 30_000));
  drain();
  pushed.length = 0;
  link.onConnected();
  for (let number = 111; number <= 120; number++) link.request(1, numbered(number, 30_000));
  drain();
  expect(readF64(pushed[0]!, 13)).toBe(41);
  expect(requests(pushed)).toEqual(upTo(120, 41));
});

test('messages that are settled while others wait for the stream are not given again', () => {
  const { link, pushed, drain, taken } = createLink();
  link.onConnected();
  for (let number = 1; number <= 100; number++) link.request(1, numbered(number, 30_000));
  const given = requests(pushed).length;
  taken(given);
  drain();
  expect(requests(pushed)).toEqual(upTo(100));
  taken(100);
  link.request(1, numbered(101, 100));
  expect(requests(pushed).at(-1)).toBe(101);
  expect(link.keptBytes).toBe(requestMessage(1, numbered(101, 100)).length);
});

test('marks are kept until they are settled, up to half of the tail, and go again to a relay that comes back', () => {
  const { link, cells, pushed, timers, taken } = createLink();
  const marks = () => pushed.filter((message) => message[0] === TO_RELAY.marks);
  link.onConnected();
  link.mark(1, 7, 5, 1);
  link.mark(2, 7, 5, 1);
  for (const run of timers.splice(0)) run();
  expect(marks().map((message) => message.length)).toEqual([1 + 2 * MARK_BYTES]);
  link.onDisconnected(2_000);
  pushed.length = 0;
  link.onConnected();
  expect(marks().map((message) => [message[1], message[1 + MARK_BYTES]])).toEqual([[1, 2]]);
  taken(1);
  expect(link.keptBytes).toBe(0);
  link.onDisconnected(3_000);
  for (let sequence = 1; sequence <= 200_000; sequence++) link.mark(1, 7, 5, sequence);
  expect(link.keptBytes).toBeLessThanOrEqual(TAIL_LIMIT / 2);
  expect(cells.marksDropped.value).toBeGreaterThan(0);
  expect(link.request(7, new Uint8Array(1_000))).toBe(true);
});

test('a relay that comes back is told what the sessions look at, after them', () => {
  const { link, edge, pushed } = createLink();
  const frame = encodeFrame('presenceSubscribe', { users: [{ user: 3, conversation: 4 }] });
  edge.looks.keep(9, frame);
  link.onConnected();
  expect(pushed.map((message) => message[0])).toEqual([TO_RELAY.hello, TO_RELAY.announce, TO_RELAY.looks]);
  expect(pushed[2]!.subarray(5)).toEqual(frame);
});

test('a relay that is connected and settles nothing counts as away since it owes an answer', () => {
  const { link, state, taken } = createLink();
  link.onConnected();
  state.nowMs = 50_000;
  expect(link.awayForMs(50_000)).toBe(0);
  link.request(1, encodeFrame('leave', { conversation: 1, id: new Uint8Array(16) }));
  expect(link.awayForMs(51_500)).toBe(1_500);
  state.nowMs = 52_000;
  taken(0);
  expect(link.awayForMs(52_500)).toBe(500);
  taken(1);
  expect(link.awayForMs(90_000)).toBe(0);
});

/** An admitted session that is live, and its connection. */
function liveSession(edge: Edge): number {
  const slot = edge.sessions.take()!;
  edge.sessions.sockets[slot] = { send: (bytes) => bytes.length, close: () => undefined, terminate: () => undefined };
  edge.sessions.state[slot] = SESSION.live;
  return edge.sessions.connectionOf(slot);
}

function deliverAt(loggedAtMs: number): Uint8Array {
  const entry = { sequence: 300, kind: 1, sender: 70_000, id: new Uint8Array(16), loggedAtMs, contentType: 1, body: new Uint8Array(9) };
  return encodeFrame('deliver', { conversation: 5, ...entry });
}

test('a DELIVER counts for each device with the time since its log time; one from before it is invalid, other frames are none', () => {
  const { link, edge, cells, state } = createLink();
  const connections = [liveSession(edge), liveSession(edge), liveSession(edge)];
  state.nowMs = 100_000;
  const many = new Uint8Array(3 + 12 + deliverAt(99_700).length);
  many.set([TO_EDGE.many, 3, 0]);
  for (const [index, connection] of connections.entries()) writeU32(many, 3 + index * 4, connection);
  many.set(deliverAt(99_700), 15);
  link.received(many);
  const one = (frame: Uint8Array) => {
    const message = Uint8Array.of(TO_EDGE.to, 0, 0, 0, 0, 0, ...frame);
    writeU32(message, 2, connections[0]!);
    link.received(message);
  };
  one(deliverAt(99_900));
  one(deliverAt(100_001));
  one(encodeFrame('sequenced', { conversation: 5, id: new Uint8Array(16), sequence: 2, loggedAtMs: 1 }));
  link.chunkEnded();
  expect(cells.delivered.sum).toBeCloseTo(3 * 0.3 + 0.1);
  expect([cells.delivered.counts.reduce((sum, count) => sum + count, 0), cells.timesInvalid.value]).toEqual([4, 1]);
});

test('an ACCEPTED that comes by the link ends the time of the send that the edge took', () => {
  const { link, edge, cells, state } = createLink();
  const connection = liveSession(edge);
  const id = Uint8Array.from({ length: 16 }, (_, index) => index);
  link.onConnected();
  edge.received(
    edge.sessions.slotOf(connection),
    encodeFrame('send', { conversation: 5, id, contentType: 1, bodies: [{ device: 0, body: new Uint8Array(3) }] }),
    state.nowMs,
  );
  state.nowMs += 150;
  const answer = Uint8Array.of(TO_EDGE.to, 1, 0, 0, 0, 0, ...encodeFrame('accepted', { conversation: 5, id }));
  writeU32(answer, 2, connection);
  link.received(answer);
  expect(cells.accepted.sum).toBeCloseTo(0.15);
});
