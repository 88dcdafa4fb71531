/**
 * Records per request, which decides what the bus costs. A request to a target is opened by a record and waits `linger` for
 * others, so at a rate r towards each target it carries 1 + r × linger; what was measured lies on that line. A request costs
 * a + b × records, so the fewer senders and targets share a rate, the cheaper a record: senders are as few as can carry it.
 */

/** Of one sender whose records go to `targets` alike. */
export function recordsPerRequest(recordsPerSecondOfSender: number, targets: number, lingerSeconds: number): number {
  return 1 + (recordsPerSecondOfSender / targets) * lingerSeconds;
}

/** Different partitions among so many records that hit them at random: each is a batch of its own in the request. */
export function distinctPartitions(records: number, partitions: number): number {
  return partitions <= 1 ? 1 : partitions * (1 - (1 - 1 / partitions) ** records);
}

export interface RequestCost {
  readonly usPerRequest: number;
  readonly usPerRecord: number;
}

export function usPerRecord(cost: RequestCost, perRequest: number): number {
  return cost.usPerRequest / perRequest + cost.usPerRecord;
}

export interface Senders {
  readonly recordsPerSecond: number;
  readonly targets: number;
  readonly lingerSeconds: number;
  readonly cost: RequestCost;
  /** What a record costs its sender besides the request. */
  readonly usPerRecordElsewhere: number;
  /** Share of one processor that a sender may use. */
  readonly utilisation: number;
}

export interface SenderChoice {
  readonly senders: number;
  readonly recordsPerRequest: number;
  readonly coresAll: number;
}

const ROUNDS = 64;

/** The fewest senders of one processor each that carry the rate: with more of them each record costs more. */
export function fewestSenders(load: Senders): SenderChoice | undefined {
  let senders = 1;
  for (let round = 0; round < ROUNDS; round++) {
    const perRequest = recordsPerRequest(load.recordsPerSecond / senders, load.targets, load.lingerSeconds);
    const cores = (load.recordsPerSecond * (usPerRecord(load.cost, perRequest) + load.usPerRecordElsewhere)) / 1e6;
    const needed = Math.max(1, Math.ceil(cores / load.utilisation - 1e-9));
    if (needed <= senders) return { senders, recordsPerRequest: perRequest, coresAll: cores };
    senders = needed;
  }
  return undefined;
}
