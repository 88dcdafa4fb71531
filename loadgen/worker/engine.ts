/**
 * A worker's engine: sockets, sessions, ledger and schedule put together around one timer. It is driven by the messages of
 * the coordinator and answers through `report`. A turn does what is due and sleeps until the next thing is; it never spins.
 */
import { randomBytes } from 'node:crypto';
import type { FrameOf } from '../../services/protocol/frames.ts';
import { Heartbeats } from '../client/heartbeats.ts';
import { PHASES } from '../client/lifecycle.ts';
import { Memberships } from '../client/memberships.ts';
import { isCreation } from '../client/sends.ts';
import { Session } from '../client/session.ts';
import { SocketPool } from '../client/socket-pool.ts';
import { Upgrade } from '../client/upgrade.ts';
import { ownClockMs } from '../clock/offset.ts';
import { EVENTS } from '../ledger/format.ts';
import { type FileSink, fileSink, LedgerWriter, reopenedSink } from '../ledger/writer.ts';
import { connectionsOfWorker, deviceKeyOfConnection, deviceNumberOfConnection, Population, userOfConnection } from '../plan/population.ts';
import { Random } from '../plan/random.ts';
import { Chat, HEARTBEAT_FRAME } from './chat.ts';
import { churnOf } from './churn.ts';
import { ClockRounds } from './clock-rounds.ts';
import { ConvergenceCheck } from './convergence.ts';
import { Dialer } from './dialer.ts';
import { freshMinter } from './fresh-minter.ts';
import type { FromWorker, ToWorker, WorkerCounts, WorkerSetup } from './messages.ts';
import { pastOf } from './past-of.ts';
import { StormTally } from './storm-tally.ts';
import { Tally } from './tally.ts';
import { Turns } from './turns.ts';

const HEARTBEAT_STEP_MS = 100;
const SLOW_STEP_MS = 250;
const STATS_STEP_MS = 1_000;
const RECONNECT_STREAM = 3;
const COLLECT_AFTER_ATTEMPTS = 200;
const CALM_MS = 250;

export class Engine {
  private readonly report: (message: FromWorker) => void;
  private readonly setup: WorkerSetup;
  private readonly own: { readonly first: number; readonly count: number };
  private readonly session: Session;
  private readonly pool: SocketPool;
  private readonly dialer: Dialer;
  private readonly tally: Tally;
  private readonly storm: StormTally | undefined;
  private readonly turns: Turns | undefined;
  private readonly chat: Chat;
  private readonly heartbeats: Heartbeats;
  private readonly clocks: ClockRounds;
  private readonly churn: ReturnType<typeof churnOf>;
  private readonly ledger: LedgerWriter | undefined;
  private readonly closeLedger: () => void;
  private convergence: ConvergenceCheck | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private chatMs = Number.POSITIVE_INFINITY;
  private heartbeatMs = Number.POSITIVE_INFINITY;
  private slowMs = 0;
  private statsMs = 0;
  private rampUntil = Number.POSITIVE_INFINITY;
  private acknowledging = false;
  private attemptsCollected = 0;
  private stopped = false;

  /** `elsewhere`: takes the ledger instead of a file of this machine. */
  constructor(setup: WorkerSetup, report: (message: FromWorker) => void, elsewhere?: FileSink) {
    this.setup = setup;
    this.report = report;
    this.clocks = new ClockRounds(report);
    const population = new Population(setup.population);
    this.own = connectionsOfWorker(setup.population, setup.worker);
    const { count } = this.own;
    const past = pastOf(setup, population);
    const head = { nonce: setup.nonce, worker: setup.worker };
    const { ledgerFile } = setup;
    const here = (path: string) => (past === undefined ? fileSink(path) : reopenedSink(path));
    const file = ledgerFile === undefined ? undefined : (elsewhere ?? here(ledgerFile));
    this.ledger = file === undefined ? undefined : new LedgerWriter(past === undefined ? head : undefined, file.sink);
    this.closeLedger = () => file?.close();
    const { ledger } = this;
    const tallied = {
      nonce: setup.nonce,
      firstConnection: this.own.first,
      connections: count,
      clock: this.clocks.clock,
      append: ledger === undefined ? () => {} : (...event: Parameters<LedgerWriter['append']>) => ledger.append(...event),
      settled: (connection: number) => this.attemptEnded(connection),
      acknowledge: () => this.acknowledgeSoon(),
      receiptsPage: (connection: number, page: FrameOf<'receiptsPage'>) => this.convergence?.receiptsPage(connection, page),
    };
    this.storm = setup.storm === undefined ? undefined : new StormTally(tallied, setup.population);
    this.turns = Turns.of(setup, population, tallied, {
      isOpen: (connection) => this.session.isOpen(connection),
      comeBackAfter: (connection, ms) => this.session.lifecycle.hint(connection, ms),
      vanish: (connection) => this.pool.vanish(connection),
    });
    this.tally = this.storm ?? this.turns?.tally ?? new Tally(tallied);
    this.session = this.createSession(population);
    past?.forEachCursor((connection, conversation, sequence) => {
      const slot = this.session.memberships.byConversation(connection - this.own.first, conversation);
      if (slot >= 0) this.session.memberships.cursors[slot] = sequence;
    });
    this.pool = this.createPool();
    this.dialer = new Dialer(count, setup.limits.attempts, {
      start: (connection, dueMs) => this.session.lifecycle.start(connection, dueMs, ownClockMs()),
      dial: (connection) => this.pool.dial(connection),
    });
    this.heartbeats = new Heartbeats(count);
    this.churn = churnOf(setup, this.own);
    const { session, tally, own } = this;
    const { nonce, schedule } = setup;
    const chat = { nonce, population, schedule, own, session, tally, clock: this.clocks.clock };
    this.chat = new Chat(past === undefined ? chat : { ...chat, past });
  }

  start(): void {
    this.statsMs = ownClockMs() + STATS_STEP_MS;
    this.turn();
  }

  handle(message: ToWorker): void {
    const nowMs = ownClockMs();
    switch (message.type) {
      case 'setup':
        return;
      case 'clock':
        return this.clocks.begin(message.round, message.exchanges);
      case 'pong':
        return this.clocks.pong(message.sentMs, message.coordinatorMs, nowMs);
      case 'clockHeld':
        this.clocks.adopt();
        this.tally.endRound(message.held);
        return;
      case 'connect':
        this.rampUntil = message.until;
        this.dialer.ramp(message.until, message.perSecond, nowMs);
        return this.wake();
      case 'heartbeats':
        if (message.on) this.heartbeats.start(nowMs);
        else this.heartbeats.stop();
        this.heartbeatMs = message.on ? nowMs : Number.POSITIVE_INFINITY;
        return this.wake();
      case 'report':
        return this.reportStats(message.mark);
      case 'create':
        this.chat.create(message.perSecond, nowMs);
        return this.wake();
      case 'chat':
        this.tally.chatStartMs = message.startMs;
        this.chat.start(message.startMs - this.clocks.clock.offsetMs);
        this.churn?.begin(nowMs);
        this.turns?.start(message.startMs - this.clocks.clock.offsetMs);
        return this.wake();
      case 'cut':
        this.churn?.end();
        return this.chat.cut(message.untilMs);
      case 'converge':
        return this.converge(message.check, nowMs);
      case 'calm':
        return this.storm?.calm();
      case 'step':
        return this.storm?.step();
      case 'storm':
        return this.beginStorm(message.startMs, message.drop);
      case 'stormReport':
        if (this.storm !== undefined) this.report({ type: 'storm', mark: message.mark, seen: this.storm.seen(message.latencies) });
        return;
      case 'phasesReport':
        return this.turns?.report(nowMs, this.report);
      case 'finish':
        return this.finish(nowMs);
      case 'stop':
        return this.stop();
    }
  }

  /** Closes every socket; the process may end. */
  stop(): void {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    for (let connection = 0; connection < this.own.count; connection++) this.session.lifecycle.end(connection);
    this.pool.stop();
    this.ledger?.flush();
    this.closeLedger();
  }

  private createSession(population: Population): Session {
    const { setup } = this;
    const random = new Random(setup.population.seed, RECONNECT_STREAM, setup.worker);
    return new Session(
      {
        connections: this.own.count,
        nonce: setup.nonce,
        heartbeatSeconds: setup.heartbeatSeconds,
        answerHeartbeats: setup.answerHeartbeats,
        policy: setup.reconnect,
        attemptLimitMs: setup.limits.attemptSeconds * 1_000,
        resendAfterMs: setup.limits.resendSeconds * 1_000,
        pendingLimit: setup.limits.pendingSends,
        trustsAccepted: setup.trustsAccepted,
        readEvery: setup.readEvery,
        random: () => random.unit(),
        deviceOf: (connection) => deviceKeyOfConnection(setup.population, this.own.first + connection),
      },
      new Memberships(population, this.own.first, this.own.count),
      {
        connect: (connection) => {
          this.storm?.attempted(connection, ownClockMs());
          this.dialer.connect(connection);
        },
        transmit: (connection, ...frames) => this.pool.transmit(connection, frames),
        hangUp: (connection) => this.pool.hangUp(connection),
      },
      this.tally,
    );
  }

  private createPool(): SocketPool {
    const { target, population, limits } = this.setup;
    const { first, count } = this.own;
    const mint = freshMinter(target.keysFile, target.tokenAlgorithm, target.tokenSeconds);
    const upgrade = new Upgrade(`${target.addresses[0]}:${target.port}`, target.path, randomBytes(16).toString('base64'));
    return new SocketPool(
      {
        connections: count,
        port: target.port,
        addressOf: (connection) => target.addresses[(first + connection) % target.addresses.length]!,
        requestOf: (connection) =>
          upgrade.request(mint(userOfConnection(population, first + connection), deviceNumberOfConnection(population, first + connection))),
        upgrade,
        tls: target.tls,
        outboxLimitBytes: limits.outboxBytes,
      },
      {
        upgraded: (connection) => this.session.lifecycle.upgraded(connection),
        refused: (connection, error, retryMs) => this.session.lifecycle.refused(connection, error, retryMs, ownClockMs()),
        message: (connection, message) => {
          const nowMs = ownClockMs();
          // While there is much to read the timer waits; what is due must not.
          if (nowMs >= this.chatMs) this.sendDue(nowMs);
          return this.session.message(connection, message, nowMs);
        },
        closed: (connection, code, reason) => this.session.closed(connection, code, reason, ownClockMs()),
        ...(this.turns === undefined ? {} : { vanishedEnded: this.turns.vanishedEnded, wrote: this.turns.wrote, read: this.turns.read }),
      },
    );
  }

  private turn(): void {
    if (this.stopped) return;
    const nowMs = ownClockMs();
    // What has a due time to the millisecond comes first.
    this.sendDue(nowMs);
    this.session.tick(nowMs);
    this.dialer.tick(nowMs);
    this.convergence?.tick(nowMs);
    this.churn?.tick(nowMs, (connection) => this.session.isOpen(connection) && this.pool.sever(connection));
    this.turns?.tick(nowMs);
    if (nowMs >= this.heartbeatMs) this.beat(nowMs);
    if (nowMs >= this.slowMs) {
      this.session.slowTick(nowMs);
      this.slowMs = nowMs + (this.session.cursors.openGaps > 0 ? SLOW_STEP_MS : STATS_STEP_MS);
    }
    if (nowMs >= this.statsMs) {
      this.reportStats();
      this.collectWhenCalm();
      this.statsMs = Math.max(this.statsMs + STATS_STEP_MS, nowMs + STATS_STEP_MS / 2);
    }
    this.sleep();
  }

  /** The coordinator waits for the end of a ramp: it is told at once, not with the next second's report. */
  private attemptEnded(connection: number): void {
    this.dialer.settled(connection);
    if (this.session.lifecycle.open < this.rampUntil) return;
    this.rampUntil = Number.POSITIVE_INFINITY;
    setImmediate(() => this.reportStats());
    setTimeout(() => this.collectWhenCalm(), CALM_MS);
  }

  /** What handshakes left behind is given back once they have ended; never while sends are due, whose time it would take. */
  private collectWhenCalm(): void {
    const { attempts } = this.session.lifecycle;
    if (
      this.stopped ||
      attempts - this.attemptsCollected < COLLECT_AFTER_ATTEMPTS ||
      this.dialer.trying > 0 ||
      this.chatMs < Number.POSITIVE_INFINITY
    )
      return;
    this.attemptsCollected = attempts;
    Bun.gc(true);
  }

  private sendDue(nowMs: number): void {
    this.chat.tick(nowMs);
    this.chatMs = this.chat.nextMs;
  }

  /** The ledger goes first: what was reported is in the file. */
  private reportStats(mark?: number): void {
    this.ledger?.flush();
    const stats = { type: 'stats', counts: this.counts(), latencies: this.tally.takeLatencies() } as const;
    this.report(mark === undefined ? stats : { ...stats, mark });
  }

  private sleep(): void {
    const nowMs = ownClockMs();
    const next = Math.min(
      this.convergence?.nextMs ?? Number.POSITIVE_INFINITY,
      this.churn?.nextMs ?? Number.POSITIVE_INFINITY,
      this.turns?.nextMs ?? Number.POSITIVE_INFINITY,
      this.chatMs,
      this.session.nextMs,
      this.dialer.nextMs(nowMs),
      this.heartbeatMs,
      this.slowMs,
      this.statsMs,
    );
    this.timer = setTimeout(() => this.turn(), Math.max(1, Math.ceil(next - nowMs)));
  }

  private wake(): void {
    clearTimeout(this.timer);
    this.turn();
  }

  private beat(nowMs: number): void {
    const { session, setup, tally } = this;
    tally.counts.heartbeatsUnsent += this.heartbeats.due(nowMs, session.heartbeatSeconds, (connection) => {
      if (!session.isOpen(connection)) return;
      this.pool.write(connection, HEARTBEAT_FRAME);
      tally.heartbeatSent(connection, nowMs, setup.answerHeartbeats);
    });
    this.heartbeatMs = nowMs + HEARTBEAT_STEP_MS;
  }

  /** Drops so many at once, spread evenly over those that may be dropped. */
  private beginStorm(startMs: number, drop: number): void {
    if (this.storm === undefined) return;
    this.storm.begin(startMs);
    const may = Math.min(this.own.count, this.setup.storm?.mayDrop ?? 0);
    const dropped = Math.min(drop, may);
    for (let at = 0; at < dropped; at++) {
      const connection = Math.floor((at * may) / dropped);
      if (this.session.isOpen(connection)) this.pool.sever(connection);
    }
    this.wake();
  }

  /** Once per turn of the loop, after all that has come was read: acknowledgements of a conversation fall together. */
  private acknowledgeSoon(): void {
    if (this.acknowledging) return;
    this.acknowledging = true;
    setImmediate(() => {
      this.acknowledging = false;
      if (!this.stopped) this.session.cursors.flushAcknowledgements(this.session.isOpen, ownClockMs());
    });
  }

  private converge(check: number, nowMs: number): void {
    const { population } = this.setup;
    const userOf = (connection: number) => userOfConnection(population, this.own.first + connection);
    this.convergence = new ConvergenceCheck(this.session, userOf, nowMs, (result) => {
      this.convergence = undefined;
      this.report({ type: 'converged', check, result });
    });
    this.wake();
  }

  private finish(nowMs: number): void {
    this.chat.finish(nowMs);
    for (const send of this.session.sends.all()) {
      if (send.attempts === 0 && !isCreation(send)) this.tally.unsent(send.key, send.connection, 'noConnection', nowMs);
    }
    for (let connection = 0; connection < this.own.count; connection++)
      if (!this.session.isOpen(connection)) this.tally.away(connection, nowMs);
    this.ledger?.append(EVENTS.end, 0, 0, 0, 0, nowMs);
    this.ledger?.flush();
    this.report({ type: 'finished', counts: this.counts(), latencies: this.tally.takeLatencies() });
  }

  private counts(): WorkerCounts {
    const { lifecycle, sends } = this.session;
    let waiting = 0;
    if (lifecycle.open < this.own.count)
      for (let connection = 0; connection < this.own.count; connection++) if (lifecycle.phaseOf(connection) === PHASES.waiting) waiting++;
    return {
      ...this.tally.counts,
      open: lifecycle.open,
      attempted: lifecycle.attempts,
      trying: this.dialer.trying,
      waiting,
      pending: sends.size,
      congested: this.pool.congested,
    };
  }
}
