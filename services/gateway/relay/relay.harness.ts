/** A relay over memory backends and the edge's end of its links, for tests of what passes between them. */
import { afterEach } from 'bun:test';
import { createMemoryBus } from '../../bus/bus-memory.ts';
import type { LogBus } from '../../bus/log-bus.ts';
import { encodeDelivery } from '../../bus/record-codec.ts';
import type { AddressedSession, LogEntry } from '../../bus/records.ts';
import { decode } from '../../protocol/codec.ts';
import type { Frame } from '../../protocol/frames.ts';
import { deviceKey } from '../../protocol/ids.ts';
import { varintBytes, writeVarint } from '../../protocol/varint.ts';
import { RoutesMemory } from '../../routes/routes-memory.ts';
import { FramedStream } from '../../runtime/framed-stream.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { VERSIONS, type VersionRange } from '../../runtime/versions.ts';
import { StoreMemory } from '../../store/store-memory.ts';
import { type AnnouncedSession, linkHello, openMessage, readF64, readU32, TO_EDGE } from '../link/link-frames.ts';
import { RELAY_METRICS, relayCells } from './metrics.ts';
import { Relay, type RelayOptions } from './relay.ts';

const NO_POSITION = new Uint8Array(0);
export const GATEWAY = 1;

const stops: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

export function startRelay(options: Partial<RelayOptions> = {}) {
  const bus: LogBus = createMemoryBus({ partitions: { messages: 1, receipts: 1, deliveries: GATEWAY + 1 }, now: Date.now });
  const routes = new RoutesMemory(1_000);
  const cells = relayCells(new Metrics(RELAY_METRICS));
  const relay = new Relay({
    gateway: GATEWAY,
    cell: 0,
    bus,
    routes,
    store: new StoreMemory({ partitions: 1, recordAt: () => undefined }),
    cells,
    edges: 1,
    edgeGraceMs: 200,
    pendingBytesLimit: 1e6,
    lingerMs: 0,
    connectionsPerUser: 8,
    mintResumeToken: () => Buffer.from('token'),
    nowMs: () => 1_800_000_000_000,
    random: () => 0.5,
    log: () => undefined,
    ...options,
  });
  relay.start();
  stops.push(async () => {
    await relay.stop();
    await bus.close();
  });
  return { relay, bus, routes, cells };
}

/** An edge's end of a link: what it says, and what it heard. */
export class Link {
  readonly heard: Uint8Array[] = [];
  cut = false;
  private readonly side: ReturnType<Relay['linkOpened']>;

  constructor(relay: Relay, edge: number, incarnation: number, firstNumber = 1, versions: VersionRange = VERSIONS.link) {
    const heard = new FramedStream({
      maxFrameBytes: 1e7,
      onFrame: (message) => this.heard.push(message.slice()),
      onBroken: () => undefined,
    });
    heard.attach({ write: () => 0, end: () => undefined });
    const stream = new FramedStream({ maxFrameBytes: 1e7, onFrame: () => undefined, onBroken: () => undefined });
    stream.attach({
      write: (bytes) => {
        if (!this.cut) heard.receive(bytes.slice());
        return bytes.length;
      },
      end: () => undefined,
    });
    this.side = relay.linkOpened(stream, () => {
      this.cut = true;
    });
    this.say(linkHello(versions, edge, new Uint8Array(8).fill(incarnation), firstNumber));
  }

  say(...messages: readonly Uint8Array[]): void {
    for (const message of messages) this.side.onFrame(message);
  }

  /** The link breaks: what was not read is lost. */
  drop(): void {
    this.cut = true;
    this.side.onClose();
  }

  of(kind: number): Uint8Array[] {
    return this.heard.filter((message) => message[0] === kind);
  }

  /** Frames for a connection, with what they settle. */
  framesFor(connection: number, settles?: number): Frame[] {
    const mine = this.of(TO_EDGE.to).filter((to) => readU32(to, 2) === connection && (settles === undefined || to[1] === settles));
    return mine.flatMap((to) => {
      const frames: Frame[] = [];
      for (let at = 6; at < to.length; ) {
        const decoded = decode(to, at);
        if (!decoded.ok) throw new Error(decoded.reason);
        frames.push(decoded.frame!);
        at = decoded.next;
      }
      return frames;
    });
  }

  /** Connections that were told that something newer may exist. */
  get newer(): number[] {
    return this.newerPages.flat();
  }

  /** The same by message. */
  get newerPages(): number[][] {
    return this.of(TO_EDGE.newer).map((message) =>
      Array.from({ length: (message.length - 1) / 4 }, (_, index) => readU32(message, 1 + index * 4)),
    );
  }

  get settledUpTo(): number {
    return Math.max(0, ...this.of(TO_EDGE.taken).map((message) => readF64(message, 1)));
  }
}

export const session = (connection: number, device: number, opening = false): AnnouncedSession => ({
  connection,
  device,
  epoch: 1_000,
  opening,
});
export const open = (connection: number, device: number, heartbeatSeconds = 30, flags = 0) =>
  openMessage(connection, device, 1_000, flags, heartbeatSeconds, NO_POSITION);

export async function until(holds: () => boolean, limitMs = 3_000): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 5) {
    if (waitedMs > limitMs) throw new Error('waited too long');
    await Bun.sleep(5);
  }
}

/** An entry about membership, as dispatch writes it. */
export function membership(kind: number, conversation: number, user: number, ...sessions: AddressedSession[]): Uint8Array {
  const body = new Uint8Array(varintBytes(user));
  writeVarint(body, 0, user);
  const entry: LogEntry = {
    conversation,
    sequence: 2,
    kind,
    sender: deviceKey(1, 0),
    id: new Uint8Array(16),
    loggedAtMs: 1,
    contentType: 0,
    bodies: [{ device: 0, body }],
  };
  return encodeDelivery({ kind: 'entry', entry, sessions: sessions.map((one) => ({ ...one, body: 0 })) });
}
