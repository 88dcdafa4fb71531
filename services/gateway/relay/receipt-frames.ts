/**
 * RECEIPT frames on their way to the edges: of each session, conversation and member only the highest of a short time, and
 * no "received" that a "read" includes. Bounded: its owner flushes with every mark, and when it is told that it is full.
 */
import { encodeFrame } from '../../protocol/codec.ts';
import { RECEIPT_KINDS } from '../../protocol/frame-table.ts';
import type { EdgePeer } from './edge-peer.ts';

interface Pending {
  readonly conversation: number;
  readonly user: number;
  delivered: number;
  read: number;
}

const MOST = 20_000;

export class ReceiptFrames {
  private readonly peers = new Map<EdgePeer, Map<number, Map<string, Pending>>>();
  private size = 0;

  /** True when it is time to flush. */
  add(peer: EdgePeer, connection: number, conversation: number, user: number, kind: 'delivered' | 'read', sequence: number): boolean {
    const pending = this.pendingOf(peer, connection, conversation, user);
    if (pending[kind] < sequence) pending[kind] = sequence;
    return this.size >= MOST;
  }

  /** Gives the number of frames. */
  flush(): number {
    let count = 0;
    for (const [peer, connections] of this.peers) {
      for (const [connection, pendings] of connections) {
        const frames: Uint8Array[] = [];
        for (const { conversation, user, delivered, read } of pendings.values()) {
          if (delivered > read)
            frames.push(encodeFrame('receipt', { conversation, user, kind: RECEIPT_KINDS.delivered, sequence: delivered }));
          if (read > 0) frames.push(encodeFrame('receipt', { conversation, user, kind: RECEIPT_KINDS.read, sequence: read }));
        }
        count += frames.length;
        if (peer.sessions.has(connection)) peer.to(connection, 0, frames);
      }
    }
    this.peers.clear();
    this.size = 0;
    return count;
  }

  private pendingOf(peer: EdgePeer, connection: number, conversation: number, user: number): Pending {
    const connections = this.peers.get(peer) ?? new Map<number, Map<string, Pending>>();
    this.peers.set(peer, connections);
    const pendings = connections.get(connection) ?? new Map<string, Pending>();
    connections.set(connection, pendings);
    const key = `${conversation}:${user}`;
    const known = pendings.get(key);
    if (known !== undefined) return known;
    const pending = { conversation, user, delivered: 0, read: 0 };
    pendings.set(key, pending);
    this.size++;
    return pending;
  }
}
