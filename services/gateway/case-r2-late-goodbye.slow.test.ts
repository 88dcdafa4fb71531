/**
 * R2 late goodbye, with real processes on real systems: a part of box A stands still for longer than its lease while its user
 * comes back on box B. What A then says of the session that it had takes nothing from the one on B.
 */
import { afterAll, afterEach, expect, setDefaultTimeout, test } from 'bun:test';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { PRESENCE_STATES } from '../protocol/frame-table.ts';
import { LEASE_MS, type Route, type Routes } from '../routes/routes.ts';
import { openRedisRoutes } from '../routes/routes-redis.ts';
import { requires } from '../runtime/requires.ts';
import { BoxProcess } from './box-process.harness.ts';
import type { ChatUser } from './chat-user.harness.ts';
import { eventually } from './test-box.harness.ts';

setDefaultTimeout(120_000);

const [ALICE, BOB] = [1, 2];
const [PHONE, LAPTOP] = [1, 2];
/** A lease is renewed up to three times within itself: from the last one on it stands for all of it. */
const PAUSE_MS = LEASE_MS + 3_000;

requires('kafka', 'cassandra', 'valkey').describe('case R2 on real systems', () => {
  const own = new OwnBackends();
  const ends: Array<() => unknown> = [];

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => own.giveBack());

  async function twoBoxes() {
    const backends = await own.make();
    const start = async (...settings: string[]) => {
      const box = await BoxProcess.startOn(backends, '--edges', '1', ...settings);
      ends.push(() => box.end());
      return box;
    };
    const a = await start('--gateway', '1');
    const b = await start('--gateway', '2', '--dispatchers', '0');
    const routes = await openRedisRoutes(backends.redis, { log: () => undefined, settleMs: 0 });
    ends.push(() => routes.close());
    const user = async (box: BoxProcess, id: number, device: number) => {
      const chat = await box.user(id, device);
      ends.push(() => chat.leave());
      return chat;
    };
    return { a, b, routes, user };
  }

  for (const part of ['edge', 'relay'] as const) {
    test(`the ${part} of box A stands still for longer than its lease: the route stays B's, his messages come, and no watcher sees him go`, async () => {
      const { a, b, routes, user } = await twoBoxes();
      const alice = await user(b, ALICE, PHONE);
      const onA = await user(a, BOB, PHONE);
      const conversation = await alice.create(BOB);
      alice.look(conversation, BOB);
      await eventually(() => alice.presence.get(BOB)?.state === PRESENCE_STATES.online, 'Alice to see Bob');
      expect(await gatewaysOf(routes)).toEqual([1]);

      const { pids } = await a.now();
      const stopped = part === 'edge' ? pids.edges[0]! : pids.relay;
      process.kill(stopped, 'SIGSTOP');
      let goesOnMs = Date.now() + PAUSE_MS;
      // The goodbye: an edge that runs hears it at once and tells its relay, one that stands still hears it when it goes on.
      onA.leave();
      const onB = await user(b, BOB, PHONE);
      await eventually(async () => (await gatewaysOf(routes)).includes(2), 'his route to be of B');
      const before = presenceOf(alice).length;
      const session = await routesOf(routes);
      alice.say(conversation, 'while A stands still');
      await eventually(() => onB.cursor(conversation) === 2, 'the message', 20_000);
      await Bun.sleep(Math.max(0, goesOnMs - Date.now()));
      if (part === 'relay') expect([...(await routes.leases())]).toEqual([2]);
      process.kill(stopped, 'SIGCONT');

      // It says goodbye when it is back among the living: its lease stands again, and its session has gone.
      await eventually(async () => (await routes.leases()).has(1), 'the lease of A', 20_000);
      await eventually(async () => (await a.metric('parley_relay_sessions')) === 0, 'the session of A to go', 30_000);
      goesOnMs = Date.now() + 3_000;
      while (Date.now() < goesOnMs) {
        expect(await routesOf(routes)).toEqual(session);
        await Bun.sleep(100);
      }
      alice.say(conversation, 'after it');
      await eventually(() => onB.cursor(conversation) === 3, 'the message after it');
      expect(presenceOf(alice).slice(before)).not.toContain(PRESENCE_STATES.offline);
      expect(onB.endings).toEqual([]);

      // Another device of his on A, which leaves: he stays.
      const laptop = await user(a, BOB, LAPTOP);
      await eventually(async () => (await gatewaysOf(routes)).length === 2, 'both devices');
      laptop.leave();
      await eventually(async () => (await gatewaysOf(routes)).length === 1, 'the laptop to go');
      expect(await routesOf(routes)).toEqual(session);
      await Bun.sleep(500);
      expect(presenceOf(alice).slice(before)).not.toContain(PRESENCE_STATES.offline);
    });
  }
});

async function routesOf(routes: Routes): Promise<readonly Route[]> {
  return (await routes.lookup([BOB])).routes[0]!;
}

async function gatewaysOf(routes: Routes): Promise<readonly number[]> {
  return (await routesOf(routes)).map(({ gateway }) => gateway);
}

/** What a watcher was told of Bob, in order. */
function presenceOf(watcher: ChatUser): readonly number[] {
  return watcher.connection.of('presence').flatMap(({ user, state }) => (user === BOB ? [state] : []));
}
