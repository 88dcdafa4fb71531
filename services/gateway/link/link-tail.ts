/**
 * The edge's side of a numbered link: what was sent and not yet acknowledged, so that a relay that was killed gets it again
 * and clients see nothing but a delay. Bounded in bytes; at the bound the caller refuses the work by code.
 */
export class LinkTail {
  bytes = 0;
  /** Number of the oldest message that is kept. */
  firstNumber = 1;
  private readonly limitBytes: number;
  private messages: Uint8Array[] = [];
  private head = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get length(): number {
    return this.messages.length - this.head;
  }

  /** Number of the newest message; one less than `firstNumber` when nothing is kept. */
  get lastNumber(): number {
    return this.firstNumber + this.length - 1;
  }

  /** A message that is kept, by its number. */
  at(number: number): Uint8Array {
    return this.messages[this.head + number - this.firstNumber]!;
  }

  hasRoomFor(bytes: number): boolean {
    return this.bytes + bytes <= this.limitBytes;
  }

  push(message: Uint8Array): void {
    this.messages.push(message);
    this.bytes += message.length;
  }

  /** The relay has settled every message up to this number. A number from before is ignored. */
  acknowledge(number: number): void {
    while (this.firstNumber <= number && this.head < this.messages.length) {
      this.bytes -= this.messages[this.head]!.length;
      this.messages[this.head++] = EMPTY;
      this.firstNumber++;
    }
    if (this.head > 1_024 && this.head * 2 > this.messages.length) {
      this.messages = this.messages.slice(this.head);
      this.head = 0;
    }
  }

  /** What a relay that came back must get, oldest first. */
  *unacknowledged(): Iterable<Uint8Array> {
    for (let number = this.firstNumber; number <= this.lastNumber; number++) yield this.at(number);
  }
}

const EMPTY = new Uint8Array(0);
