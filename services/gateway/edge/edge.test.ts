import { beforeEach, describe, expect, test } from 'bun:test';
import { createSigner } from 'fast-jwt';
import { decode, encodeFrame } from '../../protocol/codec.ts';
import { closeCode, errorName } from '../../protocol/error-codes.ts';
import type { Frame } from '../../protocol/frames.ts';
import { deviceKey } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { Edge, type EdgeLink, type EdgeSocket } from './edge.ts';
import { EDGE_METRICS, edgeCells } from './metrics.ts';
import { Tokens, type UpgradeHeaders } from './tokens.ts';

const START_MS = 1_800_000_000_000;
const SECRET = Buffer.alloc(32, 5);
const EMPTY = new Uint8Array(0);
const ID = new Uint8Array(16).fill(3);
const HEARTBEAT = Uint8Array.of(1);

class FakeSocket implements EdgeSocket {
  frames: Frame[] = [];
  closed: number | undefined;
  terminated = false;
  stalled = false;
  send(bytes: Uint8Array): number {
    if (this.stalled) return 0;
    for (let at = 0; at < bytes.length; ) {
      const decoded = decode(bytes, at);
      if (!decoded.ok) throw new Error(decoded.reason);
      if (decoded.frame !== undefined) this.frames.push(decoded.frame);
      at = decoded.next;
    }
    return bytes.length;
  }
  close(code: number): void {
    this.closed = code;
  }
  terminate(): void {
    this.terminated = true;
  }
}

class FakeLink implements EdgeLink {
  away = 0;
  full = false;
  opened: number[] = [];
  closed: number[] = [];
  requests: Uint8Array[] = [];
  marks: Array<[kind: number, conversation: number, sequence: number]> = [];
  typed: number[] = [];
  awayForMs = () => this.away;
  open(connection: number): boolean {
    if (!this.full) this.opened.push(connection);
    return !this.full;
  }
  close(connection: number): void {
    this.closed.push(connection);
  }
  request(_connection: number, frame: Uint8Array): boolean {
    if (!this.full) this.requests.push(frame.slice());
    return !this.full;
  }
  mark(kind: number, _connection: number, conversation: number, sequence: number): void {
    this.marks.push([kind, conversation, sequence]);
  }
  flushMarks(): void {}
  typing(_connection: number, conversation: number): void {
    this.typed.push(conversation);
  }
}

const OPEN_LIMITS: AdmissionLimits = {
  admissionsPerSecond: 1e6,
  admissionBurst: 1e6,
  attemptsPerAddressPerSecond: 1e6,
  attemptsPerAddressBurst: 1e6,
};

let metrics: Metrics;
let link: FakeLink;

function createEdge(limits: AdmissionLimits = OPEN_LIMITS, maxSessions = 10): Edge {
  metrics = new Metrics(EDGE_METRICS);
  link = new FakeLink();
  const tokens = new Tokens({ clockSkewSeconds: 5, allowedOrigins: ['https://chat.example'] });
  tokens.useKeys([{ kid: 'r1', algorithm: 'HS256', key: SECRET.toString('base64url') }]);
  const edge = new Edge({
    maxSessions,
    heartbeatSeconds: 30,
    tokens,
    admission: new Admission(limits, () => 0.5, START_MS),
    cells: edgeCells(metrics),
    random: () => 0.5,
  });
  edge.useLink(link);
  return edge;
}

function token(user: number, dev: number, options: { kid?: string; secret?: Buffer; lifeSeconds?: number } = {}): string {
  const iat = Math.floor(Date.now() / 1_000);
  const sign = createSigner({ key: options.secret ?? SECRET, algorithm: 'HS256', kid: options.kid ?? 'r1' });
  return sign({ sub: String(user), dev, iat, exp: iat + (options.lifeSeconds ?? 600) });
}

interface Given {
  readonly authorization: string | null;
  readonly subprotocols: string | null;
  readonly cookie: string | null;
  readonly origin: string | null;
}

function headers(jwt: string, overrides: Partial<Given> = {}): UpgradeHeaders {
  const given: Given = { authorization: `Bearer ${jwt}`, subprotocols: 'parley.v1', cookie: null, origin: null, ...overrides };
  return (name) => (name === 'sec-websocket-protocol' ? given.subprotocols : given[name]);
}

function connect(edge: Edge, user = 7, nowMs = Date.now()): { slot: number; socket: FakeSocket } {
  const answer = edge.admit('127.0.0.1', headers(token(user, 1)), nowMs);
  if (!answer.ok) throw new Error(answer.error);
  const socket = new FakeSocket();
  edge.opened(answer.slot, socket);
  return { slot: answer.slot, socket };
}

function live(edge: Edge, user = 7, nowMs = Date.now(), heartbeatSeconds = 10): { slot: number; socket: FakeSocket } {
  const session = connect(edge, user, nowMs);
  edge.received(session.slot, encodeFrame('hello', { capabilities: 0, heartbeatSeconds, flags: 1, position: EMPTY }), nowMs);
  edge.welcome(session.slot, encodeFrame('welcome', { capabilities: 0, heartbeatSeconds, serverTimeMs: 1, resumeToken: EMPTY }));
  return session;
}

function sweepAll(edge: Edge, nowMs: number): void {
  for (let part = 0; part < 8; part++) edge.sweep(nowMs, 8);
}

const lastError = (socket: FakeSocket) => {
  const frame = socket.frames.at(-1);
  return frame?.name === 'error' || frame?.name === 'goAway' ? errorName(frame.code) : undefined;
};

let edge: Edge;
beforeEach(() => {
  edge = createEdge();
});

describe('authentication on the upgrade', () => {
  test('a token may stand in the header, in the subprotocol or in a cookie of an allowed origin', () => {
    const jwt = token(7, 1);
    const ways: UpgradeHeaders[] = [
      headers(jwt),
      headers('', { authorization: null, subprotocols: `parley.v1, parley.token.${jwt}` }),
      headers('', { authorization: null, cookie: `a=b; parley_token=${jwt}`, origin: 'https://chat.example' }),
    ];
    for (const way of ways) {
      const answer = edge.admit('127.0.0.1', way, Date.now());
      if (!answer.ok) throw new Error(answer.error);
      expect(edge.sessions.device[answer.slot]).toBe(deviceKey(7, 1));
      expect(answer.subprotocol).toBe('parley.v1');
    }
  });

  test.each([
    ['no token', headers('', { authorization: null }), 'unauthenticated'],
    ['a token of an unknown key', headers(token(7, 1, { kid: 'r9' })), 'unauthenticated'],
    ['a forged signature', headers(token(7, 1, { secret: Buffer.alloc(32, 6) })), 'unauthenticated'],
    ['an expired token', headers(token(7, 1, { lifeSeconds: -60 })), 'unauthenticated'],
    ['a device out of range', headers(token(7, 256)), 'unauthenticated'],
    ['a user out of range', headers(token(2 ** 45, 1)), 'unauthenticated'],
    ['not a token', headers('x.y'), 'unauthenticated'],
    ['a token over its limit', headers(`${token(7, 1)}${'x'.repeat(5_000)}`), 'unauthenticated'],
    [
      'an unsigned token',
      headers(`${Buffer.from('{"alg":"none","kid":"r1"}').toString('base64url')}.${Buffer.from('{"sub":"7"}').toString('base64url')}.`),
      'unauthenticated',
    ],
    [
      'a cookie of another origin',
      headers('', { authorization: null, cookie: `parley_token=${token(7, 1)}`, origin: 'https://evil.example' }),
      'forbiddenOrigin',
    ],
    ['a cookie without an origin', headers('', { authorization: null, cookie: `parley_token=${token(7, 1)}` }), 'forbiddenOrigin'],
    ['no version in common', headers(token(7, 1), { subprotocols: 'parley.v0' }), 'unsupportedVersion'],
  ] as const)('%s is refused before the upgrade', (_, request, error) => {
    expect(edge.admit('127.0.0.1', request, Date.now())).toMatchObject({ ok: false, error });
    expect(edge.sessions.size).toBe(0);
  });

  test('a token within the tolerated clock skew counts', () => {
    expect(edge.admit('127.0.0.1', headers(token(7, 1, { lifeSeconds: -3 })), Date.now()).ok).toBe(true);
  });

  test('expiry acts on a live socket', () => {
    const { slot, socket } = live(edge);
    const expiresMs = edge.sessions.expiresAt[slot]! * 1_000;
    edge.touched(slot, expiresMs - 1_000);
    sweepAll(edge, expiresMs - 1_000);
    expect(socket.closed).toBeUndefined();
    sweepAll(edge, expiresMs + 1_000);
    expect(socket.closed).toBe(closeCode('expired'));
  });

  test('a revocation closes the live sessions it concerns, and their tokens no longer count', () => {
    const concerned = live(edge, 7);
    const other = live(edge, 8);
    edge.revoke([{ user: 7, issuedBefore: Math.floor(Date.now() / 1_000) + 1 }]);
    expect(concerned.socket.closed).toBe(closeCode('revoked'));
    expect(other.socket.closed).toBeUndefined();
    expect(edge.admit('127.0.0.1', headers(token(7, 1)), Date.now())).toMatchObject({ ok: false, error: 'revoked' });
  });

  test('a key that was rotated out no longer counts', () => {
    const rotated = createEdge();
    const tokens = new Tokens({ clockSkewSeconds: 5, allowedOrigins: [] });
    tokens.useKeys([{ kid: 'r2', algorithm: 'HS256', key: SECRET.toString('base64url') }]);
    expect(tokens.identify(headers(token(7, 1)), Date.now())).toMatchObject({ ok: false, error: 'unauthenticated' });
    expect(rotated.admit('127.0.0.1', headers(token(7, 1)), Date.now()).ok).toBe(true);
  });
});

describe('admission', () => {
  test('attempts of one address are limited before any signature is looked at', () => {
    const strict = createEdge({ ...OPEN_LIMITS, attemptsPerAddressPerSecond: 1, attemptsPerAddressBurst: 3 });
    const bad = headers('not a token');
    const answers = Array.from({ length: 5 }, () => strict.admit('10.0.0.1', bad, START_MS));
    expect(answers.map((answer) => !answer.ok && answer.error)).toEqual([
      'unauthenticated',
      'unauthenticated',
      'unauthenticated',
      'addressRate',
      'addressRate',
    ]);
    expect(strict.admit('10.0.0.2', bad, START_MS)).toMatchObject({ error: 'unauthenticated' });
  });

  test('those told to wait come back paced: no more per 100 ms than the rate admits', () => {
    const strict = createEdge({ ...OPEN_LIMITS, admissionsPerSecond: 100, admissionBurst: 1 });
    const waits = Array.from({ length: 2_000 }, () => strict.admit('10.0.0.1', headers(''), START_MS)).flatMap((answer) =>
      !answer.ok && answer.error === 'admission' ? [answer.retryAfterMs] : [],
    );
    const perStep = new Map<number, number>();
    for (const wait of waits) perStep.set(Math.floor(wait / 100), (perStep.get(Math.floor(wait / 100)) ?? 0) + 1);
    expect(waits.length).toBe(1_999);
    expect(Math.max(...perStep.values())).toBeLessThanOrEqual(15);
  });

  test('a full edge says so and gives its slot back when a client leaves', () => {
    const small = createEdge(OPEN_LIMITS, 1);
    const { slot } = connect(small);
    expect(small.admit('127.0.0.1', headers(token(8, 1)), Date.now())).toMatchObject({ error: 'boxFull' });
    small.closed(slot);
    expect(small.admit('127.0.0.1', headers(token(8, 1)), Date.now()).ok).toBe(true);
  });

  test('an upgrade that failed after it was admitted gives its slot back', () => {
    const answer = edge.admit('127.0.0.1', headers(token(7, 1)), Date.now());
    if (answer.ok) edge.abandoned(answer.slot);
    expect(edge.sessions.size).toBe(0);
  });

  test('while the relay is away for long, new connections are told to come back; those that are open stay', () => {
    const { socket } = live(edge);
    link.away = 1_000;
    expect(edge.admit('127.0.0.1', headers(token(8, 1)), Date.now()).ok).toBe(true);
    link.away = 5_000;
    expect(edge.admit('127.0.0.1', headers(token(8, 1)), Date.now())).toMatchObject({ error: 'relayAway' });
    expect(socket.closed).toBeUndefined();
  });
});

describe('liveness', () => {
  test('G2 push-only reader: a client that only reads is closed two periods after its last inbound byte, however much is sent to it', () => {
    const nowMs = Date.now();
    const { slot, socket } = live(edge, 7, nowMs, 10);
    for (let second = 1; second <= 20; second++) {
      edge.deliver(slot, encodeFrame('heartbeatReply', {}));
      sweepAll(edge, nowMs + second * 1_000);
    }
    expect(socket.closed).toBeUndefined();
    sweepAll(edge, nowMs + 22_000);
    expect(socket.closed).toBe(closeCode('silent'));
    edge.closed(slot);
    expect(link.closed.length).toBe(1);
  });

  test('a heartbeat each period keeps it open, and gets the reply it asked for', () => {
    const nowMs = Date.now();
    const { slot, socket } = live(edge, 7, nowMs, 10);
    for (let second = 1; second <= 100; second++) {
      if (second % 10 === 0) edge.received(slot, HEARTBEAT, nowMs + second * 1_000);
      sweepAll(edge, nowMs + second * 1_000);
    }
    expect(socket.closed).toBeUndefined();
    expect(socket.frames.filter((frame) => frame.name === 'heartbeatReply').length).toBe(10);
  });

  test('the reply after something may have been missed says so, once', () => {
    const { slot, socket } = live(edge);
    edge.sessions.flags[slot] = edge.sessions.flags[slot]! | 2;
    edge.received(slot, HEARTBEAT, Date.now());
    edge.received(slot, HEARTBEAT, Date.now());
    expect(socket.frames.slice(-2).map((frame) => frame.name)).toEqual(['heartbeatNewer', 'heartbeatReply']);
  });

  test('without a HELLO in time the connection is closed', () => {
    const nowMs = Date.now();
    const { socket } = connect(edge, 7, nowMs);
    sweepAll(edge, nowMs + (LIMITS.helloSeconds.value + 1) * 1_000);
    expect(socket.closed).toBe(closeCode('helloLate'));
  });

  test('WebSocket pings do not stand in for a HELLO', () => {
    const nowMs = Date.now();
    const { slot, socket } = connect(edge, 7, nowMs);
    for (let second = 1; second <= LIMITS.helloSeconds.value + 1; second++) {
      edge.touched(slot, nowMs + second * 1_000);
      sweepAll(edge, nowMs + second * 1_000);
    }
    expect(socket.closed).toBe(closeCode('helloLate'));
  });

  test('a peer that never answers the close loses its socket', () => {
    const nowMs = Date.now();
    const { slot, socket } = live(edge, 7, nowMs);
    edge.cut(slot, 'expired');
    sweepAll(edge, nowMs + 11_000);
    expect(socket.terminated).toBe(true);
  });

  test('the time to answer a close begins with the close, however long the client was silent before', () => {
    const nowMs = Date.now();
    const { socket } = live(edge, 7, nowMs, 10);
    for (let second = 1; second <= 30; second++) sweepAll(edge, nowMs + second * 1_000);
    expect(socket.closed).toBe(closeCode('silent'));
    expect(socket.terminated).toBe(false);
    for (let second = 31; second <= 33; second++) sweepAll(edge, nowMs + second * 1_000);
    expect(socket.terminated).toBe(true);
  });

  test('after it stood still, an edge has each client ask once whether it missed something', () => {
    const nowMs = Date.now();
    const { slot, socket } = live(edge, 7, nowMs);
    sweepAll(edge, nowMs);
    sweepAll(edge, nowMs + 5_000);
    edge.received(slot, HEARTBEAT, nowMs + 5_100);
    edge.received(slot, HEARTBEAT, nowMs + 5_200);
    expect(socket.frames.slice(-2).map((frame) => frame.name)).toEqual(['heartbeatNewer', 'heartbeatReply']);
  });

  test.each([
    ['the process stood still for a minute', 60_000],
    ['the clock was set forward by an hour', 3_600_000],
    ['the clock was set back by an hour', -3_600_000],
  ] as const)('when %s, no client was silent; from then on silence counts again', (_, jumpMs) => {
    const nowMs = Date.now();
    const { slot, socket } = live(edge, 7, nowMs, 10);
    const fresh = connect(edge, 8, nowMs);
    edge.sessions.expiresAt[slot] = 0xffff_ffff;
    for (let second = 1; second <= 5; second++) sweepAll(edge, nowMs + second * 1_000);
    const afterMs = nowMs + 5_000 + jumpMs;
    sweepAll(edge, afterMs);
    expect([socket.closed, fresh.socket.closed]).toEqual([undefined, undefined]);
    for (let second = 1; second <= 14; second++) sweepAll(edge, afterMs + second * 1_000);
    expect([socket.closed, fresh.socket.closed]).toEqual([undefined, closeCode('helloLate')]);
    for (let second = 15; second <= 18; second++) sweepAll(edge, afterMs + second * 1_000);
    expect(socket.closed).toBe(closeCode('silent'));
  });

  test('the relay hears of the end at the decision, once, and not only when a peer that hangs has gone', () => {
    const { slot } = live(edge, 7);
    edge.cut(slot, 'replaced');
    expect(link.closed).toEqual(link.opened);
    edge.closed(slot);
    expect(link.closed.length).toBe(1);
  });
});

describe('bad input', () => {
  test.each([
    ['garbage', Uint8Array.of(0x20, 0xff, 0xff), 'malformed'],
    ['nothing', new Uint8Array(0), 'malformed'],
    ['a frame cut in half', encodeFrame('ack', { conversation: 5, sequence: 9 }).slice(0, 2), 'malformed'],
    ['a frame that only the server sends', encodeFrame('accepted', { conversation: 5, id: ID }), 'wrongDirection'],
    ['a second HELLO', encodeFrame('hello', { capabilities: 0, heartbeatSeconds: 0, flags: 0, position: EMPTY }), 'outOfOrder'],
    ['a message over its limit', new Uint8Array(LIMITS.webSocketMessageBytes.value + 1), 'tooLarge'],
    ['a message of too many frames', new Uint8Array(LIMITS.framesPerMessage.value + 1).fill(1), 'tooLarge'],
    ['a message of too many unknown frames', new Uint8Array(LIMITS.framesPerMessage.value + 1).fill(0x0f), 'tooLarge'],
  ] as const)('%s gets its code and a closed socket; the neighbour notices nothing', (_, message, name) => {
    const { slot, socket } = live(edge, 7);
    const neighbour = live(edge, 8);
    edge.received(slot, message, Date.now());
    expect(lastError(socket)).toBe(name);
    expect(socket.closed).toBe(closeCode(name));
    expect(neighbour.socket.closed).toBeUndefined();
    edge.received(slot, HEARTBEAT, Date.now());
    expect(link.requests.length).toBe(0);
  });

  test('as many frames as a message may have are taken, each heartbeat with its answer', () => {
    const { slot, socket } = live(edge);
    edge.received(slot, new Uint8Array(LIMITS.framesPerMessage.value).fill(1), Date.now());
    expect(socket.frames.filter((frame) => frame.name === 'heartbeatReply').length).toBe(LIMITS.framesPerMessage.value);
    expect(socket.closed).toBeUndefined();
  });

  test('a send before HELLO is out of order', () => {
    const { slot, socket } = connect(edge);
    edge.received(slot, encodeFrame('send', { conversation: 1, id: ID, contentType: 0, bodies: [{ device: 0, body: EMPTY }] }), Date.now());
    expect(socket.closed).toBe(closeCode('outOfOrder'));
  });

  test('bodies over their sum are refused by code, and the connection stays', () => {
    const { slot, socket } = live(edge);
    const half = new Uint8Array(LIMITS.bodyBytes.value / 2 + 1);
    edge.received(
      slot,
      encodeFrame('send', {
        conversation: 1,
        id: ID,
        contentType: 0,
        bodies: [
          { device: 1, body: half },
          { device: 2, body: half },
        ],
      }),
      Date.now(),
    );
    expect(lastError(socket)).toBe('bodyTooLarge');
    expect(socket.closed).toBeUndefined();
    expect(link.requests.length).toBe(0);
  });

  test('typing goes on at most once in three seconds for a conversation; what comes sooner is dropped and counted', () => {
    const { slot, socket } = live(edge);
    const typing = (conversation: number) => encodeFrame('typing', { conversation, user: 7 });
    for (let ms = 0; ms <= 9_000; ms += 500) edge.received(slot, typing(1), 1_000_000 + ms);
    expect(link.typed).toEqual([1, 1, 1, 1]);
    edge.received(slot, typing(2), 1_009_100);
    expect(link.typed.at(-1)).toBe(2);
    expect(edge.sessions.pending[slot]).toBe(0);
    expect(socket.frames.filter((frame) => frame.name === 'error')).toEqual([]);
  });

  test('a clock that was set back silences nobody', () => {
    const { slot } = live(edge);
    const typing = encodeFrame('typing', { conversation: 1, user: 7 });
    edge.received(slot, typing, 9_000_000);
    edge.received(slot, typing, 5_000_000);
    expect(link.typed).toEqual([1, 1]);
  });

  test('a person types in few conversations: a connection that types in hundreds at once is cut down', () => {
    const { slot } = live(edge);
    for (let conversation = 1; conversation <= 200; conversation++) {
      edge.received(slot, encodeFrame('typing', { conversation, user: 7 }), 1_000_000);
    }
    expect(link.typed.length).toBe(16);
  });

  test('acks and reads go on as marks of their kind, at most so many a second and connection', () => {
    const { slot } = live(edge);
    edge.received(slot, encodeFrame('ack', { conversation: 5, sequence: 9 }), 1_000_000);
    edge.received(slot, encodeFrame('read', { conversation: 5, sequence: 8 }), 1_000_000);
    expect(link.marks).toEqual([
      [1, 5, 9],
      [2, 5, 8],
    ]);
    for (let sequence = 1; sequence <= 2_000; sequence++) edge.received(slot, encodeFrame('ack', { conversation: 5, sequence }), 1_000_500);
    expect(link.marks.length).toBe(LIMITS.marksPerSecond.value);
    edge.received(slot, encodeFrame('ack', { conversation: 5, sequence: 2_001 }), 1_001_000);
    expect(link.marks.at(-1)).toEqual([1, 5, 2_001]);
  });

  test('what a session subscribed to is kept until it ends or subscribes to nothing', () => {
    const { slot } = live(edge);
    const subscribe = (...users: number[]) => encodeFrame('presenceSubscribe', { users: users.map((user) => ({ user, conversation: 1 })) });
    edge.received(slot, subscribe(1, 2, 3), Date.now());
    edge.received(slot, subscribe(4), Date.now());
    expect([...edge.looks.all()].map(([, frame]) => frame)).toEqual([subscribe(4)]);
    expect(link.requests.length).toBe(2);
    edge.received(slot, subscribe(), Date.now());
    expect([...edge.looks.all()]).toEqual([]);
    edge.received(slot, subscribe(5), Date.now());
    edge.closed(slot);
    expect([[...edge.looks.all()], edge.looks.bytes]).toEqual([[], 0]);
  });

  test('more sends than may wait are refused by code with their id', () => {
    const { slot, socket } = live(edge);
    const send = encodeFrame('send', { conversation: 1, id: ID, contentType: 0, bodies: [{ device: 0, body: EMPTY }] });
    for (let count = 0; count < LIMITS.pendingSendsPerConnection.value + 1; count++) edge.received(slot, send, Date.now());
    expect(link.requests.length).toBe(LIMITS.pendingSendsPerConnection.value);
    expect(lastError(socket)).toBe('tooManyPending');
    expect(socket.frames.at(-1)).toMatchObject({ id: ID });
  });

  test('when the link can keep no more, a HELLO is told to come back, and no session is left', () => {
    const { slot, socket } = connect(edge);
    link.full = true;
    edge.received(slot, encodeFrame('hello', { capabilities: 0, heartbeatSeconds: 0, flags: 0, position: EMPTY }), Date.now());
    expect(socket.frames.at(-1)).toMatchObject({ name: 'error', code: 19, retryAfterMs: 3_000 });
    expect(socket.closed).toBe(closeCode('relayAway'));
    edge.closed(slot);
    expect([link.opened, link.closed, edge.sessions.size]).toEqual([[], [], 0]);
  });

  test('when the link can keep no more, a send is refused as busy and nothing else happens', () => {
    const { slot, socket } = live(edge);
    link.full = true;
    edge.received(slot, encodeFrame('leave', { conversation: 1, id: ID }), Date.now());
    expect(lastError(socket)).toBe('busy');
    expect(edge.sessions.pending[slot]).toBe(0);
  });
});

describe('backpressure', () => {
  test('a connection that does not read is cut, counted, and costs no other', async () => {
    const slow = live(edge, 7);
    const quick = live(edge, 8);
    slow.socket.stalled = true;
    edge.deliver(slow.slot, HEARTBEAT);
    edge.deliver(quick.slot, encodeFrame('heartbeatReply', {}));
    expect(slow.socket.terminated).toBe(true);
    expect(quick.socket.frames.at(-1)?.name).toBe('heartbeatReply');
    const snapshot = await metrics.snapshot();
    const disconnects = snapshot.find((metric) => metric.name === 'parley_edge_disconnects_total');
    expect(disconnects?.values).toEqual([expect.objectContaining({ labels: { reason: 'slowReader' }, value: 1 })]);
  });
});

describe('slots', () => {
  test('a late message for the connection before does not reach the one that took its slot', () => {
    const first = live(edge, 7);
    const connection = edge.sessions.connectionOf(first.slot);
    edge.closed(first.slot);
    const second = live(edge, 8);
    expect(second.slot).toBe(first.slot);
    expect(edge.sessions.slotOf(connection)).toBe(-1);
    expect(edge.sessions.slotOf(edge.sessions.connectionOf(second.slot))).toBe(second.slot);
  });

  test('a connection that never said HELLO is not announced as closed', () => {
    const { slot } = connect(edge);
    edge.closed(slot);
    expect(link.closed).toEqual([]);
  });
});
