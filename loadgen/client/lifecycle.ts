/**
 * The life of each connection of a worker: attempt, HELLO, WELCOME, end, and when to come back. State is a few bytes per
 * connection in typed arrays. No socket is known here: attempts and closes are effects, time is handed in.
 *
 *   resting ─start─► dialling ─upgraded─► greeting ─WELCOME─► open
 *      waiting ◄──── refused, failed, closed, timed out ───────┘      waiting ─due─► dialling
 *      ended: told to stop, or by a code that says not to come back
 */
import { ERROR_CODES, errorName } from '../../services/protocol/error-codes.ts';
import { Deadlines } from './deadlines.ts';
import { type ReconnectPolicy, reconnectDelayMs } from './reconnect.ts';
import type { SessionEffects, SessionListener } from './session-ports.ts';

export const PHASES = { resting: 0, dialling: 1, greeting: 2, open: 3, waiting: 4, ended: 5 } as const;

/** Close codes after which a client does not come back by itself. */
const FINAL_CLOSES: ReadonlySet<string> = new Set(['replaced', 'revoked', 'unsupportedVersion', 'forbiddenOrigin']);
const CLOSE_CODE_BASE = 4000;

export interface LifecycleOptions {
  readonly connections: number;
  readonly policy: ReconnectPolicy;
  /** From the attempt to WELCOME. */
  readonly attemptLimitMs: number;
  readonly helloFrame: (connection: number) => Uint8Array;
  readonly random: () => number;
}

export class Lifecycle {
  private readonly options: LifecycleOptions;
  private readonly effects: SessionEffects;
  private readonly listener: SessionListener;
  private readonly phases: Uint8Array;
  private readonly failures: Uint8Array;
  /** Attempt's start while dialling or greeting, WELCOME's time while open, time to come back while waiting. */
  private readonly since: Float64Array;
  /** How much later than due the attempt began. */
  private readonly lateMs: Float32Array;
  private readonly lastWaits = new Map<number, number>();
  private readonly hints = new Map<number, number>();
  private readonly deadlines = new Deadlines();
  private openCount = 0;
  private attemptCount = 0;

  constructor(options: LifecycleOptions, effects: SessionEffects, listener: SessionListener) {
    this.options = options;
    this.effects = effects;
    this.listener = listener;
    this.phases = new Uint8Array(options.connections);
    this.failures = new Uint8Array(options.connections);
    this.since = new Float64Array(options.connections);
    this.lateMs = new Float32Array(options.connections);
  }

  get open(): number {
    return this.openCount;
  }

  get attempts(): number {
    return this.attemptCount;
  }

  get nextMs(): number {
    return this.deadlines.nextMs;
  }

  isOpen(connection: number): boolean {
    return this.phases[connection] === PHASES.open;
  }

  phaseOf(connection: number): number {
    return this.phases[connection]!;
  }

  /** The first attempt; `dueMs` is when it should have begun, and what the handshake's time counts from. */
  start(connection: number, dueMs: number, nowMs: number): void {
    if (this.phases[connection] !== PHASES.resting) return;
    this.attempt(connection, dueMs, nowMs);
  }

  upgraded(connection: number): void {
    if (this.phases[connection] !== PHASES.dialling) return;
    this.phases[connection] = PHASES.greeting;
    this.effects.transmit(connection, this.options.helloFrame(connection));
  }

  /** True when this WELCOME opened the session. */
  welcome(connection: number, nowMs: number): boolean {
    if (this.phases[connection] !== PHASES.greeting) return false;
    const dueMs = this.since[connection]! - this.lateMs[connection]!;
    this.phases[connection] = PHASES.open;
    this.since[connection] = nowMs;
    this.openCount++;
    this.listener.welcomed(connection, dueMs, nowMs);
    return true;
  }

  /** GO_AWAY, or an error with a time: what the next wait begins with. The server closes; until then nothing changes. */
  hint(connection: number, retryMs: number): void {
    if (retryMs > 0) this.hints.set(connection, retryMs);
  }

  refused(connection: number, error: string, retryMs: number, nowMs: number): void {
    if (!this.isTrying(connection)) return;
    this.hint(connection, retryMs);
    this.listener.refused(connection, error, nowMs, retryMs);
    this.comeBack(connection, FINAL_CLOSES.has(error), nowMs);
  }

  /** The socket is gone. `code` is a close frame's, or 0; `reason` names the rest. */
  closed(connection: number, code: number, reason: string, nowMs: number): void {
    const name = code === 0 ? reason : closeReason(code);
    if (this.phases[connection] === PHASES.open) {
      this.openCount--;
      this.listener.dropped(connection, name, nowMs);
      if (nowMs - this.since[connection]! >= this.options.policy.resetAfterMs) {
        this.failures[connection] = 0;
        this.lastWaits.delete(connection);
      }
    } else if (this.isTrying(connection)) {
      if (code >= CLOSE_CODE_BASE) this.listener.refused(connection, name, nowMs, this.hints.get(connection) ?? 0);
      else this.listener.failed(connection, name, nowMs);
    } else return;
    this.comeBack(connection, FINAL_CLOSES.has(name), nowMs);
  }

  /** Told to end by us: no drop, no return. */
  end(connection: number): void {
    const phase = this.phases[connection]!;
    if (phase === PHASES.open) this.openCount--;
    this.phases[connection] = PHASES.ended;
    if (phase === PHASES.open || phase === PHASES.dialling || phase === PHASES.greeting) this.effects.hangUp(connection);
  }

  /** Attempts that come due and attempts that took too long. */
  tick(nowMs: number): void {
    for (let connection = this.deadlines.takeDue(nowMs); connection >= 0; connection = this.deadlines.takeDue(nowMs)) {
      const phase = this.phases[connection];
      if (phase === PHASES.waiting) {
        if (this.since[connection]! <= nowMs) this.attempt(connection, this.since[connection]!, nowMs);
      } else if (this.isTrying(connection) && nowMs - this.since[connection]! >= this.options.attemptLimitMs) {
        this.listener.failed(connection, 'attempt timed out', nowMs);
        this.comeBack(connection, false, nowMs);
        this.effects.hangUp(connection);
      }
    }
  }

  private isTrying(connection: number): boolean {
    return this.phases[connection] === PHASES.dialling || this.phases[connection] === PHASES.greeting;
  }

  private attempt(connection: number, dueMs: number, nowMs: number): void {
    this.attemptCount++;
    this.phases[connection] = PHASES.dialling;
    this.since[connection] = nowMs;
    this.lateMs[connection] = nowMs - dueMs;
    this.deadlines.add(nowMs + this.options.attemptLimitMs, connection);
    this.effects.connect(connection);
  }

  private comeBack(connection: number, final: boolean, nowMs: number): void {
    const hintMs = this.hints.get(connection) ?? 0;
    this.hints.delete(connection);
    if (final) {
      this.phases[connection] = PHASES.ended;
      return;
    }
    const failures = Math.min(255, this.failures[connection]! + 1);
    this.failures[connection] = failures;
    const waitMs = reconnectDelayMs(this.options.policy, failures, this.lastWaits.get(connection) ?? 0, hintMs, this.options.random());
    if (this.options.policy.kind === 'decorrelated') this.lastWaits.set(connection, waitMs - hintMs);
    this.phases[connection] = PHASES.waiting;
    this.since[connection] = nowMs + waitMs;
    this.deadlines.add(nowMs + waitMs, connection);
  }
}

export function closeReason(code: number): string {
  return (code > CLOSE_CODE_BASE ? errorName(code - CLOSE_CODE_BASE) : undefined) ?? `close ${code}`;
}

/** Whether a refusal of a send under its id may pass: the server took nothing and says to come again. */
export function mayRetrySend(code: number): boolean {
  return code === ERROR_CODES.busy.code || code === ERROR_CODES.tooManyPending.code || code === ERROR_CODES.internal.code;
}
