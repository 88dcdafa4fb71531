/**
 * Sessions and their routes: a route is written before the resume position is read, and removed when the session ends.
 * Opens of a few milliseconds share their requests. Limits the sessions of a user: one that its device replaces is none.
 */
import { encodeFrame } from '../../protocol/codec.ts';
import { FRAMES, HELLO_FLAGS } from '../../protocol/frame-table.ts';
import { type DeviceKey, type UserId, userOf } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { Route, Routes } from '../../routes/routes.ts';
import type { StoreReads } from '../../store/store.ts';
import { ANNOUNCE_PAGE, type AnnouncedSession, isOlder, type KickReason } from '../link/link-frames.ts';
import type { EdgePeer } from './edge-peer.ts';
import type { RelayCells } from './metrics.ts';
import { changedFrame, errorFrame } from './reads.ts';
import { RouteKeeper } from './route-keeper.ts';
import { StaleRoutes } from './stale-routes.ts';
import { UserCounts } from './user-counts.ts';

export interface SessionRoutesOptions {
  readonly gateway: number;
  readonly routes: Routes;
  readonly store: StoreReads;
  readonly cells: RelayCells;
  readonly connectionsPerUser: number;
  /** Start of the box by its clock. */
  readonly bornMs: number;
  readonly nowMs: () => number;
  readonly findPeer: (edge: number) => EdgePeer | undefined;
  /** All sessions of the edge are known here, or the box has no such edge. */
  readonly speaksFor: (edge: number) => boolean;
  /** The first session of a user has its route, or the last one has none any more. */
  readonly onTurn: (user: UserId) => void;
  /** Resolves when the gateway's lease lives. */
  readonly whenLive: () => Promise<void>;
  /** A session is older than any so far: the clock was set back since the box began. */
  readonly onOlder: () => void;
  readonly onEnded: (peer: EdgePeer, connection: number) => void;
  readonly mintResumeToken: (device: number) => Uint8Array;
  readonly log: (message: string) => void;
}

interface Opening {
  readonly peer: EdgePeer;
  readonly route: Route;
  readonly flags: number;
  readonly heartbeatSeconds: number;
  readonly position: Uint8Array;
  /** Number of the message that is settled with the answer. */
  readonly number: number;
}

interface Removal {
  readonly route: Route;
  /** It is done: whoever said so need not say it again. */
  readonly done: () => void;
}

const NO_TOKEN = new Uint8Array(0);
const PUT_PAGE = 1_000;
/** Opens wait this long for others: in a storm a request to the backends then carries dozens, and nobody notices 5 ms. */
const OPEN_LINGER_MS = 5;
const REMOVE_AGAIN_MS = 500;

export class SessionRoutes {
  private readonly options: SessionRoutesOptions;
  private readonly keeper: RouteKeeper;
  private readonly stale: StaleRoutes;
  private readonly counts = new UserCounts();
  private readonly pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  private opening: Opening[] = [];
  private removing: Removal[] = [];
  /** Users whose first session has no route yet. */
  private readonly coming = new Set<UserId>();
  private scheduled = false;
  private stopped = false;
  private sessions = 0;
  private oldestMs: number;

  constructor(options: SessionRoutesOptions) {
    this.options = options;
    this.oldestMs = options.bornMs;
    this.stale = new StaleRoutes({
      ...options,
      holds: (route) => this.holds(route),
      onRemoved: (user) => this.gone(user),
    });
    this.keeper = new RouteKeeper({
      routes: options.routes,
      onLoser: (peer, loser) => this.kickLoser(peer, loser),
      onRewritten: (routes) => {
        options.cells.routesRewritten.value += routes;
      },
      whenLive: options.whenLive,
      pause: this.pause,
      log: options.log,
    });
  }

  stop(): void {
    this.stopped = true;
    this.stale.stop();
    this.keeper.stop();
  }

  /** A repeated open is answered again: the answer before may have been lost with its link. */
  open(
    peer: EdgePeer,
    connection: number,
    device: number,
    epoch: number,
    flags: number,
    heartbeatSeconds: number,
    position: Uint8Array,
    number: number,
  ): void {
    const occupant = peer.sessions.occupant(connection);
    // Of a session that has long gone, in a tail that is given again: it must not end the one that lives in its slot.
    if (occupant !== undefined && isOlder(connection, occupant.connection)) return peer.settle(number);
    if (!peer.sessions.has(connection)) this.add(peer, connection, device, epoch);
    this.opening.push({ peer, route: peer.sessions.routeOf(connection), flags, heartbeatSeconds, position, number });
    this.schedule();
  }

  /**
   * The edge's live sessions as it has them. Those that are opening follow as the messages that opened them, which the edge
   * keeps until they are answered; those that ended follow as their closes.
   */
  announced(peer: EdgePeer, sessions: readonly AnnouncedSession[]): void {
    const added: number[] = [];
    const missed: number[] = [];
    for (const { connection, device, epoch, opening } of sessions) {
      if (opening) continue;
      if (!peer.sessions.has(connection)) {
        this.add(peer, connection, device, epoch);
        added.push(connection);
      } else if (peer.tailLost) missed.push(connection);
    }
    peer.newer(missed);
    // While no relay stood behind them their routes may have been lost, and what came then was written for nobody: each asks,
    // and only once its route stands, since what comes before that is written for nobody either.
    const users = added.map((connection) => userOf(peer.sessions.deviceOf(connection)));
    void this.keeper.put(peer, added).then(() => {
      this.came(users);
      peer.newer(added);
    });
    if (sessions.length < ANNOUNCE_PAGE) peer.tailLost = false;
  }

  /** `done` when its route is removed: a relay that is killed before that is told again. */
  close(peer: EdgePeer, route: Route, done: () => void = () => undefined): void {
    this.forget(peer, route);
    this.removing.push({ route, done });
    this.schedule();
  }

  /** Every session that was announced, or had its route lost, has it again. */
  get isSettled(): boolean {
    return this.keeper.isSettled;
  }

  /** No session here is older, or ever was. */
  get bornMs(): number {
    return this.oldestMs;
  }

  get count(): number {
    return this.sessions;
  }

  /** Ends every session of an edge that is gone for good. */
  closeAll(peer: EdgePeer): void {
    for (const connection of [...peer.sessions.connections()]) this.close(peer, peer.sessions.routeOf(connection));
  }

  /** The table may have lost routes. */
  rewrite(peers: () => Iterable<EdgePeer>): Promise<void> {
    return this.keeper.rewrite(peers);
  }

  private add(peer: EdgePeer, connection: number, device: number, epoch: number): void {
    // A slot that was given out again: the close of the connection before is still on its way.
    const before = peer.sessions.occupant(connection);
    if (before !== undefined) this.close(peer, before);
    peer.sessions.add(connection, device, epoch);
    if (epoch < this.oldestMs) {
      this.oldestMs = epoch;
      this.options.onOlder();
    }
    if (this.counts.add(userOf(device)) === 1) this.coming.add(userOf(device));
    this.counted(1);
  }

  private forget(peer: EdgePeer, { connection, device }: Route): void {
    if (!peer.sessions.remove(connection)) return;
    this.counts.remove(userOf(device));
    this.counted(-1);
    this.options.onEnded(peer, connection);
  }

  /** Sessions that a user has on this box. */
  sessionsOf(user: UserId): number {
    return this.counts.of(user);
  }

  /** A device has no session here, though a delivery says so: its route goes. */
  isGone(device: DeviceKey): void {
    this.stale.note(device);
  }

  private came(users: Iterable<UserId>): void {
    for (const user of users) if (this.coming.delete(user)) this.options.onTurn(user);
  }

  private gone(user: UserId): void {
    if (this.counts.of(user) > 0) return;
    this.coming.delete(user);
    this.options.onTurn(user);
  }

  private counted(change: number): void {
    this.sessions += change;
    this.options.cells.sessions.value = this.sessions;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setTimeout(() => {
      this.scheduled = false;
      // Removals first: a device that left and came back in this time must end with its new route.
      this.flushRemovals();
      this.flushOpenings();
    }, OPEN_LINGER_MS);
  }

  private flushRemovals(): void {
    const removing = this.removing;
    this.removing = [];
    for (let at = 0; at < removing.length; at += PUT_PAGE) void this.remove(removing.slice(at, at + PUT_PAGE));
  }

  /** Until it holds: a route that stays would have its device taken for present for ever, and never told by push. */
  private async remove(page: readonly Removal[]): Promise<void> {
    const routes = page.map(({ route }) => route);
    while (!this.stopped) {
      // Its edge may have sent it again after a lost link, so that it lives once more under the same route.
      const gone = routes.filter((route) => !this.holds(route));
      try {
        this.options.cells.routeWrites('remove').value += gone.length;
        if (gone.length > 0) await this.options.routes.remove(gone);
        break;
      } catch (error) {
        this.options.log(`routes not removed: ${(error as Error).message}`);
        await this.pause(REMOVE_AGAIN_MS);
      }
    }
    if (this.stopped) return;
    for (const { route, done } of page) {
      this.gone(userOf(route.device));
      done();
    }
  }

  private holds(route: Route): boolean {
    return this.options.findPeer(route.edge)?.sessions.holds(route) === true;
  }

  private flushOpenings(): void {
    // One that has closed meanwhile must leave no route: its removal has gone before.
    const opening = this.stillThere(this.opening);
    this.opening = [];
    for (let at = 0; at < opening.length; at += PUT_PAGE) void this.finish(opening.slice(at, at + PUT_PAGE));
  }

  private stillThere(openings: readonly Opening[]): Opening[] {
    return openings.filter(({ peer, route, number }) => {
      if (peer.sessions.has(route.connection)) return true;
      peer.settle(number);
      return false;
    });
  }

  private async finish(openings: readonly Opening[]): Promise<void> {
    this.options.cells.routeWrites('put').value += openings.length;
    try {
      const losers = await this.options.routes.put(openings.map(({ route }) => route));
      this.came(openings.map(({ route }) => userOf(route.device)));
      for (const [index, { peer, route }] of openings.entries()) {
        const loser = losers[index];
        // Who comes just now is the newer one, whatever the clock of another box made of that: he is to come again, with a
        // later epoch. `replaced` would keep him away for good.
        if (
          loser?.epoch === route.epoch &&
          loser.connection === route.connection &&
          loser.edge === route.edge &&
          loser.gateway === route.gateway
        )
          this.kick(peer, route, 'relayAway');
        else this.kickLoser(peer, loser);
      }
    } catch (error) {
      this.options.log(`routes not written: ${(error as Error).message}`);
      for (const { peer, route, number } of openings) {
        peer.to(route.connection, 0, [errorFrame('busy', FRAMES.hello.type, undefined, 1_000)]);
        peer.kick(route.connection, 'relayAway');
        peer.settle(number);
      }
      return;
    }
    for (const { peer, route } of openings) {
      if (this.counts.of(userOf(route.device)) > this.options.connectionsPerUser) this.kick(peer, route, 'userConnections');
    }
    await this.answer(this.stillThere(openings));
  }

  /** The routes are written and count: only now may the positions be read. */
  private async answer(openings: readonly Opening[]): Promise<void> {
    if (openings.length === 0) return;
    await this.options.whenLive();
    let changed: readonly Uint8Array[];
    try {
      // A device that has seen nothing yet is a new one: from here on push knows it.
      const fresh = openings.filter(({ position }) => position.length === 0);
      await Promise.all(fresh.map(({ route }) => this.options.store.addDevice(route.device)));
      this.options.cells.reads('hello').value += openings.length;
      const asked = openings.map(({ route, position }) => ({ user: userOf(route.device), position }));
      const pages = await this.options.store.changedSinceEach(asked, LIMITS.changesPerPage.value);
      for (const page of pages) this.options.cells.resumes('refused' in page ? 'refused' : 'told').value++;
      changed = pages.map(changedFrame);
    } catch (error) {
      this.options.cells.resumes('failed').value += openings.length;
      this.options.log(`positions not read: ${(error as Error).message}`);
      changed = openings.map(() => errorFrame('busy', FRAMES.resume.type, undefined, 1_000));
    }
    for (const [index, { peer, route, flags, heartbeatSeconds, number }] of openings.entries()) {
      const welcome = encodeFrame('welcome', {
        capabilities: 0,
        heartbeatSeconds,
        serverTimeMs: this.options.nowMs(),
        resumeToken: (flags & HELLO_FLAGS.wantsResumeToken) !== 0 ? this.options.mintResumeToken(route.device) : NO_TOKEN,
      });
      peer.welcome(route.connection, [welcome, changed[index]!]);
      peer.settle(number);
    }
  }

  /** The session that lost its device to a newer one, where it is on this box. */
  private kickLoser(peer: EdgePeer, loser: Route | undefined): void {
    if (loser === undefined) return;
    const owner = loser.edge === peer.edge ? peer : this.options.findPeer(loser.edge);
    if (owner !== undefined) this.kick(owner, loser, 'replaced');
  }

  /** Ends a session: from here on it counts no more, and its edge is told to close it. */
  private kick(peer: EdgePeer, route: Route, reason: KickReason): void {
    // The number alone is not enough: an edge that was started again gives the numbers of its former life to others.
    if (!peer.sessions.holds(route)) return;
    peer.kick(route.connection, reason);
    this.close(peer, route);
  }
}
