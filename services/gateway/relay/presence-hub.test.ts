import { expect, test } from 'bun:test';
import type { Presence, PresenceChange, PresenceState, Typing } from '../../presence/presence.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import { ENTRY_KINDS } from '../../protocol/frame-table.ts';
import type { Frame } from '../../protocol/frames.ts';
import { type ConversationId, deviceKey, type UserId } from '../../protocol/ids.ts';
import { BackendError } from '../../runtime/backend-error.ts';
import type { Conversation } from '../../store/store.ts';
import { StoreMemory } from '../../store/store-memory.ts';
import { announce, closeMessage, looksMessage, READ_WEIGHT, requestMessage, typingMessage } from '../link/link-frames.ts';
import { GATEWAY, Link, membership, open, session, startRelay, until } from './relay.harness.ts';

/** States and calls in the test's hands; what it is told comes back to the relay, as the port promises. */
class PresenceInHand implements Presence {
  readonly states = new Map<UserId, PresenceState>();
  readonly announced: PresenceChange[] = [];
  readonly typed: Typing[] = [];
  reads = 0;
  fails = false;
  watched: UserId[] = [];
  looked: ConversationId[] = [];
  duringRead: () => void = () => undefined;

  set(user: UserId, state: PresenceState['state'], lastSeenMs = 7): PresenceState {
    const known = { user, state, lastSeenMs };
    this.states.set(user, known);
    return known;
  }
  async read(users: readonly UserId[]): Promise<readonly PresenceState[]> {
    if (this.fails) throw new BackendError('timeout', 'not now', true);
    this.reads++;
    const states = users.map((user) => this.states.get(user) ?? { user, state: 'offline' as const, lastSeenMs: 0 });
    this.duringRead();
    return states;
  }
  async announce(changes: readonly PresenceChange[]): Promise<void> {
    this.announced.push(...changes);
  }
  async type(typing: Typing): Promise<void> {
    this.typed.push(typing);
  }
  async watch(users: ReadonlySet<UserId>, conversations: ReadonlySet<ConversationId>): Promise<void> {
    this.watched = [...users];
    this.looked = [...conversations];
  }
  async close(): Promise<void> {}
}

/** Only the members of conversations, which a test may change. */
class Members extends StoreMemory {
  reads = 0;
  readonly members = new Map<ConversationId, UserId[]>();

  override async conversations(ids: readonly ConversationId[]): Promise<ReadonlyMap<ConversationId, Conversation>> {
    this.reads += ids.length;
    const state = { lastSequence: 1, offset: 0, changedAtMs: 0, restedAtMs: 0 };
    const known = ids.filter((id) => this.members.has(id));
    return new Map(known.map((id) => [id, { ...state, id, members: this.members.get(id)! }]));
  }
}

const WATCHER = 10;
const DEVICE = deviceKey(WATCHER, 0);

function startWatched(members: Readonly<Record<number, UserId[]>>) {
  const presence = new PresenceInHand();
  const store = new Members({ partitions: 1, recordAt: () => undefined });
  for (const [id, users] of Object.entries(members)) store.members.set(Number(id), users);
  const { relay, bus } = startRelay({ presence, store });
  const link = new Link(relay, 0, 7);
  return { presence, store, relay, bus, link, listener: relay.presenceListener! };
}

const subscribe = (...pairs: ReadonlyArray<readonly [user: UserId, conversation: ConversationId]>) =>
  encodeFrame('presenceSubscribe', { users: pairs.map(([user, conversation]) => ({ user, conversation })) });
const states = (frames: readonly Frame[]) => frames.flatMap((frame) => (frame.name === 'presence' ? [[frame.user, frame.state]] : []));

test('a subscription is answered for each user: his state where both share the conversation, not known for any other', async () => {
  const { presence, store, link } = startWatched({ 1: [WATCHER, 11], 2: [12, 13], 3: [WATCHER, 12, 14] });
  presence.set(11, 'online', 900);
  presence.set(12, 'online');
  presence.set(14, 'offline', 800);
  link.say(announce([session(1, DEVICE)]), requestMessage(1, subscribe([11, 1], [12, 2], [13, 1], [14, 3], [15, 99])));
  await until(() => link.settledUpTo === 1);
  const answered = link.framesFor(1, READ_WEIGHT);
  expect(states(answered)).toEqual([
    [11, 1],
    [12, 2],
    [13, 2],
    [14, 0],
    [15, 2],
  ]);
  expect(answered[0]).toMatchObject({ lastSeenMs: 900 });
  expect([presence.watched, presence.looked]).toEqual([
    [11, 14],
    [1, 3],
  ]);
  expect(store.reads).toBe(4);
});

test('changes go to those who watch, and to nobody who subscribed to others or has gone', async () => {
  const { presence, listener, link } = startWatched({ 1: [WATCHER, 11], 2: [11, 20] });
  link.say(announce([session(1, DEVICE), session(2, deviceKey(WATCHER, 1)), session(3, deviceKey(20, 0)), session(4, deviceKey(30, 0))]));
  link.say(requestMessage(1, subscribe([11, 1])), requestMessage(2, subscribe([11, 1])), requestMessage(3, subscribe([11, 2])));
  link.say(requestMessage(4, subscribe([11, 1])));
  await until(() => link.settledUpTo === 4);
  link.say(requestMessage(2, subscribe()), closeMessage(3, deviceKey(20, 0), 1_000));
  await until(() => link.settledUpTo === 6);
  listener.changed(presence.set(11, 'online'));
  await Bun.sleep(20);
  expect([1, 2, 3, 4].map((connection) => states(link.framesFor(connection)).length)).toEqual([2, 1, 1, 1]);
  expect(states(link.framesFor(1)).at(-1)).toEqual([11, 1]);
});

test('what came while states were read is not undone by what was read', async () => {
  const { presence, listener, link } = startWatched({ 1: [WATCHER, 11] });
  presence.set(11, 'offline');
  presence.duringRead = () => listener.changed({ user: 11, state: 'online', lastSeenMs: 1 });
  link.say(announce([session(1, DEVICE)]), requestMessage(1, subscribe([11, 1])));
  await until(() => link.settledUpTo === 1);
  expect(states(link.framesFor(1))).toEqual([[11, 1]]);
});

test('who leaves a conversation is not seen through it any more, and sees nobody', async () => {
  const { presence, listener, bus, store, link } = startWatched({ 1: [WATCHER, 11], 2: [WATCHER, 12] });
  link.say(announce([session(1, DEVICE), session(2, deviceKey(11, 0))]));
  link.say(requestMessage(1, subscribe([11, 1], [12, 2])), requestMessage(2, subscribe([WATCHER, 1])));
  await until(() => link.settledUpTo === 2);
  store.members.set(1, [WATCHER]);
  await bus.append('deliveries', GATEWAY, [
    membership(
      ENTRY_KINDS.memberLeft,
      1,
      11,
      { edge: 0, connection: 1, device: DEVICE },
      { edge: 0, connection: 2, device: deviceKey(11, 0) },
    ),
  ]);
  await until(() => states(link.framesFor(2)).length === 2);
  expect(states(link.framesFor(1)).at(-1)).toEqual([11, 2]);
  expect(states(link.framesFor(2)).at(-1)).toEqual([WATCHER, 2]);
  for (const user of [11, WATCHER, 12]) listener.changed(presence.set(user, 'online'));
  await Bun.sleep(20);
  expect(states(link.framesFor(1)).at(-1)).toEqual([12, 1]);
  expect(states(link.framesFor(2)).length).toBe(2);
  link.say(requestMessage(1, subscribe([11, 1])));
  await until(() => link.settledUpTo === 3);
  expect(states(link.framesFor(1)).at(-1)).toEqual([11, 2]);
});

test('typing is told only from a session that looks at the conversation, and to others that look at it', async () => {
  const { presence, listener, link } = startWatched({ 1: [WATCHER, 11, 12] });
  const typist = deviceKey(11, 0);
  link.say(announce([session(1, DEVICE), session(2, typist), session(3, deviceKey(11, 1)), session(4, deviceKey(12, 0))]));
  link.say(typingMessage(2, 1));
  for (const [connection, user] of [
    [1, 11],
    [2, 11],
    [3, 11],
  ] as const)
    link.say(requestMessage(connection, subscribe([user, 1])));
  await until(() => link.settledUpTo === 3);
  link.say(typingMessage(2, 1), typingMessage(2, 5), typingMessage(4, 1));
  expect(presence.typed).toEqual([{ conversation: 1, user: 11 }]);
  listener.typed(presence.typed[0]!);
  await Bun.sleep(20);
  const typing = (connection: number) => link.framesFor(connection).filter((frame) => frame.name === 'typing');
  expect([1, 2, 3, 4].map((connection) => typing(connection).length)).toEqual([1, 0, 0, 0]);
  expect(typing(1)).toEqual([{ name: 'typing', conversation: 1, user: 11 }]);
});

test('after changes may have been missed the states of all that are watched are read and told again', async () => {
  const { presence, listener, link } = startWatched({ 1: [WATCHER, 11] });
  link.say(announce([session(1, DEVICE)]), requestMessage(1, subscribe([11, 1])));
  await until(() => link.settledUpTo === 1);
  presence.set(11, 'online');
  listener.missed();
  await until(() => states(link.framesFor(1)).length === 2);
  expect(states(link.framesFor(1)).at(-1)).toEqual([11, 1]);
});

test('when the backends fail a subscription is answered busy, and what is watched is given again', async () => {
  const { presence, link } = startWatched({ 1: [WATCHER, 11] });
  presence.fails = true;
  link.say(announce([session(1, DEVICE)]), requestMessage(1, subscribe([11, 1])));
  await until(() => link.settledUpTo === 1);
  expect(link.framesFor(1, READ_WEIGHT)).toEqual([expect.objectContaining({ name: 'error', code: 37, aboutType: 0x3a })]);
  presence.fails = false;
  link.say(requestMessage(1, subscribe([11, 1])));
  await until(() => link.settledUpTo === 2);
  expect(states(link.framesFor(1))).toEqual([[11, 0]]);
});

test('a relay that was started again watches what its edges say their sessions look at', async () => {
  const { presence, link } = startWatched({ 1: [WATCHER, 11] });
  presence.set(11, 'online');
  link.say(announce([session(1, DEVICE)]), looksMessage(1, subscribe([11, 1])), looksMessage(9, subscribe([11, 1])));
  await until(() => states(link.framesFor(1, 0)).length === 1);
  expect(states(link.framesFor(1))).toEqual([[11, 1]]);
  expect(presence.watched).toEqual([11]);
});

test('a user has come with his first session on the box and gone with his last, after the route; what flickers is not told', async () => {
  const { presence, link } = startWatched({});
  const [one, two] = [deviceKey(11, 0), deviceKey(11, 1)];
  link.say(announce([session(9, deviceKey(12, 0))]), open(1, one), open(2, two));
  await until(() => presence.announced.length === 2);
  expect(presence.announced.map(({ user, online }) => [user, online])).toEqual([
    [12, true],
    [11, true],
  ]);
  link.say(closeMessage(1, one, 1_000), open(3, deviceKey(13, 0)), closeMessage(3, deviceKey(13, 0), 1_000));
  await until(() => link.settledUpTo === 5);
  await Bun.sleep(150);
  expect(presence.announced.slice(2).filter(({ online }) => online)).toEqual([]);
  link.say(closeMessage(2, two, 1_000));
  await until(() => presence.announced.some(({ user, online }) => user === 11 && !online));
});

test('all users of an edge that died go, at a pace', async () => {
  const presence = new PresenceInHand();
  const { relay } = startRelay({ presence, edgeGraceMs: 50 });
  const link = new Link(relay, 0, 7);
  const users = Array.from({ length: 900 }, (_, index) => 100 + index);
  link.say(announce(users.map((user, index) => session(index, deviceKey(user, 0)))));
  await until(() => presence.announced.length === 900);
  link.drop();
  await until(() => presence.announced.length === 1_800);
  expect(presence.announced.slice(900).every(({ online }) => !online)).toBe(true);
});
