/** What every admitted client passes after the door: the relay, routes, reads of what changed. A queue before a fixed rate. */
export interface StormStage {
  readonly name: string;
  /** Operations that one client asks for. */
  readonly operationsPerClient: number;
  /** Of this gateway's share, beside what goes on anyway; infinite where it is not known to end. */
  readonly operationsPerSecond: number;
  /** A client counts as back before it has passed: it is connected, and still lacks what it missed. */
  readonly afterBack?: true;
}

export class StageQueue {
  readonly stage: StormStage;
  private readonly clientsPerSecond: number;
  waiting = 0;
  served = 0;
  /** Of the last step, 0 to 1. */
  busy = 0;

  constructor(stage: StormStage) {
    this.stage = stage;
    this.clientsPerSecond =
      stage.operationsPerClient === 0 ? Number.POSITIVE_INFINITY : stage.operationsPerSecond / stage.operationsPerClient;
  }

  /** Clients that wait longer than this many seconds were given up: gives how many came too many. */
  arrive(clients: number, longestSeconds: number): number {
    const room = Math.max(0, this.clientsPerSecond * longestSeconds - this.waiting);
    const taken = Math.min(clients, room);
    this.waiting += taken;
    return clients - taken;
  }

  serve(stepSeconds: number): number {
    const most = this.clientsPerSecond * stepSeconds;
    this.served = Math.min(this.waiting, most);
    this.busy = most === 0 ? 1 : Number.isFinite(most) ? this.served / most : 0;
    this.waiting = Math.max(0, this.waiting - this.served);
    return this.served;
  }
}
