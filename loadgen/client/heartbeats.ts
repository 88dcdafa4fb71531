/**
 * Which connections owe a heartbeat: a cursor that goes once round all connections in a period, so that the beats are
 * spread evenly, each connection beats exactly once a period, and no timer or list is kept per connection.
 */
export class Heartbeats {
  private readonly connections: number;
  private atMs = 0;
  /** How far round the circle the cursor is, in connections, fraction included. */
  private place = 0;
  private running = false;

  constructor(connections: number) {
    this.connections = connections;
  }

  start(nowMs: number): void {
    this.running = true;
    this.atMs = nowMs;
  }

  stop(): void {
    this.running = false;
  }

  /**
   * Visits those that came due since the last call, each at most once: a process that stood still for more than a period
   * owes more than it can send, and gives the number of beats it left out.
   */
  due(nowMs: number, periodSeconds: number, visit: (connection: number) => void): number {
    if (!this.running || this.connections === 0) return 0;
    const exact = this.place + ((nowMs - this.atMs) / (periodSeconds * 1_000)) * this.connections;
    this.atMs = nowMs;
    const first = Math.floor(this.place);
    const owed = Math.floor(exact) - first;
    const sent = Math.min(owed, this.connections);
    for (let step = owed - sent; step < owed; step++) visit((first + step) % this.connections);
    this.place = exact % this.connections;
    return owed - sent;
  }
}
