/** The bus in memory, for tests and the simulator: everything is lost with it. */
import type { BusEvents, Topic } from './bus.ts';
import { GroupPositions } from './group-positions.ts';
import { LogBus, type TopicSettings } from './log-bus.ts';
import { MemoryLog } from './memory-log.ts';

export interface MemoryBusOptions {
  readonly partitions: Readonly<Record<Topic, number>>;
  readonly limitBytes?: number;
  readonly events?: Partial<BusEvents>;
  readonly now: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const LIMIT_BYTES = 1_073_741_824;

export function createMemoryBus(options: MemoryBusOptions): LogBus {
  const settings = (topic: Topic, deleteConsumed: boolean): TopicSettings => ({
    partitions: options.partitions[topic],
    limitBytes: options.limitBytes ?? LIMIT_BYTES,
    deleteConsumed,
  });
  const bus: LogBus = new LogBus({
    topics: { messages: settings('messages', false), receipts: settings('receipts', true), deliveries: settings('deliveries', true) },
    events: { gap: () => undefined, handlerFailed: () => undefined, ...options.events },
    now: options.now,
    sleep: options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
    open: (_topic, _partition, log) => new MemoryLog(log),
    positions: new GroupPositions(),
    committed: () => bus.releaseConsumed(),
    onClose: () => undefined,
  });
  return bus;
}
