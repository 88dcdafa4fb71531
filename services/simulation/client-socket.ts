/**
 * A WebSocket of a simulation, between a device and an edge: messages in order, each late by its own time, a buffer that
 * fills up when the device does not read, and ends of every kind.
 */
import type { Edge, EdgeSocket } from '../gateway/edge/edge.ts';
import { type Life, type VirtualTime, WORLD } from './virtual-time.ts';

export interface ClientSide {
  readonly life: Life;
  readonly opened: () => void;
  readonly received: (message: Uint8Array) => void;
  readonly ended: (code: number, reason: string) => void;
}

const LOST_CODE = 1_006;

export class SimSocket implements EdgeSocket {
  private readonly time: VirtualTime;
  private readonly below: (below: number) => number;
  private readonly edge: Edge;
  private readonly edgeLife: Life;
  private readonly slot: number;
  private readonly client: ClientSide;
  private readonly bufferBytes: number;
  private buffered = 0;
  private toClientMs = 0;
  private toEdgeMs = 0;
  private clientGone = false;
  private edgeGone = false;

  constructor(
    time: VirtualTime,
    below: (below: number) => number,
    edge: Edge,
    edgeLife: Life,
    slot: number,
    client: ClientSide,
    bufferBytes: number,
  ) {
    this.time = time;
    this.below = below;
    this.edge = edge;
    this.edgeLife = edgeLife;
    this.slot = slot;
    this.client = client;
    this.bufferBytes = bufferBytes;
  }

  /** From the edge. */
  send(bytes: Uint8Array): number {
    // As both transports do: what waits already counts. A page that is larger than the buffer must reach who reads.
    if (this.buffered > this.bufferBytes) return 0;
    const message = bytes.slice();
    this.buffered += message.length;
    this.toClientMs = this.arrival(this.toClientMs);
    this.time.after(this.client.life, this.toClientMs - this.time.nowMs, 'to client', () => {
      this.buffered -= message.length;
      if (this.clientGone) return;
      this.time.foldBytes(message);
      this.client.received(message);
    });
    return message.length;
  }

  close(code: number, reason: string): void {
    this.toClientMs = this.arrival(this.toClientMs);
    this.time.after(this.client.life, this.toClientMs - this.time.nowMs, 'close frame', () => this.endClient(code, reason));
    this.endEdge(this.toClientMs - this.time.nowMs + 1);
  }

  terminate(): void {
    this.time.after(WORLD, 1, 'reset', () => this.endClient(LOST_CODE, 'reset'));
    this.endEdge(0.1);
  }

  /** From the client. */
  fromClient(bytes: Uint8Array): void {
    if (this.clientGone) return;
    const message = bytes.slice();
    this.toEdgeMs = this.arrival(this.toEdgeMs);
    this.time.after(this.edgeLife, this.toEdgeMs - this.time.nowMs, 'to edge', () => {
      if (!this.edgeGone) this.edge.received(this.slot, message, Date.now());
    });
  }

  /** The network between them ends, or the client does; the edge may hear of it much later. */
  drop(edgeHearsAfterMs: number): void {
    if (this.clientGone) return;
    this.clientGone = true;
    this.client.ended(LOST_CODE, 'dropped');
    this.endEdge(edgeHearsAfterMs);
  }

  /** The edge's process has gone. */
  edgeDied(): void {
    this.edgeGone = true;
    this.time.after(WORLD, 1 + this.below(10), 'reset', () => this.endClient(LOST_CODE, 'edge died'));
  }

  private endClient(code: number, reason: string): void {
    if (this.clientGone) return;
    this.clientGone = true;
    this.client.ended(code, reason);
  }

  private endEdge(delayMs: number): void {
    const afterMs = Math.max(delayMs, this.toEdgeMs - this.time.nowMs + 0.01);
    this.time.after(this.edgeLife, afterMs, 'socket closed', () => {
      if (this.edgeGone) return;
      this.edgeGone = true;
      this.edge.closed(this.slot);
    });
  }

  private arrival(lastMs: number): number {
    return Math.max(lastMs + 0.001, this.time.nowMs + 0.5 + this.below(1_000) / (this.below(25) === 0 ? 4 : 150));
  }
}
