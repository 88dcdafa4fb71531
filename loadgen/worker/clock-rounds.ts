/** A worker's side of the clock rounds: exchanges pings, says whether its clock kept its offset, then uses the new one. */
import { agree, bestOffset, type Exchange, type Offset, ownClockMs } from '../clock/offset.ts';
import type { FromWorker } from './messages.ts';
import type { Clock } from './tally.ts';

export class ClockRounds {
  /** Unknown until the first round: an error that large makes every sample invalid. */
  readonly clock: Clock = { offsetMs: 0, errorMs: Number.POSITIVE_INFINITY };
  private readonly report: (message: FromWorker) => void;
  private current: Offset | undefined;
  private measured: Offset | undefined;
  private exchanges: Exchange[] = [];
  private wanted = 0;
  private round = 0;

  constructor(report: (message: FromWorker) => void) {
    this.report = report;
  }

  begin(round: number, exchanges: number): void {
    this.round = round;
    this.wanted = exchanges;
    this.exchanges = [];
    this.report({ type: 'ping', sentMs: ownClockMs() });
  }

  pong(sentMs: number, coordinatorMs: number, receivedMs: number): void {
    this.exchanges.push({ sentMs, coordinatorMs, receivedMs });
    if (this.exchanges.length < this.wanted) return this.report({ type: 'ping', sentMs: ownClockMs() });
    this.measured = bestOffset(this.exchanges);
    const held = this.measured !== undefined && (this.current === undefined || agree(this.current, this.measured));
    this.report({ type: 'clock', round: this.round, offset: this.measured, held });
  }

  /** The round is over for all workers: the offset measured in it counts from here on. */
  adopt(): void {
    if (this.measured === undefined) return;
    // Of two offsets that agree the one with the smaller error is the better measurement of the same clock.
    if (this.current !== undefined && agree(this.current, this.measured) && this.current.errorMs <= this.measured.errorMs) return;
    this.current = this.measured;
    this.clock.offsetMs = this.current.offsetMs;
    this.clock.errorMs = this.current.errorMs;
  }
}
