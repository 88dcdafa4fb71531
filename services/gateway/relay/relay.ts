/**
 * The logic of a relay: the box's one client of bus, store and routes. It takes the messages of its edges and answers
 * through them. Ports, clock and randomness are handed in; sockets stand in `main.ts`.
 */
import type { Bus } from '../../bus/bus.ts';
import type { LogEntry } from '../../bus/records.ts';
import type { Presence, PresenceListener } from '../../presence/presence.ts';
import type { ErrorName } from '../../protocol/error-codes.ts';
import { ENTRY_KINDS, FRAMES, RECEIPT_KINDS } from '../../protocol/frame-table.ts';
import type { FrameOf } from '../../protocol/frames.ts';
import { userOf } from '../../protocol/ids.ts';
import type { Routes } from '../../routes/routes.ts';
import type { FramedStream } from '../../runtime/framed-stream.ts';
import { agreedVersion, type Speaks, spokenVersion, VERSIONS } from '../../runtime/versions.ts';
import type { StoreReads } from '../../store/store.ts';
import {
  ANNOUNCE_PAGE,
  INCARNATION_BYTES,
  MARK_BYTES,
  OPEN_HEADER_BYTES,
  READ_WEIGHT,
  REQUEST_HEADER_BYTES,
  readAnnounce,
  readF64,
  readU32,
  TO_EDGE,
  TO_RELAY,
} from '../link/link-frames.ts';
import { Deliveries } from './deliveries.ts';
import { concernedBy } from './delivery-frames.ts';
import { EdgePeer } from './edge-peer.ts';
import { GatewayLease } from './gateway-lease.ts';
import { KnownRefusals } from './known-refusals.ts';
import type { RelayCells } from './metrics.ts';
import { PresenceAnnouncer } from './presence-announcer.ts';
import { PresenceHub } from './presence-hub.ts';
import { ReadRequests } from './read-requests.ts';
import { errorFrame, requestFrame } from './reads.ts';
import { ReceiptWrites } from './receipt-writes.ts';
import { SessionRoutes } from './session-routes.ts';
import { Writes } from './writes.ts';

export interface RelayOptions {
  readonly gateway: number;
  readonly cell: number;
  readonly bus: Bus;
  readonly store: StoreReads;
  readonly routes: Routes;
  /** Without it presence and typing are answered as not available. */
  readonly presence?: Presence | undefined;
  readonly cells: RelayCells;
  /** Edges of the box: a relay that was started again waits for them before it hands out what is in the log. */
  readonly edges: number;
  readonly edgeGraceMs: number;
  readonly pendingBytesLimit: number;
  readonly lingerMs: number;
  readonly connectionsPerUser: number;
  /** Start of the box by its clock: routes of older sessions are left over from its former life. */
  readonly bornMs?: number;
  /** As its predecessor does, while there are edges and dispatchers of before. */
  readonly speaks?: Speaks;
  readonly mintResumeToken: (device: number) => Uint8Array;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly log: (message: string) => void;
}

export interface LinkSide {
  readonly onFrame: (message: Uint8Array) => void;
  readonly onClose: () => void;
}

const RECEIPT_MS = 100;
const RECEIPTS_COALESCED = 100_000;

export class Relay {
  private readonly options: RelayOptions;
  private readonly peers = new Map<number, EdgePeer>();
  private readonly lease: GatewayLease;
  private readonly sessions: SessionRoutes;
  private readonly writes: Writes;
  private readonly reads: ReadRequests;
  private readonly deliveries: Deliveries;
  private readonly receipts: ReceiptWrites;
  private readonly refusals = new KnownRefusals();
  private readonly presence: PresenceHub | undefined;
  private readonly announcer: PresenceAnnouncer | undefined;
  private readonly receiptTimer: ReturnType<typeof setInterval>;
  private readonly announced = new Set<number>();
  private startTimer: ReturnType<typeof setTimeout> | undefined;
  private delivering = false;
  private stopped = false;

  constructor(options: RelayOptions) {
    this.options = options;
    const findPeer = (edge: number) => this.peers.get(edge);
    const { bus, cells, log } = options;
    const recordVersion = spokenVersion(VERSIONS.record, options.speaks ?? 'newest');
    const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    const { presence } = options;
    if (presence !== undefined) {
      this.presence = new PresenceHub({ ...options, presence, pause });
      this.announcer = new PresenceAnnouncer({ ...options, presence, sessionsOf: (user) => this.sessions.sessionsOf(user) });
    }
    this.lease = new GatewayLease({
      ...options,
      isWhole: () => this.delivering && this.sessions.isSettled,
      bornMs: () => this.sessions.bornMs,
      onLapsed: () => {
        options.cells.leaseLapses.value++;
        this.allNewer();
      },
    });
    this.sessions = new SessionRoutes({
      ...options,
      findPeer,
      speaksFor: (edge) => edge >= options.edges || (this.announced.has(edge) && findPeer(edge)?.connected === true),
      bornMs: options.bornMs ?? 0,
      onOlder: () => this.lease.lost(),
      whenLive: () => this.lease.whenLive(),
      onTurn: (user) => this.announcer?.turn(user),
      onEnded: (peer, connection) => this.presence?.ended(peer, connection),
    });
    this.reads = new ReadRequests({ ...options, marksWritten: () => this.receipts.written() });
    this.writes = new Writes({ ...options, recordVersion, refusals: this.refusals });
    const cutOff = (edge: number) => this.cutOff(edge);
    this.deliveries = new Deliveries({
      bus,
      gateway: options.gateway,
      cells,
      findPeer,
      cutOff,
      onStale: (device) => this.sessions.isGone(device),
      onMembers: (entry) => this.membersChanged(entry),
      onRefused: (conversation, device, code) => this.refusals.note(conversation, userOf(device), code, options.nowMs()),
      log,
      confirmDeadlineMs: options.edgeGraceMs,
    });
    this.receipts = new ReceiptWrites({
      bus,
      cells,
      recordVersion,
      limitBytes: options.pendingBytesLimit / 8,
      limitEntries: RECEIPTS_COALESCED,
    });
    this.receiptTimer = setInterval(() => this.receipts.flush(), RECEIPT_MS);
    options.routes.onLost(() => {
      void this.sessions.rewrite(() => this.peers.values());
      this.lease.lost();
    });
  }

  /**
   * Takes links at once. Deliveries begin when every edge has announced its sessions, or has had its time: before that
   * they would find no session and be lost to clients that never left.
   */
  start(): void {
    this.lease.start();
    this.startTimer = setTimeout(() => this.startDeliveries(), this.options.edgeGraceMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.startTimer);
    clearInterval(this.receiptTimer);
    this.sessions.stop();
    // With sessions left the gateway lives on: another relay takes them over.
    await this.lease.stop(this.sessions.count === 0);
    this.presence?.stop();
    await this.announcer?.stop();
    this.receipts.flush();
    await this.deliveries.stop();
  }

  /** What the presence port is to call. */
  get presenceListener(): PresenceListener | undefined {
    return this.presence;
  }

  /** Records of this gateway's deliveries are missing from the log: every session asks what it lacks. */
  deliveriesMissed(): void {
    this.allNewer();
  }

  private allNewer(): void {
    for (const peer of this.peers.values()) peer.newer([...peer.sessions.connections()]);
  }

  private membersChanged(entry: LogEntry): void {
    const gone = entry.kind === ENTRY_KINDS.memberRemoved || entry.kind === ENTRY_KINDS.memberLeft;
    if (!gone) this.refusals.forget(entry.conversation);
    this.presence?.membersChanged(entry.conversation, gone ? concernedBy(entry) : undefined);
  }

  private startDeliveries(): void {
    if (this.delivering) return;
    this.delivering = true;
    clearTimeout(this.startTimer);
    // Without them a relay is of no use: a failure ends the process, which is started again.
    void this.deliveries.start();
  }

  /** A link that proved the box's secret; its first message must be a hello. */
  linkOpened(stream: FramedStream, close: () => void): LinkSide {
    let peer: EdgePeer | undefined;
    return {
      onFrame: (message) => {
        if (peer !== undefined) {
          // What is left of a link that was given up would be counted into the numbers of the one after it.
          if (peer.isOn(stream)) this.received(peer, message);
          return;
        }
        peer = this.hello(message, stream, close);
        if (peer === undefined) close();
      },
      onClose: () => {
        if (peer !== undefined) this.linkClosed(peer, stream);
      },
    };
  }

  private hello(message: Uint8Array, stream: FramedStream, close: () => void): EdgePeer | undefined {
    if (message[0] !== TO_RELAY.hello) return undefined;
    const mine = { ...VERSIONS.link, newest: spokenVersion(VERSIONS.link, this.options.speaks ?? 'newest') };
    const version = agreedVersion(mine, { oldest: message[1]!, newest: message[2]! });
    if (version === undefined) {
      const reason = `the edge speaks link versions ${message[1]} to ${message[2]}, this relay ${mine.oldest} to ${mine.newest}`;
      stream.push(Uint8Array.of(TO_EDGE.refused), new TextEncoder().encode(reason));
      stream.flush();
      this.options.log(reason);
      return undefined;
    }
    const edge = message[3]! | (message[4]! << 8);
    const incarnation = Buffer.from(message.subarray(5, 5 + INCARNATION_BYTES)).toString('hex');
    const firstNumber = readF64(message, 5 + INCARNATION_BYTES);
    const known = this.peers.get(edge);
    let peer = known;
    if (known === undefined || known.incarnation !== incarnation) {
      if (known !== undefined) this.forget(known);
      peer = new EdgePeer(this.options.gateway, edge, incarnation, firstNumber);
      peer.tailLost = this.delivering;
      this.peers.set(edge, peer);
    } else if (known.connected) {
      // It came back before the end of its former link was seen here.
      known.cutLink();
      this.lost(known);
    }
    peer!.attach(stream, close, firstNumber, version);
    peer!.push(Uint8Array.of(TO_EDGE.hello, version));
    this.countEdges();
    return peer;
  }

  private received(peer: EdgePeer, message: Uint8Array): void {
    switch (message[0]) {
      case TO_RELAY.request:
        return this.request(peer, peer.nextNumber++, message);
      case TO_RELAY.marks: {
        const number = peer.nextNumber++;
        for (let at = 1; at + MARK_BYTES <= message.length; at += MARK_BYTES) {
          this.options.cells.marks.value++;
          const kind = message[at] === RECEIPT_KINDS.read ? 'read' : 'delivered';
          const device = peer.sessions.deviceOf(readU32(message, at + 1));
          if (device >= 0) this.receipts.add(kind, readF64(message, at + 5), device, readF64(message, at + 13));
        }
        return this.receipts.whenWritten(() => peer.settle(number));
      }
      case TO_RELAY.typing:
        return this.presence?.type(peer, readU32(message, 1), readF64(message, 5));
      case TO_RELAY.looks: {
        const [connection, frame] = [readU32(message, 1), requestFrame(message.subarray(REQUEST_HEADER_BYTES))];
        if (frame?.name === 'presenceSubscribe') this.look(peer, connection, 0, frame);
        return;
      }
      case TO_RELAY.confirm:
        return this.deliveries.confirmed(peer.edge, readU32(message, 1));
      case TO_RELAY.open: {
        const position = message.slice(OPEN_HEADER_BYTES);
        const heartbeatSeconds = message[22]! | (message[23]! << 8);
        return this.sessions.open(
          peer,
          readU32(message, 1),
          readF64(message, 5),
          readF64(message, 13),
          message[21]!,
          heartbeatSeconds,
          position,
          peer.nextNumber++,
        );
      }
      case TO_RELAY.close: {
        const [connection, device, epoch] = [readU32(message, 1), readF64(message, 5), readF64(message, 13)];
        const number = peer.nextNumber++;
        const route = { gateway: this.options.gateway, edge: peer.edge, connection, device, epoch };
        return this.sessions.close(peer, route, () => peer.settle(number));
      }
      case TO_RELAY.announce: {
        const page = readAnnounce(message);
        this.sessions.announced(peer, page);
        if (page.length < ANNOUNCE_PAGE && this.announced.add(peer.edge).size >= this.options.edges) this.startDeliveries();
      }
    }
  }

  private request(peer: EdgePeer, number: number, message: Uint8Array): void {
    const connection = readU32(message, 1);
    const device = peer.sessions.deviceOf(connection);
    const frame = requestFrame(message.subarray(REQUEST_HEADER_BYTES));
    if (device < 0 || frame === undefined) return peer.settle(number);
    switch (frame.name) {
      case 'send':
      case 'create':
      case 'addMember':
      case 'removeMember':
      case 'leave':
        return this.writes.take(peer, number, connection, device, frame);
      case 'resume':
      case 'pull':
      case 'history':
      case 'list':
      case 'receipts':
      case 'receiptPrivacy':
        return this.reads.take(peer, number, connection, device, frame);
      case 'presenceSubscribe':
        return this.look(peer, connection, READ_WEIGHT, frame, () => peer.settle(number));
      default:
        peer.settle(number);
    }
  }

  /** `settles`: weight of the request that is answered; 0 for what an edge tells of itself. */
  private look(
    peer: EdgePeer,
    connection: number,
    settles: number,
    { users }: FrameOf<'presenceSubscribe'>,
    answered: () => void = () => undefined,
  ): void {
    const answer = (frames: readonly Uint8Array[]) => {
      peer.to(connection, settles, frames);
      answered();
    };
    const failed = (name: ErrorName) => answer([errorFrame(name, FRAMES.presenceSubscribe.type, undefined, 1_000)]);
    if (!peer.sessions.has(connection)) answered();
    else if (this.presence === undefined) failed('notAvailable');
    else this.presence.subscribe(peer, connection, users, (frames) => (frames === undefined ? failed('busy') : answer(frames)));
  }

  private linkClosed(peer: EdgePeer, stream: FramedStream): void {
    if (peer.isOn(stream)) this.lost(peer);
  }

  private cutOff(edge: number): void {
    const peer = this.peers.get(edge);
    if (peer === undefined) return;
    peer.cutLink();
    this.lost(peer);
  }

  /** Its link is gone. It has a time to come back in before its sessions end. */
  private lost(peer: EdgePeer): void {
    peer.detach();
    this.deliveries.edgeLost(peer.edge);
    peer.tailLost = true;
    peer.losses++;
    const { losses } = peer;
    this.countEdges();
    setTimeout(() => {
      // After a stop the sessions are the next relay's.
      if (this.stopped || peer.connected || peer.losses !== losses || this.peers.get(peer.edge) !== peer) return;
      this.options.cells.edgeLosses.value++;
      this.options.log(`edge ${peer.edge} is gone: its ${peer.sessions.size} sessions end`);
      this.forget(peer);
      this.peers.delete(peer.edge);
    }, this.options.edgeGraceMs);
  }

  private forget(peer: EdgePeer): void {
    peer.detach();
    this.deliveries.edgeLost(peer.edge);
    this.sessions.closeAll(peer);
  }

  private countEdges(): void {
    let connected = 0;
    for (const peer of this.peers.values()) if (peer.connected) connected++;
    this.options.cells.edges.value = connected;
  }
}
