/** What each run of the bench does, and about how long it takes. */
import { type ArtillerySends, runArtillery, runArtillerySends } from './artillery-run.ts';
import { type BoxPlan, runBox } from './box-run.ts';
import { PEER_BUN, PEER_WS, type PeerPlan, runPeer } from './peer-run.ts';
import type { RealSystems } from './real-box.ts';
import { realRuns } from './real-runs.ts';
import { ARTILLERY_SECONDS, type RunName } from './rows.ts';
import type { Outcome } from './run-outcome.ts';
import { type BenchSizes, fiveSizes } from './sizes.ts';

export interface BenchRun {
  /** A guess, for the time left; what it really took replaces it. */
  readonly seconds: number;
  /** Memory is measured: it waits for the sockets of earlier runs to leave the kernel. */
  readonly measuresMemory: boolean;
  run(folder: string, signal: AbortSignal): Promise<Outcome>;
}

/** Start, ends, checkpoints and the pauses before them. */
const BOX_OVERHEAD_SECONDS = 28;
const PEER_OVERHEAD_SECONDS = 16;
const ARTILLERY_OVERHEAD_SECONDS = 32;
const HEARTBEAT_SECONDS = 30;
const MILLION_RAMP = 10_000;
/** As the peers, which relay in one process: what a second edge costs in smaller batches is not what the row asks. */
const MESSAGE_EDGES = 1;

export function benchRuns(sizes: BenchSizes, node: string | undefined, real?: RealSystems): Readonly<Record<RunName, BenchRun>> {
  const rampSeconds = (connections: number) => connections / sizes.connectionsPerSecond;
  const idleBox = (name: string, more: Partial<BoxPlan> = {}): BenchRun => {
    const plan = { ...idlePlan(name, sizes), ...more };
    return {
      seconds: rampSeconds(plan.connections) + plan.idleSeconds + BOX_OVERHEAD_SECONDS,
      measuresMemory: true,
      run: (folder, signal) => runBox(plan, folder, signal),
    };
  };
  const messageBox = (name: string, sendsPerSecond: number, more: Partial<BoxPlan> = {}): BenchRun => ({
    seconds: sizes.messageWarmSeconds + sizes.messageSeconds + sizes.idleSeconds + BOX_OVERHEAD_SECONDS,
    measuresMemory: false,
    run: (folder, signal) => runBox({ ...messagePlan(name, sendsPerSecond, sizes), ...more }, folder, signal),
  });
  const idlePeer = (name: string, command: readonly string[] | undefined): BenchRun => ({
    seconds: rampSeconds(sizes.idleConnections) + PEER_OVERHEAD_SECONDS,
    measuresMemory: true,
    run: (_, signal) =>
      peer(command, signal, {
        name,
        pairs: sizes.peerPairs,
        sizes: fiveSizes(sizes.idleConnections),
        connectionsPerSecond: sizes.connectionsPerSecond,
      }),
  });
  const relayPeer = (name: string, command: readonly string[] | undefined, sendsPerSecond: number): BenchRun => ({
    seconds: sizes.messageWarmSeconds + sizes.messageSeconds + PEER_OVERHEAD_SECONDS,
    measuresMemory: false,
    run: (_, signal) =>
      peer(command, signal, {
        name,
        pairs: 1,
        sizes: [sizes.messageConnections],
        connectionsPerSecond: sizes.connectionsPerSecond,
        relay: { sendsPerSecond, warmSeconds: sizes.messageWarmSeconds, seconds: sizes.messageSeconds },
      }),
  });
  const ws = node === undefined ? undefined : PEER_WS(node);
  const wsEdge = (run: BenchRun): BenchRun => (node === undefined ? { ...run, run: async () => NO_NODE } : run);
  const oneEdge = { transport: 'ws', edges: 1 } as const;
  return {
    'idle-hs256': idleBox('idle-hs256'),
    'idle-eddsa': idleBox('idle-eddsa', { tokenAlgorithm: 'EdDSA' }),
    'idle-tls': idleBox('idle-tls', { tls: true }),
    'ws-edge-idle': wsEdge(idleBox('ws-edge-idle', { ...oneEdge, connections: sizes.wsEdgeConnections })),
    'message-10k': messageBox('message-10k', 10_000),
    'message-2500': messageBox('message-2500', 2_500),
    'ws-edge-10k': wsEdge(messageBox('ws-edge-10k', 10_000, oneEdge)),
    'ws-edge-2500': wsEdge(messageBox('ws-edge-2500', 2_500, oneEdge)),
    'bun-idle': idlePeer('bun-idle', PEER_BUN),
    'ws-idle': idlePeer('ws-idle', ws),
    'bun-10k': relayPeer('bun-10k', PEER_BUN, 10_000),
    'bun-2500': relayPeer('bun-2500', PEER_BUN, 2_500),
    'ws-10k': relayPeer('ws-10k', ws, 10_000),
    'ws-2500': relayPeer('ws-2500', ws, 2_500),
    artillery: {
      seconds: (3 * sizes.artilleryPerStep) / sizes.artilleryPerSecond + ARTILLERY_OVERHEAD_SECONDS,
      measuresMemory: true,
      run: async (_, signal) =>
        node === undefined
          ? NO_NODE
          : runArtillery(node, { connectionsPerStep: sizes.artilleryPerStep, connectionsPerSecond: sizes.artilleryPerSecond }, signal),
    },
    'artillery-10k': {
      seconds: sizes.messageConnections / sizes.artilleryPerSecond + ARTILLERY_SECONDS + ARTILLERY_OVERHEAD_SECONDS,
      measuresMemory: false,
      run: async (_, signal) => (node === undefined ? NO_NODE : runArtillerySends(node, artillerySends(sizes), signal)),
    },
    ...realRuns(sizes, real),
    million: holding('million', 1_000_000, 60, sizes),
    'two-million': holding('two-million', 2_000_000, 120, sizes),
  };
}

const NO_NODE = { notRun: 'there is no node on the path' } as const;

async function peer(command: readonly string[] | undefined, signal: AbortSignal, plan: Omit<PeerPlan, 'command'>): Promise<Outcome> {
  return command === undefined ? NO_NODE : runPeer({ ...plan, command }, signal);
}

/** As many as are asked for, held for two heartbeats: how far it gets, and what stopped it, is in the record. */
function holding(name: string, connections: number, heartbeatSeconds: number, sizes: BenchSizes): BenchRun {
  const plan = {
    ...idlePlan(name, sizes),
    connections,
    connectionsPerSecond: MILLION_RAMP,
    heartbeatSeconds,
    idleSeconds: heartbeatSeconds + 5,
    reportProgress: true as const,
  };
  return {
    seconds: connections / MILLION_RAMP + plan.idleSeconds + BOX_OVERHEAD_SECONDS * 3,
    measuresMemory: true,
    run: (folder, signal) => runBox(plan, folder, signal),
  };
}

function artillerySends({ messageConnections, artilleryPerSecond }: BenchSizes): ArtillerySends {
  return { connections: messageConnections, connectionsPerSecond: artilleryPerSecond, sendsPerSecond: 10_000, seconds: ARTILLERY_SECONDS };
}

function idlePlan(name: string, sizes: BenchSizes): BoxPlan {
  return {
    name,
    connections: sizes.idleConnections,
    connectionsPerSecond: sizes.connectionsPerSecond,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    idleSeconds: sizes.idleSeconds,
    sendsPerSecond: 0,
    chatSeconds: 0,
    tls: false,
    tokenAlgorithm: 'HS256',
    transport: 'bun',
  };
}

function messagePlan(name: string, sendsPerSecond: number, sizes: BenchSizes): BoxPlan {
  return {
    ...idlePlan(name, sizes),
    connections: sizes.messageConnections,
    sendsPerSecond,
    chatSeconds: sizes.messageWarmSeconds + sizes.messageSeconds,
    edges: MESSAGE_EDGES,
  };
}
