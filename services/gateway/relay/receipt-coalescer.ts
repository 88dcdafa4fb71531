/** Marks of one kind: per device and conversation only the highest until the next flush. Its owner sees to its size. */
export class ReceiptCoalescer {
  size = 0;
  private readonly marks = new Map<number, Map<number, number>>();

  add(conversation: number, device: number, sequence: number): void {
    let devices = this.marks.get(conversation);
    if (devices === undefined) {
      devices = new Map();
      this.marks.set(conversation, devices);
    }
    const known = devices.get(device);
    if (known === undefined) this.size++;
    if (known === undefined || known < sequence) devices.set(device, sequence);
  }

  flush(write: (conversation: number, device: number, sequence: number) => void): void {
    for (const [conversation, devices] of this.marks) {
      for (const [device, sequence] of devices) write(conversation, device, sequence);
    }
    this.marks.clear();
    this.size = 0;
  }
}
