/**
 * Which delivered batches every edge concerned has confirmed, so that the position in `deliveries` moves only over those.
 * An edge that went away is taken off: its sessions are gone, or will be told that something newer may exist.
 */
export class Confirmations {
  private readonly waiting = new Map<number, { readonly edges: Set<number>; readonly nextOffset: number }>();
  private nextBatch = 1;
  private confirmedOffset: number | undefined;

  /** Batches that are not confirmed. */
  get open(): number {
    return this.waiting.size;
  }

  /** The oldest batch's edges that have not confirmed. */
  get laggards(): readonly number[] {
    const oldest = this.waiting.values().next().value;
    return oldest === undefined ? [] : [...oldest.edges];
  }

  begin(edges: Iterable<number>, nextOffset: number): number {
    const batch = this.nextBatch;
    this.nextBatch++;
    this.waiting.set(batch, { edges: new Set(edges), nextOffset });
    this.collect();
    return batch;
  }

  /** An edge has taken this batch and, since it takes them in order, all before it. */
  confirm(edge: number, batch: number): void {
    for (const [number, { edges }] of this.waiting) {
      if (number > batch) break;
      edges.delete(edge);
    }
    this.collect();
  }

  forget(edge: number): void {
    for (const { edges } of this.waiting.values()) edges.delete(edge);
    this.collect();
  }

  /** The position that may be committed, once per move. */
  takeOffset(): number | undefined {
    const offset = this.confirmedOffset;
    this.confirmedOffset = undefined;
    return offset;
  }

  private collect(): void {
    for (const [batch, { edges, nextOffset }] of this.waiting) {
      if (edges.size > 0) return;
      this.confirmedOffset = nextOffset;
      this.waiting.delete(batch);
    }
  }
}
