/**
 * What dispatch wrote for this gateway, handed to the edges: DELIVER to recipients, the answer to the session that asked.
 * The position moves only after the edges confirmed. A frame is encoded once per body, whatever the number of sessions.
 */
import type { Bus, BusRecord, Subscription } from '../../bus/bus.ts';
import { decodeDelivery } from '../../bus/record-codec.ts';
import type { AddressedSession, DeliveryRecord, LogEntry } from '../../bus/records.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import { ENTRY_KINDS } from '../../protocol/frame-table.ts';
import { Confirmations } from './confirmations.ts';
import { deliverFrame, originFrames } from './delivery-frames.ts';
import type { EdgePeer } from './edge-peer.ts';
import type { RelayCells } from './metrics.ts';
import { ReceiptFrames } from './receipt-frames.ts';

export interface DeliveriesOptions {
  readonly bus: Bus;
  readonly gateway: number;
  readonly cells: RelayCells;
  readonly findPeer: (edge: number) => EdgePeer | undefined;
  /** Takes an edge off that confirms nothing; its sessions are told to resume when it is back. */
  readonly cutOff: (edge: number) => void;
  /** An entry about members was handed over. */
  readonly onMembers: (entry: LogEntry) => void;
  /** The log refused a record of this device. */
  readonly onRefused: (conversation: number, device: number, code: number) => void;
  /** A device that the routes have on this gateway has no session here. */
  readonly onStale: (device: number) => void;
  /** An edge that has not confirmed for this long is taken off; its sessions are told when it is back. */
  readonly confirmDeadlineMs: number;
  readonly log: (message: string) => void;
}

export const DELIVERIES_GROUP = 'relay';
/** Between two marks an edge confirms nothing: the longest that a killed relay repeats to it. */
const MARK_MS = 100;
const OPEN_BATCHES = 16;
const EDGE_QUEUE_BYTES = 16 * 1_048_576;
const COMMIT_MS = 100;

export class Deliveries {
  private readonly options: DeliveriesOptions;
  private readonly confirmations = new Confirmations();
  private subscription: Subscription | undefined;
  private committer: ReturnType<typeof setInterval> | undefined;
  private wake: (() => void) | undefined;
  private readonly touched = new Set<EdgePeer>();
  private readonly receipts = new ReceiptFrames();
  private nextOffset = 0;
  /** Confirmed by the edges, and not yet known to be committed. */
  private uncommitted: number | undefined;
  private committing = false;
  private marking: ReturnType<typeof setTimeout> | undefined;

  constructor(options: DeliveriesOptions) {
    this.options = options;
  }

  async start(): Promise<void> {
    const { bus, gateway } = this.options;
    this.subscription = await bus.consume(DELIVERIES_GROUP, 'deliveries', gateway, (batch) => this.deliver(batch));
    this.committer = setInterval(() => void this.commit(), COMMIT_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.committer);
    clearTimeout(this.marking);
    this.wake?.();
    await this.subscription?.stop();
    await this.commit();
  }

  confirmed(edge: number, batch: number): void {
    this.confirmations.confirm(edge, batch);
    this.options.cells.unconfirmed.value = this.confirmations.open;
    if (this.confirmations.open < OPEN_BATCHES) this.wake?.();
  }

  /** The edge is gone: nothing waits for it. */
  edgeLost(edge: number): void {
    this.confirmations.forget(edge);
    this.wake?.();
  }

  private async deliver(batch: readonly BusRecord[]): Promise<void> {
    for (const record of batch) {
      const decoded = decodeDelivery(record.value);
      this.options.cells.deliveryRecords.value++;
      if (decoded.ok) this.hand(decoded.record);
      else {
        this.options.cells.poison.value++;
        this.options.log(`delivery at ${record.offset} skipped: ${decoded.reason}`);
      }
    }
    this.nextOffset = batch.at(-1)!.offset + 1;
    if (this.marking === undefined) this.marking = setTimeout(() => this.mark(), MARK_MS);
    if (this.confirmations.open < OPEN_BATCHES && !this.overfull()) return;
    if (this.confirmations.open === 0) this.mark();
    if (this.confirmations.open > 0) await this.untilConfirmed();
  }

  /** An edge reads more slowly than it is written to: the consumer waits for it, and not for ever. */
  private overfull(): boolean {
    for (const peer of this.touched) if (peer.queuedBytes > EDGE_QUEUE_BYTES) return true;
    return false;
  }

  /** Asks the edges that got something since the last mark to confirm: once per mark, not once per record. */
  private mark(): void {
    clearTimeout(this.marking);
    this.marking = undefined;
    this.giveReceipts();
    const connected = [...this.touched].filter((peer) => peer.connected);
    this.touched.clear();
    const number = this.confirmations.begin(
      connected.map((peer) => peer.edge),
      this.nextOffset,
    );
    for (const peer of connected) peer.batch(number);
    this.options.cells.unconfirmed.value = this.confirmations.open;
  }

  private hand(record: DeliveryRecord): void {
    const { cells } = this.options;
    if (record.kind === 'receipt') return this.receipt(record);
    if (record.kind === 'rejection') this.options.onRefused(record.conversation, record.origin.device, record.code);
    else if (record.entry.kind !== ENTRY_KINDS.message) this.options.onMembers(record.entry);
    if (record.origin !== undefined) {
      const peer = this.peerOf(record.origin);
      const frames =
        record.kind === 'entry'
          ? originFrames(record.entry)
          : [
              encodeFrame('rejected', {
                conversation: record.conversation,
                id: record.id,
                code: record.code,
                retryAfterMs: record.retryAfterMs,
              }),
            ];
      peer?.to(record.origin.connection, 0, frames);
    }
    if (record.kind === 'rejection' || record.sessions.length === 0) return;
    if (record.sessions.length === 1) {
      const [session] = record.sessions as [(typeof record.sessions)[0]];
      const peer = this.peerOf(session);
      if (peer === undefined) return;
      cells.deliveries.value++;
      return peer.to(session.connection, 0, [deliverFrame(record.entry, session.body)]);
    }
    const groups = new Map<EdgePeer, Map<number, number[]>>();
    for (const session of record.sessions) {
      const peer = this.peerOf(session);
      if (peer === undefined) continue;
      cells.deliveries.value++;
      const bodies = groups.get(peer) ?? new Map<number, number[]>();
      groups.set(peer, bodies);
      const connections = bodies.get(session.body);
      if (connections === undefined) bodies.set(session.body, [session.connection]);
      else connections.push(session.connection);
    }
    const frames = new Map<number, Uint8Array>();
    for (const [peer, bodies] of groups) {
      for (const [body, connections] of bodies) {
        const frame = frames.get(body) ?? deliverFrame(record.entry, body);
        frames.set(body, frame);
        peer.many(connections, frame);
      }
    }
  }

  /** Waits for others until the next mark, which is not given before it. */
  private receipt({ conversation, user, receipt, sequence, sessions }: Extract<DeliveryRecord, { kind: 'receipt' }>): void {
    for (const session of sessions) {
      const peer = this.peerOf(session);
      if (peer === undefined) continue;
      if (this.receipts.add(peer, session.connection, conversation, user, receipt, sequence)) this.giveReceipts();
    }
  }

  private giveReceipts(): void {
    this.options.cells.receiptFrames.value += this.receipts.flush();
  }

  /** The edge that has the session, unless the connection's number is another device's by now: an edge that starts counts anew. */
  private peerOf({ edge, connection, device }: AddressedSession): EdgePeer | undefined {
    const peer = this.options.findPeer(edge);
    if (peer === undefined || !peer.sessions.has(connection) || (device !== 0 && peer.sessions.deviceOf(connection) !== device)) {
      this.options.cells.staleDeliveries.value++;
      if (device !== 0) this.options.onStale(device);
      return undefined;
    }
    if (!peer.connected) peer.tailLost = true;
    this.touched.add(peer);
    return peer;
  }

  private async untilConfirmed(): Promise<void> {
    const deadline = setTimeout(() => {
      for (const edge of this.confirmations.laggards) {
        this.options.log(`edge ${edge} confirms nothing: its link is cut`);
        this.options.cutOff(edge);
        this.confirmations.forget(edge);
      }
      this.wake?.();
    }, this.options.confirmDeadlineMs);
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    this.wake = undefined;
    clearTimeout(deadline);
  }

  /** One at a time. What could not be committed is tried again: no later delivery may come to do so. */
  private async commit(): Promise<void> {
    this.uncommitted = this.confirmations.takeOffset() ?? this.uncommitted;
    const offset = this.uncommitted;
    if (offset === undefined || this.committing) return;
    this.committing = true;
    try {
      await this.options.bus.commit(DELIVERIES_GROUP, 'deliveries', this.options.gateway, offset);
      if (this.uncommitted === offset) this.uncommitted = undefined;
    } catch (error) {
      this.options.log(`position not moved: ${(error as Error).message}`);
    }
    this.committing = false;
  }
}
