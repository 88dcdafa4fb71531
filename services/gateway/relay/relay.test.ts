import { expect, test } from 'bun:test';
import { encodeDelivery } from '../../bus/record-codec.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import { HELLO_FLAGS } from '../../protocol/frame-table.ts';
import type { Frame } from '../../protocol/frames.ts';
import { deviceKey } from '../../protocol/ids.ts';
import { RoutesMemory } from '../../routes/routes-memory.ts';
import { announce, closeMessage, KICK_REASONS, OPENS_SESSION, requestMessage, TO_EDGE, TO_RELAY } from '../link/link-frames.ts';
import { GATEWAY, Link, open, session, startRelay, until } from './relay.harness.ts';

/** An entry for one session, as dispatch writes it. */
function delivery(sequence: number, edge: number, connection: number, device = 0): Uint8Array {
  return encodeDelivery({
    kind: 'entry',
    entry: {
      conversation: 5,
      sequence,
      kind: 0,
      sender: 1,
      id: new Uint8Array(16),
      loggedAtMs: 1,
      contentType: 0,
      bodies: [{ device: 0, body: Uint8Array.of(sequence) }],
    },
    sessions: [{ edge, connection, device, body: 0 }],
  });
}

const sequences = (frames: readonly Frame[]) => frames.flatMap((frame) => (frame.name === 'deliver' ? [frame.sequence] : []));

test('a WELCOME that was lost with its link is given again to the open that is repeated, as it was asked for', async () => {
  const { relay } = startRelay();
  const first = new Link(relay, 0, 7);
  first.say(announce([]), open(1, deviceKey(5, 0), 12, HELLO_FLAGS.wantsResumeToken));
  first.drop();
  await Bun.sleep(20);
  const second = new Link(relay, 0, 7);
  second.say(announce([session(1, deviceKey(5, 0), true)]), open(1, deviceKey(5, 0), 12, HELLO_FLAGS.wantsResumeToken));
  await until(() => second.settledUpTo === 1);
  const welcomes = second.framesFor(1, OPENS_SESSION).filter((frame) => frame.name === 'welcome');
  expect(welcomes).toEqual([expect.objectContaining({ heartbeatSeconds: 12 })]);
  expect(welcomes[0]!.resumeToken.length).toBeGreaterThan(0);
});

test('a session that was opening when the relay died is opened by its own message, not by guesses', async () => {
  const { relay } = startRelay();
  const link = new Link(relay, 0, 7, 41);
  link.say(announce([session(1, deviceKey(5, 0), true), session(2, deviceKey(6, 0))]));
  await Bun.sleep(20);
  expect(link.framesFor(1)).toEqual([]);
  link.say(open(1, deviceKey(5, 0), 12));
  await until(() => link.settledUpTo === 41);
  expect(link.framesFor(1, OPENS_SESSION).map((frame) => frame.name)).toEqual(['welcome', 'changed']);
  expect(link.framesFor(1, OPENS_SESSION)[0]).toMatchObject({ heartbeatSeconds: 12 });
});

test('a relay that comes back waits for its edges before it hands out what is in the log', async () => {
  const { relay, bus } = startRelay({ edges: 2, edgeGraceMs: 5_000 });
  await bus.append('deliveries', GATEWAY, [delivery(1, 0, 1), delivery(2, 1, 1)]);
  const one = new Link(relay, 0, 7);
  one.say(announce([session(1, deviceKey(5, 0))]));
  await Bun.sleep(50);
  expect(await bus.committed('relay', 'deliveries', GATEWAY)).toBeUndefined();
  const two = new Link(relay, 1, 8);
  two.say(announce([session(1, deviceKey(6, 0))]));
  await until(() => sequences(two.framesFor(1)).length === 1);
  expect([sequences(one.framesFor(1)), sequences(two.framesFor(1))]).toEqual([[1], [2]]);
});

test('sessions that a relay did not know are told that something newer may exist, once their routes stand', async () => {
  const { relay, routes } = startRelay();
  const put = routes.put.bind(routes);
  let goesOn: (() => void) | undefined;
  routes.put = async (given) => {
    await new Promise<void>((resolve) => {
      goesOn = resolve;
    });
    return put(given);
  };
  const link = new Link(relay, 0, 7);
  link.say(announce([session(1, deviceKey(5, 0)), session(2, deviceKey(6, 0))]));
  await until(() => goesOn !== undefined);
  expect(link.newer).toEqual([]);
  goesOn!();
  await until(() => link.newer.length === 2);
});

test('a gateway’s number that is used again begins where its former life ended, and gives nobody what was meant for that', async () => {
  const { relay, bus } = startRelay();
  await bus.append('deliveries', GATEWAY, [delivery(1, 0, 1, deviceKey(1, 0)), delivery(2, 0, 1, deviceKey(1, 0))]);
  await bus.commit('relay', 'deliveries', GATEWAY, 1);
  await bus.append('deliveries', GATEWAY, [delivery(7, 0, 1, deviceKey(5, 0))]);
  const one = new Link(relay, 0, 7);
  one.say(announce([session(1, deviceKey(5, 0))]));
  await until(() => sequences(one.framesFor(1)).length === 1);
  expect(sequences(one.framesFor(1))).toEqual([7]);
});

test('a connection’s number that another device has by now gets nothing that was meant for the one before', async () => {
  const { relay, bus } = startRelay();
  const one = new Link(relay, 0, 7);
  one.say(announce([session(1, deviceKey(5, 0))]));
  await bus.append('deliveries', GATEWAY, [delivery(1, 0, 1, deviceKey(6, 0)), delivery(2, 0, 1, deviceKey(5, 0))]);
  await until(() => sequences(one.framesFor(1)).length === 1);
  expect(sequences(one.framesFor(1))).toEqual([2]);
});

test('it does not wait for ever for an edge that is late, whose sessions are told that something newer may exist', async () => {
  const { relay, bus } = startRelay({ edges: 2, edgeGraceMs: 60 });
  const one = new Link(relay, 0, 7);
  one.say(announce([session(1, deviceKey(5, 0))]));
  await bus.append('deliveries', GATEWAY, [delivery(1, 0, 1), delivery(2, 1, 1)]);
  await until(() => sequences(one.framesFor(1)).length === 1);
  const late = new Link(relay, 1, 8);
  late.say(announce([session(1, deviceKey(6, 0)), session(2, deviceKey(6, 1))]));
  await until(() => late.newer.length === 2);
});

test('what is left of a link that was given up is not counted into the one after it', async () => {
  const { relay, bus } = startRelay();
  const device = deviceKey(5, 0);
  const send = (text: string) =>
    requestMessage(
      1,
      encodeFrame('send', {
        conversation: 5,
        id: Buffer.alloc(16, text),
        contentType: 0,
        bodies: [{ device: 0, body: Buffer.from(text) }],
      }),
    );
  const first = new Link(relay, 0, 7);
  first.say(announce([]), open(1, device));
  await until(() => first.settledUpTo === 1);
  const second = new Link(relay, 0, 7, 2);
  expect(first.cut).toBe(true);
  second.say(announce([session(1, device)]));
  first.say(send('ghost'), send('ghost too'));
  second.say(send('real'));
  await until(() => second.settledUpTo === 2);
  expect(await bus.end('messages', 0)).toBe(1);
  await Bun.sleep(30);
  expect(second.settledUpTo).toBe(2);
});

test('an edge that confirms nothing is cut off, and the others go on', async () => {
  const { relay, bus } = startRelay({ edges: 2, edgeGraceMs: 100 });
  const [hanging, sound] = [new Link(relay, 0, 7), new Link(relay, 1, 8)];
  hanging.say(announce([session(1, deviceKey(5, 0))]));
  sound.say(announce([session(1, deviceKey(6, 0))]));
  let answered = 0;
  let sequence = 0;
  const step = async () => {
    sequence++;
    await bus.append('deliveries', GATEWAY, [delivery(sequence, 0, 1), delivery(sequence, 1, 1)]);
    await Bun.sleep(5);
    for (const mark of sound.of(TO_EDGE.batch).slice(answered)) {
      answered++;
      const confirm = mark.slice();
      confirm[0] = TO_RELAY.confirm;
      sound.say(confirm);
    }
  };
  while (!hanging.cut && sequence < 1_000) await step();
  expect(hanging.cut).toBe(true);
  for (const last = sequence + 50; sequence < last; ) await step();
  await until(() => sequences(sound.framesFor(1)).length === sequence);
  expect(sequences(sound.framesFor(1))).toEqual(Array.from({ length: sequence }, (_, index) => index + 1));
  const back = new Link(relay, 0, 7);
  back.say(announce([session(1, deviceKey(5, 0))]));
  await until(() => back.newer.length === 1);
});

test('a session that ends in the moment it opens leaves no route', async () => {
  const { relay, routes } = startRelay();
  const link = new Link(relay, 0, 7);
  const device = deviceKey(5, 0);
  link.say(announce([]), open(1, device), closeMessage(1, device, 1_000));
  await until(() => link.settledUpTo === 2);
  await Bun.sleep(20);
  expect(routes.size).toBe(0);
});

test('routes that are lost again while they are put again are put once more, and every session is told', async () => {
  const { relay, routes } = startRelay();
  const link = new Link(relay, 0, 7);
  const sessions = Array.from({ length: 900 }, (_, index) => session(index, deviceKey(100 + index, 0)));
  link.say(announce(sessions));
  await until(() => routes.size === 900);
  routes.lose();
  await until(() => routes.size === 900);
  routes.lose();
  await until(() => routes.size === 900);
  await until(() => new Set(link.newer).size === 900);
});

test('routes that could not be written at an announcement are written when the table takes them', async () => {
  class Refusing extends RoutesMemory {
    refuses = true;
    override async put(...given: Parameters<RoutesMemory['put']>) {
      if (this.refuses) throw new Error('not now');
      return await super.put(...given);
    }
  }
  const routes = new Refusing(1_000);
  const { relay } = startRelay({ routes });
  new Link(relay, 0, 7).say(announce([session(1, deviceKey(5, 0))]));
  await Bun.sleep(50);
  routes.refuses = false;
  await until(() => routes.size === 1);
});

test('a session that opens while a box with a clock ahead has its device is told to come again, not that it was replaced', async () => {
  const { relay, routes } = startRelay();
  const device = deviceKey(5, 0);
  await routes.put([{ gateway: GATEWAY + 1, edge: 0, connection: 3, device, epoch: 5_000 }]);
  const link = new Link(relay, 0, 7);
  link.say(announce([]), open(1, device));
  await until(() => link.of(TO_EDGE.kick).length === 1);
  expect(KICK_REASONS[link.of(TO_EDGE.kick)[0]![5]!]).toBe('relayAway');
});

test('a close is settled when its route is removed, however often that fails, so that a relay which is killed is told it again', async () => {
  let refusals = 2;
  class Refusing extends RoutesMemory {
    override async remove(...given: Parameters<RoutesMemory['remove']>) {
      if (refusals-- > 0) throw new Error('not now');
      return await super.remove(...given);
    }
  }
  const { relay } = startRelay({ routes: new Refusing(1_000) });
  const link = new Link(relay, 0, 7);
  const device = deviceKey(5, 0);
  link.say(announce([]), open(1, device));
  await until(() => link.settledUpTo === 1);
  link.say(closeMessage(1, device, 1_000));
  await Bun.sleep(100);
  expect(link.settledUpTo).toBe(1);
  await until(() => link.settledUpTo === 2);
  expect(refusals).toBe(-1);
});

test('an open of a session that has gone, given again after a lost link, does not end the one that has its slot by now', async () => {
  const { relay, routes } = startRelay();
  const [before, after] = [(4_095 << 20) >>> 0, 0];
  const first = new Link(relay, 0, 7);
  first.say(announce([]), open(before, deviceKey(5, 0)), closeMessage(before, deviceKey(5, 0), 1_000), open(after, deviceKey(6, 0)));
  await until(() => first.settledUpTo === 3);
  const second = new Link(relay, 0, 7);
  second.say(announce([session(after, deviceKey(6, 0), true)]), open(before, deviceKey(5, 0)));
  await Bun.sleep(30);
  expect((await routes.lookup([6])).routes[0]!.length).toBe(1);
  second.say(closeMessage(before, deviceKey(5, 0), 1_000), open(after, deviceKey(6, 0)));
  await until(() => second.settledUpTo === 3);
  const found = (await routes.lookup([5, 6])).routes;
  expect(found.map((those) => those.map(({ connection }) => connection))).toEqual([[], [after]]);
});

test('a route whose session nobody has goes when a delivery finds that out; one whose session is here stays', async () => {
  const { relay, bus, routes } = startRelay();
  const [lost, there] = [deviceKey(5, 0), deviceKey(6, 0)];
  await routes.put([{ gateway: GATEWAY, edge: 3, connection: 9, device: lost, epoch: 5 }]);
  const link = new Link(relay, 0, 7);
  link.say(announce([session(1, there)]));
  await bus.append('deliveries', GATEWAY, [delivery(1, 3, 9, lost), delivery(1, 0, 2, there)]);
  const standing = async () => (await routes.lookup([5, 6])).routes.map((those) => those.length);
  await until(() => routes.size === 2);
  await Bun.sleep(1_200);
  expect(await standing()).toEqual([0, 1]);
});

test('routes that a former life of the box left count for nothing; those of its sessions do, also when its clock was set back', async () => {
  const { relay, routes } = startRelay({ bornMs: 2_000 });
  const leftOver = { device: deviceKey(5, 0), gateway: GATEWAY, edge: 0, connection: 9, epoch: 1_999 };
  await routes.put([leftOver]);
  const found = async (user: number) => (await routes.lookup([user])).routes[0]!.length;
  expect(await found(5)).toBe(0);
  const link = new Link(relay, 0, 7);
  link.say(announce([]), open(1, deviceKey(6, 0)));
  await until(() => link.framesFor(1).length > 0);
  expect(await found(6)).toBe(1);
});
