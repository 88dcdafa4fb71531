/**
 * The processes of a gateway in a simulation: edges and their relay, each with the product's own logic, over links that
 * break. Each may die and be started again; what it had in memory is gone with it.
 */
import { Admission } from '../gateway/edge/admission.ts';
import { Edge } from '../gateway/edge/edge.ts';
import { edgeCells } from '../gateway/edge/metrics.ts';
import { CLOSE_BYTES, RelayLink } from '../gateway/edge/relay-link.ts';
import { type Identity, type NotIdentified, Tokens, type UpgradeHeaders } from '../gateway/edge/tokens.ts';
import type { Relay } from '../gateway/relay/relay.ts';
import { SUBPROTOCOLS } from '../protocol/frame-table.ts';
import { FramedStream } from '../runtime/framed-stream.ts';
import { HistogramCell } from '../runtime/histogram-cell.ts';
import { type Cell, Metrics } from '../runtime/metrics.ts';
import { ByteLink } from './byte-link.ts';
import { type ClientSide, SimSocket } from './client-socket.ts';
import { Life, type VirtualTime } from './virtual-time.ts';

export interface SimRelay {
  readonly life: Life;
  readonly relay: Relay;
  readonly links: Set<ByteLink>;
}

/** Counts nothing; its cells are numbers as everywhere. */
export class Uncounted extends Metrics {
  constructor() {
    super([]);
  }

  override cell(): Cell {
    return { value: 0 };
  }

  override histogram(): HistogramCell {
    return new HistogramCell([]);
  }
}

/** A device shows its number in place of a token. */
class NumberTokens extends Tokens {
  constructor() {
    super({ clockSkewSeconds: 0, allowedOrigins: [] });
  }

  override identify(headers: UpgradeHeaders): Identity | NotIdentified {
    return { ok: true, device: Number(headers('authorization')), issuedAt: 0, expiresAt: 0xffff_ffff };
  }
}

const PLENTY = { admissionsPerSecond: 1e6, admissionBurst: 1e6, attemptsPerAddressPerSecond: 1e6, attemptsPerAddressBurst: 1e6 };
const SWEEP_MS = 500;
const LARGEST_FRAME_BYTES = 64 * 1_048_576;
const FIRST_RETRY_MS = 20;
const LAST_RETRY_MS = 500;
const SEND_BUFFER_BYTES = 12_000;
/** What an edge may keep for its relay, and a relay for the bus. */
const TAIL_BYTES = 24_000;
export const PENDING_BYTES = 64_000;

export type Dice = (below: number) => number;

export class SimEdge {
  readonly number: number;
  life: Life;
  private readonly skewMs: number;
  private readonly name: string;
  private readonly time: VirtualTime;
  private readonly below: Dice;
  private readonly relayNow: () => SimRelay | undefined;
  private readonly sockets = new Set<SimSocket>();
  private edge: Edge | undefined;
  private link: RelayLink | undefined;
  private current: ByteLink | undefined;
  private starts = 0;

  constructor(time: VirtualTime, below: Dice, gateway: number, number: number, skewMs: number, relayNow: () => SimRelay | undefined) {
    this.time = time;
    this.below = below;
    this.number = number;
    this.skewMs = skewMs;
    this.name = `edge-${gateway}.${number}`;
    this.relayNow = relayNow;
    this.life = this.start();
  }

  /** Bytes that it keeps for the relay. */
  get keptBytes(): number {
    return this.link?.keptBytes ?? 0;
  }

  /** The most that it may keep: its limit, and a close of each session that stood when that was reached. */
  get mostKeptBytes(): number {
    return TAIL_BYTES + (this.edge?.sessions.end ?? 0) * CLOSE_BYTES;
  }

  start(): Life {
    const life = new Life(`${this.name}/${++this.starts}`);
    life.skewMs = this.skewMs;
    this.life = life;
    this.edge = undefined;
    this.time.after(life, 0.1, 'start', () => this.run(life));
    return life;
  }

  die(): void {
    this.life.alive = false;
    this.current?.cut();
    for (const socket of this.sockets) socket.edgeDied();
    this.sockets.clear();
  }

  cutLink(): void {
    this.current?.cut();
  }

  /** A client asks to be let in. Gives its socket, or the time after which it may ask again. */
  upgrade(device: number, client: ClientSide): SimSocket | number {
    const { edge, life } = this;
    if (!life.alive || edge === undefined || life.pausedUntilMs > this.time.nowMs) return 0;
    return this.time.as(life, () => {
      const headers: UpgradeHeaders = (name) =>
        name === 'authorization' ? String(device) : name === 'sec-websocket-protocol' ? SUBPROTOCOLS.at(-1)! : null;
      const answer = edge.admit('client', headers, Date.now());
      if (!answer.ok) return Math.max(50, answer.retryAfterMs);
      const socket: SimSocket = new SimSocket(this.time, this.below, edge, life, answer.slot, client, SEND_BUFFER_BYTES);
      this.sockets.add(socket);
      edge.opened(answer.slot, socket);
      return socket;
    });
  }

  private run(life: Life): void {
    const { time } = this;
    const cells = edgeCells(new Uncounted());
    const random = () => this.below(1_000_000) / 1_000_000;
    const edge = new Edge({
      maxSessions: 1_000,
      heartbeatSeconds: 1,
      tokens: new NumberTokens(),
      admission: new Admission(PLENTY, random, Date.now()),
      cells,
      random,
    });
    let retryMs = FIRST_RETRY_MS;
    const stream = new FramedStream({
      maxFrameBytes: LARGEST_FRAME_BYTES,
      onFrame: (message) => link.received(message),
      onChunkEnd: () => link.chunkEnded(),
      onBroken: () => this.current?.cut(),
    });
    const link = new RelayLink(edge, {
      edgeNumber: this.number,
      incarnation: Uint8Array.from({ length: 8 }, () => this.below(256)),
      tailBytesLimit: TAIL_BYTES,
      // Of two ages side by side, as in a rolling upgrade: each start is the other's turn.
      speaks: (this.number + this.starts) % 2 === 0 ? 'predecessor' : 'newest',
      cells,
      push: (message) => stream.push(message),
      queuedBytes: () => stream.queuedBytes,
      later: (run, ms) => void setTimeout(run, ms),
      log: (message) => time.note(() => message),
      now: Date.now,
    });
    edge.useLink(link);
    this.edge = edge;
    this.link = link;
    setInterval(() => edge.sweep(Date.now(), 1), SWEEP_MS);
    const again = () => {
      setTimeout(connect, retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
    };
    const connect = () => {
      const relay = this.relayNow();
      if (relay === undefined || !relay.life.alive) return again();
      const opened = linkTo(time, this.below, relay, {
        life,
        receive: (chunk) => stream.receive(chunk),
        drained: () => stream.flush(),
        closed: () => {
          this.current = undefined;
          stream.detach();
          link.onDisconnected(Date.now());
          again();
        },
      });
      this.current = opened;
      stream.attach(opened.sink(0));
      retryMs = FIRST_RETRY_MS;
      link.onConnected();
    };
    connect();
  }
}

/** A connection of an edge to the relay's process, which takes it as its server does. */
function linkTo(
  time: VirtualTime,
  below: Dice,
  { life, relay, links }: SimRelay,
  edgeEnd: { life: Life; receive: (chunk: Uint8Array) => void; drained: () => void; closed: () => void },
): ByteLink {
  const stream = new FramedStream({
    maxFrameBytes: LARGEST_FRAME_BYTES,
    onFrame: (message) => side.onFrame(message),
    onBroken: () => link.sink(1).end(),
  });
  const link: ByteLink = new ByteLink(time, below, [
    edgeEnd,
    {
      life,
      receive: (chunk) => stream.receive(chunk),
      drained: () => stream.flush(),
      closed: () => {
        links.delete(link);
        stream.detach();
        side.onClose();
      },
    },
  ]);
  links.add(link);
  const side = time.as(life, () => {
    stream.attach(link.sink(1));
    return relay.linkOpened(stream, () => link.sink(1).end());
  });
  return link;
}

/** The relay's process ends, with its links. */
export function killRelay(relay: SimRelay): void {
  relay.life.alive = false;
  for (const link of relay.links) link.cut();
}
