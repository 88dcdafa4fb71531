/**
 * Sessions and their routes: a route is written before the resume position is read, removed when the session ends, and put
 * again at a pace after the table was lost. Opens of one turn share their requests.
 */
import { encodeFrame } from '../../protocol/codec.ts';
import { FRAMES, HELLO_FLAGS } from '../../protocol/frame-table.ts';
import { userOf } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { Route, Routes } from '../../routes/routes.ts';
import type { StoreReads } from '../../store/store.ts';
import { ANNOUNCE_PAGE, type AnnouncedSession } from '../link/link-frames.ts';
import type { EdgePeer } from './edge-peer.ts';
import type { RelayCells } from './metrics.ts';
import { changedFrame, errorFrame } from './reads.ts';
import { UserCounts } from './user-counts.ts';

export interface SessionRoutesOptions {
  readonly routes: Routes;
  readonly store: StoreReads;
  readonly cells: RelayCells;
  readonly connectionsPerUser: number;
  readonly heartbeatSeconds: number;
  readonly nowMs: () => number;
  readonly findPeer: (edge: number) => EdgePeer | undefined;
  readonly mintResumeToken: (device: number) => Uint8Array;
  readonly log: (message: string) => void;
}

interface Opening {
  readonly peer: EdgePeer;
  readonly route: Route;
  readonly flags: number;
  readonly heartbeatSeconds: number;
  readonly position: Uint8Array;
  /** Numbered message to settle, or 0. */
  readonly number: number;
}

const NO_TOKEN = new Uint8Array(0);
const NO_POSITION = new Uint8Array(0);
const PUT_PAGE = 1_000;
/** Opens wait this long for others: in a storm a request to the backends then carries dozens, and nobody notices 5 ms. */
const OPEN_LINGER_MS = 5;
/** Pace at which lost routes are put again. */
const REWRITE_PAGES_PER_SECOND = 20;

export class SessionRoutes {
  private readonly options: SessionRoutesOptions;
  private readonly counts = new UserCounts();
  private opening: Opening[] = [];
  private removing: Route[] = [];
  private scheduled = false;
  private sessions = 0;
  private rewriting = false;

  constructor(options: SessionRoutesOptions) {
    this.options = options;
  }

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
    if (peer.sessions.has(connection)) return number === 0 ? undefined : peer.settle(number);
    this.add(peer, connection, device, epoch);
    if (this.counts.add(userOf(device)) > this.options.connectionsPerUser) peer.kick(connection, 'userConnections');
    this.opening.push({ peer, route: peer.sessions.routeOf(connection), flags, heartbeatSeconds, position, number });
    this.schedule();
  }

  /** The edge's sessions as it has them; those that it no longer has are gone. */
  announced(peer: EdgePeer, sessions: readonly AnnouncedSession[]): void {
    for (const { connection, device, epoch, opening } of sessions) {
      if (opening) {
        this.open(peer, connection, device, epoch, 0, this.options.heartbeatSeconds, NO_POSITION, 0);
      } else if (!peer.sessions.has(connection)) {
        this.add(peer, connection, device, epoch);
        this.counts.add(userOf(device));
        void this.put(peer, [peer.sessions.routeOf(connection)]);
      }
      if (peer.tailLost) peer.newer(connection);
    }
    if (sessions.length < ANNOUNCE_PAGE) peer.tailLost = false;
  }

  close(peer: EdgePeer, route: Route): void {
    if (peer.sessions.remove(route.connection)) {
      this.counts.remove(userOf(route.device));
      this.sessions--;
      this.options.cells.sessions.value = this.sessions;
    }
    this.removing.push(route);
    this.schedule();
  }

  /** Ends every session of an edge that is gone for good. */
  closeAll(peer: EdgePeer): void {
    for (const connection of [...peer.sessions.connections()]) this.close(peer, peer.sessions.routeOf(connection));
  }

  /** The table may have lost routes: puts all again at a pace, and has each client ask what it missed. */
  async rewrite(peers: () => Iterable<EdgePeer>): Promise<void> {
    if (this.rewriting) return;
    this.rewriting = true;
    try {
      for (const peer of peers()) {
        const connections = [...peer.sessions.connections()];
        for (let at = 0; at < connections.length; at += PUT_PAGE) {
          const page = connections.slice(at, at + PUT_PAGE).filter((connection) => peer.sessions.has(connection));
          await this.put(
            peer,
            page.map((connection) => peer.sessions.routeOf(connection)),
          );
          for (const connection of page) peer.newer(connection);
          this.options.cells.routesRewritten.value += page.length;
          await new Promise((resolve) => setTimeout(resolve, 1_000 / REWRITE_PAGES_PER_SECOND));
        }
      }
    } finally {
      this.rewriting = false;
    }
  }

  private add(peer: EdgePeer, connection: number, device: number, epoch: number): void {
    peer.sessions.add(connection, device, epoch);
    this.sessions++;
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
    for (let at = 0; at < removing.length; at += PUT_PAGE) {
      this.options.routes
        .remove(removing.slice(at, at + PUT_PAGE))
        .catch((error: Error) => this.options.log(`routes not removed: ${error.message}`));
    }
  }

  private flushOpenings(): void {
    const opening: Opening[] = [];
    for (const each of this.opening) {
      // One that has closed meanwhile must leave no route: its removal has gone before.
      if (each.peer.sessions.has(each.route.connection)) opening.push(each);
      else if (each.number !== 0) each.peer.settle(each.number);
    }
    this.opening = [];
    for (let at = 0; at < opening.length; at += PUT_PAGE) void this.finish(opening.slice(at, at + PUT_PAGE));
  }

  private async finish(openings: readonly Opening[]): Promise<void> {
    try {
      const losers = await this.options.routes.put(openings.map(({ route }) => route));
      for (const [index, { peer }] of openings.entries()) this.kickLoser(peer, losers[index]);
    } catch (error) {
      this.options.log(`routes not written: ${(error as Error).message}`);
      for (const { peer, route, number } of openings) {
        peer.to(route.connection, 0, [errorFrame('busy', FRAMES.hello.type, undefined, 1_000)]);
        peer.kick(route.connection, 'relayAway');
        if (number !== 0) peer.settle(number);
      }
      return;
    }
    await this.answer(openings);
  }

  /** The routes are written: only now may the positions be read. */
  private async answer(openings: readonly Opening[]): Promise<void> {
    let changed: readonly Uint8Array[];
    try {
      const asked = openings.map(({ route, position }) => ({ user: userOf(route.device), position }));
      changed = (await this.options.store.changedSinceEach(asked, LIMITS.changesPerPage.value)).map(changedFrame);
    } catch (error) {
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
      if (number !== 0) peer.settle(number);
    }
  }

  private async put(peer: EdgePeer, routes: readonly Route[]): Promise<void> {
    try {
      const losers = await this.options.routes.put(routes);
      for (const loser of losers) this.kickLoser(peer, loser);
    } catch (error) {
      this.options.log(`routes not written: ${(error as Error).message}`);
    }
  }

  /** The session that lost its device to a newer one, where it is on this box. */
  private kickLoser(peer: EdgePeer, loser: Route | undefined): void {
    if (loser === undefined) return;
    const owner = loser.edge === peer.edge ? peer : this.options.findPeer(loser.edge);
    if (owner?.sessions.has(loser.connection)) owner.kick(loser.connection, 'replaced');
  }
}
