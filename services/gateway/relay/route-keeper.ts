/**
 * Routes that must stand again: those of an edge that announced its sessions to a new relay, and all of them after the
 * table was lost. They are put in pages, at a pace, and again until it holds: a session without a route gets nothing.
 */
import type { Route, Routes } from '../../routes/routes.ts';
import type { EdgePeer } from './edge-peer.ts';

export interface RouteKeeperOptions {
  readonly routes: Routes;
  /** The session that lost its device to another, as Routes.put says. */
  readonly onLoser: (peer: EdgePeer, loser: Route) => void;
  /** Counts routes put again after a loss. */
  readonly onRewritten: (routes: number) => void;
  /** Resolves when the gateway's lease lives: before that its routes count for nothing. */
  readonly whenLive: () => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
  readonly log: (message: string) => void;
}

const PUT_PAGE = 1_000;
/** Pace at which lost routes are put again. */
const PAGE_PAUSE_MS = 50;
const RETRY_MS = 500;

export class RouteKeeper {
  private readonly options: RouteKeeperOptions;
  private losses = 0;
  private rewriting = false;
  private putting = 0;
  private stopped = false;

  constructor(options: RouteKeeperOptions) {
    this.options = options;
  }

  stop(): void {
    this.stopped = true;
  }

  /** No route is waiting to be put. */
  get isSettled(): boolean {
    return !this.rewriting && this.putting === 0;
  }

  /** Puts the routes of these sessions, and waits until they count. */
  async put(peer: EdgePeer, connections: readonly number[]): Promise<void> {
    this.putting++;
    for (const page of pagesOf(connections)) await this.untilItHolds(peer, page);
    this.putting--;
    await this.options.whenLive();
  }

  /** The table may have lost routes: puts all again and has each client ask what it missed. One that is lost meanwhile, once more. */
  async rewrite(peers: () => Iterable<EdgePeer>): Promise<void> {
    this.losses++;
    if (this.rewriting) return;
    this.rewriting = true;
    for (let seen = 0; seen !== this.losses && !this.stopped; ) {
      seen = this.losses;
      await this.rewriteAll(peers, () => seen === this.losses);
    }
    this.rewriting = false;
  }

  private async rewriteAll(peers: () => Iterable<EdgePeer>, isCurrent: () => boolean): Promise<void> {
    for (const peer of peers()) {
      for (const page of pagesOf([...peer.sessions.connections()])) {
        await this.untilItHolds(peer, page);
        await this.options.whenLive();
        if (!isCurrent() || this.stopped) return;
        peer.newer(page);
        this.options.onRewritten(page.length);
        await this.options.pause(PAGE_PAUSE_MS);
      }
    }
  }

  private async untilItHolds(peer: EdgePeer, connections: readonly number[]): Promise<void> {
    while (!this.stopped) {
      const there = connections
        .filter((connection) => peer.sessions.has(connection))
        .map((connection) => peer.sessions.routeOf(connection));
      if (there.length === 0) return;
      try {
        for (const loser of await this.options.routes.put(there)) if (loser !== undefined) this.options.onLoser(peer, loser);
        return;
      } catch (error) {
        this.options.log(`routes not written: ${(error as Error).message}`);
        await this.options.pause(RETRY_MS);
      }
    }
  }
}

function* pagesOf(connections: readonly number[]): Iterable<readonly number[]> {
  for (let at = 0; at < connections.length; at += PUT_PAGE) yield connections.slice(at, at + PUT_PAGE);
}
