/**
 * When connections are dialled: open loop at a set rate while ramping, and never more attempts under way than the limit.
 * What can't be dialled yet waits in order, each connection at most once, so the queue is bounded by their number.
 */
export interface DialerPorts {
  /** The lifecycle's first attempt; `dueMs` is when it should have begun. It comes back through `connect`. */
  start(connection: number, dueMs: number): void;
  dial(connection: number): void;
}

/** Attempts of a ramp come in steps of this, so that the loop is not woken for each. */
const STEP_MS = 5;

export class Dialer {
  private readonly ports: DialerPorts;
  private readonly attemptLimit: number;
  private readonly state: Uint8Array;
  private readonly queue: number[] = [];
  private queueHead = 0;
  private underWay = 0;
  private next = 0;
  private until = 0;
  private perMs = 0;
  private fromMs = 0;
  private fromConnection = 0;

  constructor(connections: number, attemptLimit: number, ports: DialerPorts) {
    this.ports = ports;
    this.attemptLimit = attemptLimit;
    this.state = new Uint8Array(connections);
  }

  /** Begins, or goes on with, the ramp. */
  ramp(until: number, perSecond: number, nowMs: number): void {
    this.until = Math.min(until, this.state.length);
    this.perMs = perSecond / 1_000;
    this.fromMs = nowMs;
    this.fromConnection = this.next;
  }

  get trying(): number {
    return this.underWay + this.queue.length - this.queueHead;
  }

  nextMs(nowMs: number): number {
    return this.next < this.until ? nowMs + STEP_MS : Number.POSITIVE_INFINITY;
  }

  tick(nowMs: number): void {
    const due = Math.min(this.until, this.fromConnection + Math.floor((nowMs - this.fromMs) * this.perMs));
    while (this.next < due && this.underWay < this.attemptLimit) {
      const connection = this.next++;
      this.ports.start(connection, this.fromMs + (connection - this.fromConnection) / this.perMs);
    }
  }

  /** The lifecycle wants an attempt. */
  connect(connection: number): void {
    if (this.underWay < this.attemptLimit) this.dial(connection);
    else if (this.state[connection] === IDLE) {
      this.state[connection] = QUEUED;
      this.queue.push(connection);
    }
  }

  /** An attempt ended, well or not. */
  settled(connection: number): void {
    if (this.state[connection] === DIALLED) this.underWay--;
    this.state[connection] = IDLE;
    while (this.underWay < this.attemptLimit && this.queueHead < this.queue.length) {
      const waiting = this.queue[this.queueHead++]!;
      if (this.state[waiting] === QUEUED) this.dial(waiting);
    }
    if (this.queueHead > 1_000 && this.queueHead * 2 > this.queue.length) {
      this.queue.splice(0, this.queueHead);
      this.queueHead = 0;
    }
  }

  private dial(connection: number): void {
    this.state[connection] = DIALLED;
    this.underWay++;
    this.ports.dial(connection);
  }
}

const IDLE = 0;
const QUEUED = 1;
const DIALLED = 2;
