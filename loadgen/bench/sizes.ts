/** How large and how long each run is: at the sizes of the goals, or so that all of it takes a few minutes. */
import type { RunName } from './rows.ts';

export interface BenchSizes {
  readonly idleConnections: number;
  readonly connectionsPerSecond: number;
  /** Of heartbeats alone, so that their cost can be taken off. */
  readonly idleSeconds: number;
  /** Server and client processes of a peer, in pairs: a process has 20,000 files here. */
  readonly peerPairs: number;
  /** The ws edge is one process on a Node that can't share a port. */
  readonly wsEdgeConnections: number;
  readonly messageConnections: number;
  /** Without the warm-up. A run of our own is cut in windows of 15 s, of which the first warms it. */
  readonly messageSeconds: number;
  readonly messageWarmSeconds: number;
  readonly artilleryPerStep: number;
  readonly artilleryPerSecond: number;
  /** Between two runs. */
  readonly settleSeconds: number;
  /** Before memory is measured, for sockets of earlier runs that wait in the kernel for up to a minute. */
  readonly timeWaitSeconds: number;
  /** On real systems: before anything is measured, since JVMs compile. */
  readonly realWarmSeconds: number;
  readonly realSeconds: number;
  readonly realAwaySeconds: number;
  /** Runs that are left out at these sizes. */
  readonly without: readonly RunName[];
}

export const GOAL_SIZES: BenchSizes = {
  idleConnections: 100_000,
  connectionsPerSecond: 5_000,
  idleSeconds: 10,
  peerPairs: 6,
  wsEdgeConnections: 15_000,
  messageConnections: 2_000,
  messageSeconds: 30,
  messageWarmSeconds: 15,
  artilleryPerStep: 2_000,
  artilleryPerSecond: 200,
  settleSeconds: 3,
  timeWaitSeconds: 65,
  realWarmSeconds: 180,
  realSeconds: 600,
  realAwaySeconds: 60,
  without: [],
};

export const QUICK_SIZES: BenchSizes = {
  idleConnections: 20_000,
  connectionsPerSecond: 8_000,
  idleSeconds: 2,
  peerPairs: 2,
  wsEdgeConnections: 5_000,
  messageConnections: 500,
  messageSeconds: 3,
  messageWarmSeconds: 2,
  artilleryPerStep: 400,
  artilleryPerSecond: 200,
  settleSeconds: 1,
  timeWaitSeconds: 0,
  realWarmSeconds: 10,
  realSeconds: 30,
  realAwaySeconds: 15,
  without: ['ws-edge-idle', 'ws-edge-10k', 'ws-edge-2500', 'bun-2500', 'ws-2500', 'artillery-10k'],
};

/** Five sizes up to the largest, as a run of our own has them. */
export function fiveSizes(largest: number): readonly number[] {
  return [0.2, 0.4, 0.6, 0.8, 1].map((share) => Math.round(largest * share));
}
