/**
 * Delivered marks on their way to the bus: at 1:1 they would be as many records as messages, so per device and conversation
 * only the highest of a short time is written. Bounded in entries; at the bound the oldest leave early.
 */
export class ReceiptCoalescer {
  private readonly limit: number;
  private readonly write: (conversation: number, device: number, sequence: number) => void;
  private readonly marks = new Map<number, Map<number, number>>();
  private size = 0;

  constructor(limit: number, write: (conversation: number, device: number, sequence: number) => void) {
    this.limit = limit;
    this.write = write;
  }

  add(conversation: number, device: number, sequence: number): void {
    let devices = this.marks.get(conversation);
    if (devices === undefined) {
      devices = new Map();
      this.marks.set(conversation, devices);
    }
    const known = devices.get(device);
    if (known === undefined) this.size++;
    if (known === undefined || known < sequence) devices.set(device, sequence);
    if (this.size >= this.limit) this.flush();
  }

  flush(): void {
    for (const [conversation, devices] of this.marks) {
      for (const [device, sequence] of devices) this.write(conversation, device, sequence);
    }
    this.marks.clear();
    this.size = 0;
  }
}
