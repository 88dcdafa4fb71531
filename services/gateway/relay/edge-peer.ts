/**
 * One edge as the relay sees it: its link's stream, its sessions, and how far its numbered messages are settled. An edge
 * that comes back with the same incarnation is the same edge; with another it is a new one and the old sessions are gone.
 */
import type { FramedStream } from '../../runtime/framed-stream.ts';
import { KICK_REASONS, type KickReason, NEWER_PAGE, OPENS_SESSION, TO_EDGE, writeF64, writeU32 } from '../link/link-frames.ts';
import { Settled } from '../link/settled.ts';
import { EdgeSessions } from './edge-sessions.ts';

export class EdgePeer {
  readonly edge: number;
  readonly incarnation: string;
  readonly sessions: EdgeSessions;
  settled: Settled;
  /** Number of the next numbered message on this link. */
  nextNumber: number;
  /** What went to this edge may be lost: its sessions are told when it is back. */
  tailLost = false;
  /** Times that its link was lost. */
  losses = 0;
  /** Of its link. */
  private version = 1;
  private stream: FramedStream | undefined;
  private close: (() => void) | undefined;
  private telling = false;

  constructor(gateway: number, edge: number, incarnation: string, firstNumber: number) {
    this.edge = edge;
    this.incarnation = incarnation;
    this.sessions = new EdgeSessions(gateway, edge);
    this.settled = new Settled(firstNumber - 1);
    this.nextNumber = firstNumber;
  }

  get connected(): boolean {
    return this.stream !== undefined;
  }

  get queuedBytes(): number {
    return this.stream?.queuedBytes ?? 0;
  }

  attach(stream: FramedStream, close: () => void, firstNumber: number, version: number): void {
    this.version = version;
    this.stream = stream;
    this.close = close;
    this.nextNumber = firstNumber;
    this.settled = new Settled(firstNumber - 1);
  }

  detach(): void {
    this.stream = undefined;
    this.close = undefined;
  }

  isOn(stream: FramedStream): boolean {
    return this.stream === stream;
  }

  /** Ends its link without waiting for it: an edge that hangs answers no end. */
  cutLink(): void {
    const { close } = this;
    this.detach();
    close?.();
  }

  push(message: Uint8Array): void {
    this.stream?.push(message);
  }

  /** Tells the edge how far its messages are settled, once for all that are settled in one go. */
  settle(number: number): void {
    if (!this.settled.settle(number) || this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      const frame = this.stream?.frame(9);
      if (frame === undefined) return;
      frame.target[frame.at] = TO_EDGE.taken;
      writeF64(frame.target, frame.at + 1, this.settled.upTo);
    });
  }

  /** Frames for one connection. `settles`: weight of the request they answer, 0 for none, OPENS_SESSION for a welcome. */
  to(connection: number, settles: number, frames: readonly Uint8Array[]): void {
    if (this.stream === undefined) return;
    let bytes = 6;
    for (const frame of frames) bytes += frame.length;
    const { target, at } = this.stream.frame(bytes);
    target[at] = TO_EDGE.to;
    target[at + 1] = settles;
    writeU32(target, at + 2, connection);
    let place = at + 6;
    for (const frame of frames) {
      target.set(frame, place);
      place += frame.length;
    }
  }

  welcome(connection: number, frames: readonly Uint8Array[]): void {
    this.to(connection, OPENS_SESSION, frames);
  }

  many(connections: readonly number[], frame: Uint8Array): void {
    if (this.stream === undefined) return;
    if (connections.length === 1) return this.to(connections[0]!, 0, [frame]);
    const { target, at } = this.stream.frame(3 + connections.length * 4 + frame.length);
    target[at] = TO_EDGE.many;
    target[at + 1] = connections.length & 255;
    target[at + 2] = connections.length >>> 8;
    for (let index = 0; index < connections.length; index++) writeU32(target, at + 3 + index * 4, connections[index]!);
    target.set(frame, at + 3 + connections.length * 4);
  }

  batch(number: number): void {
    this.short(TO_EDGE.batch, number);
  }

  /** These sessions may lack something: each is told with its next heartbeat. */
  newer(connections: readonly number[]): void {
    if (this.version < 2) {
      for (const connection of connections) this.short(TO_EDGE.newer, connection);
      return;
    }
    for (let from = 0; from < connections.length; from += NEWER_PAGE) {
      const page = connections.slice(from, from + NEWER_PAGE);
      const frame = this.stream?.frame(1 + page.length * 4);
      if (frame === undefined) return;
      frame.target[frame.at] = TO_EDGE.newer;
      for (const [index, connection] of page.entries()) writeU32(frame.target, frame.at + 1 + index * 4, connection);
    }
  }

  kick(connection: number, reason: KickReason): void {
    const message = new Uint8Array(7);
    message[0] = TO_EDGE.kick;
    writeU32(message, 1, connection);
    message[5] = KICK_REASONS.indexOf(reason);
    this.push(message);
  }

  private short(kind: number, value: number): void {
    const frame = this.stream?.frame(5);
    if (frame === undefined) return;
    frame.target[frame.at] = kind;
    writeU32(frame.target, frame.at + 1, value);
  }
}
