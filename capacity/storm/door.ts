/**
 * The door of a gateway: attempts wait in order for a processor, and are admitted or refused when their turn comes, as the
 * bucket of admissions allows. An attempt whose time is over before its turn has gone, and costs nothing more.
 */
export interface DoorCosts {
  readonly usPerRefusal: number;
  readonly usPerConnect: number;
}

interface Batch {
  readonly step: number;
  readonly levels: Float64Array;
  amount: number;
}

export class Door {
  private readonly queue: Batch[] = [];
  private head = 0;
  private readonly levels: number;
  private readonly costs: DoorCosts;
  waiting = 0;
  /** Of the last step, by level. */
  readonly refused: Float64Array;
  readonly gone: Float64Array;
  admitted = 0;
  refusedAmount = 0;
  goneAmount = 0;
  usedUs = 0;

  constructor(levels: number, costs: DoorCosts) {
    this.levels = levels;
    this.costs = costs;
    this.refused = new Float64Array(levels);
    this.gone = new Float64Array(levels);
  }

  arrive(step: number, levels: Float64Array, amount: number): void {
    if (amount <= 0) return;
    this.queue.push({ step, levels: levels.slice(), amount });
    this.waiting += amount;
  }

  /** One step: at most `us` of processor time and `tokens` admissions. Attempts from before `oldest` have gone. */
  serve(us: number, tokens: number, oldest: number): void {
    this.refused.fill(0);
    this.gone.fill(0);
    this.admitted = 0;
    this.refusedAmount = 0;
    this.goneAmount = 0;
    let leftUs = us;
    let leftTokens = tokens;
    while (this.head < this.queue.length) {
      const batch = this.queue[this.head]!;
      if (batch.step < oldest) {
        this.goneAmount += this.move(batch, batch.amount, this.gone);
        this.head++;
        continue;
      }
      const admitted = Math.min(batch.amount, leftTokens, leftUs / this.costs.usPerConnect);
      if (admitted > 0) {
        this.move(batch, admitted, undefined);
        leftTokens -= admitted;
        leftUs -= admitted * this.costs.usPerConnect;
        this.admitted += admitted;
      }
      if (leftTokens <= TINY && batch.amount > 0) {
        const refused = this.costs.usPerRefusal === 0 ? batch.amount : Math.min(batch.amount, leftUs / this.costs.usPerRefusal);
        if (refused > 0) {
          this.refusedAmount += this.move(batch, refused, this.refused);
          leftUs -= refused * this.costs.usPerRefusal;
        }
      }
      if (batch.amount > TINY) break;
      this.waiting -= batch.amount;
      this.admitted += batch.amount;
      batch.amount = 0;
      this.head++;
    }
    if (this.head > 256 && this.head * 2 > this.queue.length) {
      this.queue.splice(0, this.head);
      this.head = 0;
    }
    this.usedUs = us - leftUs;
  }

  /** Takes an amount out of a batch, its levels alike, and adds it by level where asked. */
  private move(batch: Batch, amount: number, into: Float64Array | undefined): number {
    const share = Math.min(1, amount / batch.amount);
    for (let level = 0; level < this.levels; level++) {
      const part = batch.levels[level]! * share;
      batch.levels[level]! -= part;
      if (into !== undefined) into[level]! += part;
    }
    batch.amount -= amount;
    this.waiting -= amount;
    return amount;
  }
}

/** Of a client: rounding, not somebody who waits. */
const TINY = 1e-9;
