/** What presence must do among several processes. An implementation's test calls `presenceContract` with what makes a cell. */
import { afterEach, describe, expect, test } from 'bun:test';
import { deviceKey, type UserId } from '../protocol/ids.ts';
import { LEASE_MS, type Routes } from '../routes/routes.ts';
import type { Presence, PresenceListener, PresenceState, Typing } from './presence.ts';
import { LEASES_READ_MS } from './presence-watch.ts';

export interface PresenceCell {
  /** Another process of the cell, and its own way to the routes. */
  join(listener: PresenceListener): Promise<{ readonly presence: Presence; readonly routes: Routes }>;
  close(): Promise<void>;
}

class Heard implements PresenceListener {
  readonly states: PresenceState[] = [];
  readonly typing: Typing[] = [];
  misses = 0;

  changed(state: PresenceState): void {
    this.states.push(state);
  }

  typed(typing: Typing): void {
    this.typing.push(typing);
  }

  missed(): void {
    this.misses++;
  }

  last(user: UserId): PresenceState['state'] | undefined {
    return this.states.filter((state) => state.user === user).at(-1)?.state;
  }
}

const ALICE = 7;
const BOB = 8;
const TALK = 4_711;
const route = (user: UserId, device: number, gateway: number) => ({
  device: deviceKey(user, device),
  gateway,
  edge: 0,
  connection: user * 4 + device,
  epoch: 1_000,
});

/** `byLeases`: a gateway's death is its lease's; where presence knows none, its own test says what it is. */
export function presenceContract(name: string, make: () => Promise<PresenceCell>, { byLeases = true } = {}): void {
  describe(`presence contract: ${name}`, () => {
    const cells: PresenceCell[] = [];
    afterEach(async () => {
      for (const cell of cells.splice(0)) await cell.close();
    });

    /** Two gateways, both alive and whole. */
    const start = async () => {
      const cell = await make();
      cells.push(cell);
      const [heardOne, heardTwo] = [new Heard(), new Heard()];
      const one = { ...(await cell.join(heardOne)), heard: heardOne };
      const two = { ...(await cell.join(heardTwo)), heard: heardTwo };
      await one.routes.renewLease(1, LEASE_MS, true);
      await two.routes.renewLease(2, LEASE_MS, true);
      await until(async () => (await one.presence.read([ALICE]))[0]!.state === 'offline');
      return { one, two };
    };
    const until = async (holds: () => boolean | Promise<boolean>) => {
      for (let times = 0; !(await holds()); times++) {
        if (times > 400) throw new Error('waited too long');
        await Bun.sleep(10);
      }
    };
    /** As a relay does when a user's first session has come: his route, and then the word. */
    const comes = async ({ routes, presence }: { routes: Routes; presence: Presence }, user: UserId, device: number, gateway: number) => {
      await routes.put([route(user, device, gateway)]);
      await presence.announce([{ user, online: true, atMs: 5_000 }]);
    };
    const watching = (presence: Presence, users: readonly UserId[], conversations: readonly number[] = []) =>
      presence.watch(new Set(users), new Set(conversations));

    test('who comes and goes is told to those who watch him, on whatever gateway they are', async () => {
      const { one, two } = await start();
      await watching(two.presence, [ALICE]);
      await one.routes.put([route(ALICE, 1, 1), route(BOB, 1, 1)]);
      await one.presence.announce([
        { user: ALICE, online: true, atMs: 5_000 },
        { user: BOB, online: true, atMs: 5_000 },
      ]);
      await until(() => two.heard.last(ALICE) === 'online');
      await one.routes.remove([route(ALICE, 1, 1)]);
      await one.presence.announce([{ user: ALICE, online: false, atMs: 6_000 }]);
      await until(() => two.heard.last(ALICE) === 'offline');
      expect(two.heard.states.at(-1)).toEqual({ user: ALICE, state: 'offline', lastSeenMs: 6_000 });
      expect(two.heard.last(BOB)).toBeUndefined();
      expect(one.heard.states).toEqual([]);
    });

    test('a user is online while any of his devices is, wherever (R2)', async () => {
      const { one, two } = await start();
      await comes(one, ALICE, 1, 1);
      await comes(two, ALICE, 2, 2);
      await watching(one.presence, [ALICE]);
      await one.routes.remove([route(ALICE, 1, 1)]);
      await one.presence.announce([{ user: ALICE, online: false, atMs: 6_000 }]);
      await until(() => one.heard.states.length > 0);
      expect(new Set(one.heard.states.map(({ state }) => state))).toEqual(new Set(['online']));
      expect((await two.presence.read([BOB, ALICE])).map(({ state }) => state)).toEqual(['offline', 'online']);
    });

    test('when he was last seen never goes back, however often and late it is told (R1)', async () => {
      const { one, two } = await start();
      const gone = (atMs: number) => [{ user: ALICE, online: false, atMs }];
      for (const atMs of [6_000, 9_000, 9_000, 7_000]) await one.presence.announce(gone(atMs));
      expect(await two.presence.read([ALICE, BOB])).toEqual([
        { user: ALICE, state: 'offline', lastSeenMs: 9_000 },
        { user: BOB, state: 'offline', lastSeenMs: 0 },
      ]);
    });

    test('who is no longer watched is no longer told of', async () => {
      const { one, two } = await start();
      await watching(two.presence, [ALICE, BOB], [TALK]);
      await watching(two.presence, [BOB]);
      await one.routes.put([route(ALICE, 1, 1), route(BOB, 1, 1)]);
      await one.presence.type({ conversation: TALK, user: ALICE });
      await one.presence.announce([ALICE, BOB].map((user) => ({ user, online: true, atMs: 5_000 })));
      await until(() => two.heard.last(BOB) === 'online');
      expect(two.heard.last(ALICE)).toBeUndefined();
      expect(two.heard.typing).toEqual([]);
    });

    test('who types is told to those who look at the conversation, in the same process too, and is kept nowhere', async () => {
      const { one, two } = await start();
      await watching(one.presence, [], [TALK]);
      await watching(two.presence, [], [TALK + 1]);
      await two.presence.type({ conversation: TALK, user: ALICE });
      await until(() => one.heard.typing.length === 1);
      await one.presence.type({ conversation: TALK, user: BOB });
      await until(() => one.heard.typing.length === 2);
      expect(one.heard.typing).toEqual([
        { conversation: TALK, user: ALICE },
        { conversation: TALK, user: BOB },
      ]);
      await watching(two.presence, [], [TALK]);
      await Bun.sleep(50);
      expect(two.heard.typing).toEqual([]);
    });

    if (!byLeases) return;
    test('users of a gateway that died go offline for their watchers though nobody announces it', async () => {
      const { one, two } = await start();
      await two.routes.put([route(ALICE, 1, 2)]);
      await one.routes.put([route(BOB, 1, 1)]);
      await watching(one.presence, [ALICE, BOB]);
      expect((await one.presence.read([ALICE, BOB])).map(({ state }) => state)).toEqual(['online', 'online']);
      // Its lease is seen at least once while it lives.
      await two.routes.renewLease(2, 1_500, true);
      await Bun.sleep(LEASES_READ_MS + 100);
      await until(() => one.heard.last(ALICE) === 'offline');
      expect(one.heard.last(BOB)).toBeUndefined();
      const misses = one.heard.misses;
      await two.routes.renewLease(2, LEASE_MS, true);
      await until(() => one.heard.misses > misses);
      expect((await one.presence.read([ALICE]))[0]!.state).toBe('online');
    }, 15_000);
  });
}
