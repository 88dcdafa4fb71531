/**
 * One read for all who ask within a few milliseconds. It begins after the last of them has asked, so nobody gets an answer
 * that is older than his question.
 */
export class SharedRead<Value> {
  private readonly read: () => Promise<Value>;
  private readonly windowMs: number;
  private next: Promise<Value> | undefined;

  constructor(read: () => Promise<Value>, windowMs: number) {
    this.read = read;
    this.windowMs = windowMs;
  }

  get(): Promise<Value> {
    this.next ??= new Promise((resolve) => setTimeout(resolve, this.windowMs)).then(() => {
      this.next = undefined;
      return this.read();
    });
    return this.next;
  }
}
