/**
 * Which conversations each connection of a worker takes part in, and how far it is in each. A slot is one (connection,
 * conversation) pair; the slots of a connection lie together, so a lookup is a scan over a few numbers and an idle
 * connection costs four bytes. Connections are the worker's own, from 0.
 */
import type { Population } from '../plan/population.ts';

export class Memberships {
  readonly size: number;
  /** The plan's number of a slot's conversation. */
  readonly conversations: Uint32Array;
  readonly connections: Uint32Array;
  /** The server's id of a slot's conversation; 0 while it is not known. */
  readonly serverIds: Float64Array;
  /** Everything up to here was handed to the application. */
  readonly cursors: Uint32Array;
  private readonly offsets: Uint32Array;

  constructor(population: Population, first: number, count: number) {
    const { plan } = population;
    this.offsets = new Uint32Array(count + 1);
    const forEachOwn = (visit: (connection: number, conversation: number) => void) => {
      for (let conversation = 0; conversation < plan.conversations; conversation++) {
        const devices = population.devicesOf(conversation);
        for (let place = 0; place < devices; place++) {
          const connection = population.connectionAt(conversation, place) - first;
          if (connection >= 0 && connection < count) visit(connection, conversation);
        }
      }
    };
    forEachOwn((connection) => {
      this.offsets[connection + 1]!++;
    });
    for (let connection = 0; connection < count; connection++) this.offsets[connection + 1]! += this.offsets[connection]!;
    this.size = this.offsets[count]!;
    this.conversations = new Uint32Array(this.size);
    this.connections = new Uint32Array(this.size);
    this.serverIds = new Float64Array(this.size);
    this.cursors = new Uint32Array(this.size);
    const next = this.offsets.slice();
    forEachOwn((connection, conversation) => {
      const slot = next[connection]!++;
      this.conversations[slot] = conversation;
      this.connections[slot] = connection;
    });
  }

  first(connection: number): number {
    return this.offsets[connection]!;
  }

  end(connection: number): number {
    return this.offsets[connection + 1]!;
  }

  /** The slot of a connection by the server's id of the conversation, or -1. */
  byServerId(connection: number, serverId: number): number {
    const end = this.end(connection);
    for (let slot = this.first(connection); slot < end; slot++) if (this.serverIds[slot] === serverId) return slot;
    return -1;
  }

  /** The slot of a connection by the plan's number, or -1. */
  byConversation(connection: number, conversation: number): number {
    const end = this.end(connection);
    for (let slot = this.first(connection); slot < end; slot++) if (this.conversations[slot] === conversation) return slot;
    return -1;
  }
}
