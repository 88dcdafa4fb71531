/** Sends and changes of membership on their way to the bus: ACCEPTED when durable, an error by code when not. */
import type { Bus } from '../../bus/bus.ts';
import { conversationOfCreate } from '../../bus/conversation-of-create.ts';
import { partitionOf } from '../../bus/partition.ts';
import { encodeMessageAs } from '../../bus/record-codec.ts';
import type { MessageRecord } from '../../bus/records.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import type { ErrorName } from '../../protocol/error-codes.ts';
import { FRAMES } from '../../protocol/frame-table.ts';
import type { Frame } from '../../protocol/frames.ts';
import { userOf } from '../../protocol/ids.ts';
import { BackendError } from '../../runtime/backend-error.ts';
import { observeBetween } from '../../runtime/histogram-cell.ts';
import { WRITE_WEIGHT } from '../link/link-frames.ts';
import { AppendBatcher } from './append-batcher.ts';
import type { EdgePeer } from './edge-peer.ts';
import type { KnownRefusals } from './known-refusals.ts';
import type { RelayCells } from './metrics.ts';
import { errorFrame } from './reads.ts';

export type WriteRequest = Extract<Frame, { name: 'send' | 'create' | 'addMember' | 'removeMember' | 'leave' }>;

export interface WritesOptions {
  readonly bus: Bus;
  readonly gateway: number;
  readonly cell: number;
  readonly pendingBytesLimit: number;
  readonly lingerMs: number;
  readonly recordVersion: number;
  readonly cells: RelayCells;
  readonly refusals: KnownRefusals;
  readonly nowMs: () => number;
  readonly random: () => number;
}

const BUSY_RETRY_MS = 1_000;

export class Writes {
  private readonly options: WritesOptions;
  private readonly batcher: AppendBatcher;
  private readonly partitions: number;

  constructor(options: WritesOptions) {
    this.options = options;
    this.partitions = options.bus.partitions('messages');
    this.batcher = new AppendBatcher({
      bus: options.bus,
      topic: 'messages',
      limitBytes: options.pendingBytesLimit,
      lingerMs: options.lingerMs,
      onPendingBytes: (bytes) => {
        options.cells.pendingBytes.value = bytes;
      },
      onAppend: () => {
        options.cells.appends.value++;
      },
    });
  }

  /** Takes a request of a session; `number` is settled when its outcome is known. */
  take(peer: EdgePeer, number: number, connection: number, device: number, request: WriteRequest): void {
    const { cells, refusals, nowMs } = this.options;
    const takenMs = nowMs();
    const known = request.name === 'send' ? refusals.of(request.conversation, userOf(device), takenMs) : undefined;
    if (known !== undefined) {
      cells.refusedEarly.value++;
      // Before that he would only hear the same. A send that was in doubt must not wait behind each of the others.
      this.refuse(peer, connection, FRAMES[request.name].type, request.id, known.reason, known.untilMs - takenMs);
      return peer.settle(number);
    }
    const record = this.recordOf(peer, connection, device, request);
    // The edge may reuse nothing of this record, but the id is a view of the link's buffer and outlives it in the answer.
    const id = request.id.slice();
    const { conversation } = record;
    const value = encodeMessageAs(this.options.recordVersion, record);
    const taken = this.batcher.add(partitionOf(conversation, this.partitions), value, (failure) => {
      if (failure === undefined) {
        cells.accepted.value++;
        observeBetween(cells.append, cells.timesInvalid, takenMs, nowMs());
        peer.to(connection, WRITE_WEIGHT, [encodeFrame('accepted', { conversation, id })]);
      } else {
        this.refuse(
          peer,
          connection,
          FRAMES[request.name].type,
          id,
          failure instanceof BackendError && failure.retryable ? 'busy' : 'internal',
        );
      }
      peer.settle(number);
    });
    if (taken) {
      cells.sends.value++;
    } else {
      this.refuse(peer, connection, FRAMES[request.name].type, id, 'busy');
      peer.settle(number);
    }
  }

  private refuse(peer: EdgePeer, connection: number, aboutType: number, id: Uint8Array, name: ErrorName, waitMs?: number): void {
    this.options.cells.refused(name).value++;
    const retryAfterMs = Math.ceil(waitMs ?? BUSY_RETRY_MS * (1 + this.options.random()));
    peer.to(connection, WRITE_WEIGHT, [errorFrame(name, aboutType, id, retryAfterMs)]);
  }

  private recordOf(peer: EdgePeer, connection: number, device: number, request: WriteRequest): MessageRecord {
    const replyTo = { gateway: this.options.gateway, edge: peer.edge, connection };
    const { id } = request;
    switch (request.name) {
      case 'send':
        return {
          kind: 'send',
          conversation: request.conversation,
          id,
          from: device,
          replyTo,
          contentType: request.contentType,
          bodies: request.bodies,
        };
      case 'create':
        return {
          kind: 'create',
          conversation: conversationOfCreate(this.options.cell, device, id),
          id,
          from: device,
          replyTo,
          members: request.members.map((member) => member.user),
        };
      case 'addMember':
      case 'removeMember':
        return { kind: request.name, conversation: request.conversation, id, from: device, replyTo, user: request.user };
      case 'leave':
        return { kind: 'leave', conversation: request.conversation, id, from: device, replyTo };
    }
  }
}
