/**
 * One run against a peer: servers, each with a process of clients of its own on its own port, the same sizes and rates as
 * our box gets. Either holds idle connections at several sizes or relays messages at a set rate.
 */
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../../capacity/run-record.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { loopbackAddress } from '../client/destinations.ts';
import { ChildProcesses } from './child-processes.ts';
import { pause, until } from './pacing.ts';
import type { FromPeerClient, PeerCounts, ToPeerClient } from './peer-client.ts';
import { PeerWatch } from './peer-watch.ts';

export interface PeerPlan {
  readonly name: string;
  /** Starts a server that prints its port. */
  readonly command: readonly string[];
  readonly pairs: number;
  /** Connections in all at which memory is measured; the last is all. */
  readonly sizes: readonly number[];
  readonly connectionsPerSecond: number;
  readonly relay?: { readonly sendsPerSecond: number; readonly warmSeconds: number; readonly seconds: number };
}

const ADDRESSES = 4;
const SETTLE_MS = 2_000;
const STALL_MS = 20_000;
/** Until the clients have begun, and between the window’s end and theirs. */
const RELAY_LEAD_SECONDS = 1.25;
const PAYLOAD_BYTES = 200;
const CLIENT = fileURLToPath(new URL('peer-client.ts', import.meta.url));

export const PEER_WS = (node: string): readonly string[] => [node, fileURLToPath(new URL('peer-ws.mjs', import.meta.url))];
export const PEER_BUN: readonly string[] = [process.execPath, '--smol', fileURLToPath(new URL('peer-bun.ts', import.meta.url))];

export async function runPeer(plan: PeerPlan, signal: AbortSignal): Promise<RunRecord> {
  const children = new ChildProcesses();
  let watch: PeerWatch | undefined;
  try {
    const pairs: Pair[] = [];
    const most = plan.sizes.at(-1)!;
    for (let index = 0; index < plan.pairs; index++) {
      const server = await children.server(plan.command);
      pairs.push(
        await Pair.start(children, server, Math.floor((most * (index + 1)) / plan.pairs) - Math.floor((most * index) / plan.pairs)),
      );
    }
    const total = (count: keyof PeerCounts) => pairs.reduce((sum, pair) => sum + pair.counts[count], 0);
    const totals = () => ({ open: total('open'), due: total('due'), acked: total('acked'), delivered: total('delivered') });
    const pids = { edge: pairs.map((pair) => pair.serverPid), worker: pairs.map((pair) => pair.clientPid) };
    const { relay } = plan;
    watch = new PeerWatch(
      {
        name: plan.name,
        connections: most,
        connectionsPerSecond: plan.connectionsPerSecond,
        sendsPerSecond: relay?.sendsPerSecond ?? 0,
        chatSeconds: relay?.seconds ?? 0,
        bodyBytes: PAYLOAD_BYTES,
      },
      () => pids,
      totals,
    );
    await pause(SETTLE_MS, signal);
    watch.checkpoint();
    for (const size of plan.sizes) {
      watch.begin('handshake', 'ramp');
      for (const pair of pairs) pair.connect(size / most, plan.connectionsPerSecond / plan.pairs);
      await until(
        () => total('open') + total('failed') >= size,
        () => total('open'),
        signal,
      );
      watch.end();
      await pause(SETTLE_MS, signal);
      watch.checkpoint();
    }
    const latencies = relay === undefined ? [] : await relayed(pairs, relay, watch, signal);
    return watch.finish(latencies, total('failed'));
  } finally {
    watch?.abandon();
    await children.stop();
  }
}

/** The window lies inside the sending, so that nothing of its start and end is counted. */
async function relayed(pairs: readonly Pair[], relay: NonNullable<PeerPlan['relay']>, watch: PeerWatch, signal: AbortSignal) {
  const [pair] = pairs;
  const finished = pair!.relay(relay.sendsPerSecond, relay.warmSeconds + relay.seconds + 2 * RELAY_LEAD_SECONDS);
  await pause((RELAY_LEAD_SECONDS + relay.warmSeconds) * 1_000, signal);
  watch.begin('chat', 'chat');
  await pause(relay.seconds * 1_000, signal);
  watch.end();
  const done = await Promise.race([finished, Bun.sleep(STALL_MS).then(() => undefined)]);
  if (done === undefined) throw new BackendError('peerRelay', 'the clients of the peer did not end their sending', false);
  return done.latencies;
}

class Pair {
  counts: PeerCounts = { open: 0, failed: 0, due: 0, acked: 0, delivered: 0 };
  clientPid = 0;
  readonly serverPid: number;
  private readonly connections: number;
  private send!: (message: ToPeerClient) => void;
  private onMessage: (message: FromPeerClient) => void = () => {};

  private constructor(serverPid: number, connections: number) {
    this.serverPid = serverPid;
    this.connections = connections;
  }

  static async start(
    children: ChildProcesses,
    server: { readonly pid: number; readonly port: number },
    connections: number,
  ): Promise<Pair> {
    const pair = new Pair(server.pid, connections);
    const started = Promise.withResolvers<void>();
    const client = children.add(
      Bun.spawn([process.execPath, '--smol', CLIENT], {
        stdio: ['ignore', 'inherit', 'inherit'],
        serialization: 'advanced',
        ipc: (message: FromPeerClient) => {
          if (message.type === 'started') return started.resolve();
          pair.counts = message.counts;
          pair.onMessage(message);
        },
        onExit: () => started.reject(new BackendError('peerClient', 'a process of clients ended at its start', false)),
      }),
    );
    pair.clientPid = client.pid;
    pair.send = (message) => client.send(message);
    await started.promise;
    const addresses = Array.from({ length: ADDRESSES }, (_, index) => loopbackAddress(index));
    pair.send({ type: 'setup', connections, addresses, port: server.port });
    return pair;
  }

  connect(share: number, perSecond: number): void {
    // Rounded up: six pairs that each leave out a third of a connection never reach the sum that is waited for.
    this.send({ type: 'connect', until: Math.ceil(this.connections * share), perSecond });
  }

  relay(sendsPerSecond: number, seconds: number): Promise<Extract<FromPeerClient, { type: 'relayed' }>> {
    this.send({ type: 'relay', sendsPerSecond, seconds });
    return new Promise((resolve) => {
      this.onMessage = (message) => {
        if (message.type === 'relayed') resolve(message);
      };
    });
  }
}
