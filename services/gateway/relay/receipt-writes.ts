/**
 * Marks of devices on their way to the bus. At 1:1 they would be twice as many records as messages, so of each device, kind
 * and conversation only the highest of a short time is written. What brought them is settled when they are in the log: a
 * relay that is killed is told them again. A failure that may heal is tried again with what came since. Bounded in entries
 * and in bytes; what is over the bytes is dropped and counted, since a later mark says the same.
 */
import type { Bus } from '../../bus/bus.ts';
import { partitionOf } from '../../bus/partition.ts';
import { encodeReceiptAs } from '../../bus/record-codec.ts';
import type { ReceiptRecord } from '../../bus/records.ts';
import { BackendError } from '../../runtime/backend-error.ts';
import { AppendBatcher } from './append-batcher.ts';
import type { RelayCells } from './metrics.ts';
import { ReceiptCoalescer } from './receipt-coalescer.ts';

type Kind = ReceiptRecord['kind'];

export interface ReceiptWritesOptions {
  readonly bus: Bus;
  readonly limitBytes: number;
  readonly limitEntries: number;
  readonly recordVersion: number;
  readonly cells: RelayCells;
}

/** Marks that were given to the bus together, and whom to tell when all are there. */
interface Flight {
  open: number;
  failed: boolean;
  readonly settles: Array<() => void>;
}

export class ReceiptWrites {
  private readonly options: ReceiptWritesOptions;
  private readonly batcher: AppendBatcher;
  private readonly partitions: number;
  private readonly marks: Readonly<Record<Kind, ReceiptCoalescer>> = { delivered: new ReceiptCoalescer(), read: new ReceiptCoalescer() };
  private settles: Array<() => void> = [];
  private readonly flights = new Set<Flight>();

  constructor(options: ReceiptWritesOptions) {
    this.options = options;
    this.partitions = options.bus.partitions('receipts');
    this.batcher = new AppendBatcher({
      bus: options.bus,
      topic: 'receipts',
      limitBytes: options.limitBytes,
      lingerMs: 0,
      onPendingBytes: () => undefined,
      onAppend: () => undefined,
    });
  }

  add(kind: Kind, conversation: number, device: number, sequence: number): void {
    this.marks[kind].add(conversation, device, sequence);
  }

  /** Calls back when all that was added so far is in the log, or given up. */
  whenWritten(settle: () => void): void {
    this.settles.push(settle);
    if (this.marks.delivered.size + this.marks.read.size >= this.options.limitEntries) this.flush();
  }

  /** Resolves when every mark that came before is in the log, or given up. */
  async written(): Promise<void> {
    this.flush();
    const flights = [...this.flights];
    await Promise.all(flights.map(({ settles }) => new Promise<void>((resolve) => settles.push(resolve))));
  }

  flush(): void {
    const { cells } = this.options;
    const flight: Flight = { open: 1, failed: false, settles: this.settles };
    this.settles = [];
    this.flights.add(flight);
    for (const kind of ['delivered', 'read'] as const) {
      this.marks[kind].flush((conversation, from, sequence) => {
        const written = (failure: unknown) => {
          if (failure === undefined) cells.receipts.value++;
          else if (failure instanceof BackendError && failure.retryable) {
            flight.failed = true;
            this.add(kind, conversation, from, sequence);
          } else cells.receiptsDropped.value++;
          this.landed(flight);
        };
        const record = encodeReceiptAs(this.options.recordVersion, { kind, conversation, from, sequence });
        if (this.batcher.add(partitionOf(conversation, this.partitions), record, written)) flight.open++;
        else cells.receiptsDropped.value++;
      });
    }
    this.landed(flight);
  }

  private landed(flight: Flight): void {
    if (--flight.open > 0) return;
    this.flights.delete(flight);
    if (flight.failed) this.settles.push(...flight.settles);
    else for (const settle of flight.settles) settle();
  }
}
