/**
 * The bus in a directory: topic/partition/first-offset.log, positions.json, topics.json. See FileLog for what is durable. A
 * directory belongs to one process at a time; its owner sees to that.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackendError } from '../runtime/backend-error.ts';
import { type BusEvents, TOPICS, type Topic } from './bus.ts';
import { FileLog } from './file-log.ts';
import { LogBus } from './log-bus.ts';
import { PositionFile } from './position-file.ts';

export interface FileTopic {
  readonly partitions: number;
  readonly limitBytes: number;
  readonly segmentBytes: number;
  /** Consumed segments may be deleted, all but this many. Undefined: everything is kept. */
  readonly keepConsumedSegments?: number;
  /** When what was appended is written: after this turn of the event loop, or at once, where one appender has it all. */
  readonly write?: 'perTurn' | 'atOnce';
}

export interface FileBusEvents extends BusEvents {
  /** A torn tail was cut at the start. */
  readonly cut: (topic: Topic, partition: number, bytes: number) => void;
  /** Positions could not be written; they are tried again. */
  readonly positionsFailed: (error: unknown) => void;
}

export interface FileBusOptions {
  readonly directory: string;
  readonly topics: Readonly<Record<Topic, FileTopic>>;
  readonly events: FileBusEvents;
  readonly now: () => number;
  readonly sleep?: (milliseconds: number) => Promise<void>;
}

const VERSION = 1;

export function openFileBus(options: FileBusOptions): LogBus {
  const { directory, topics } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  checkTopics(join(directory, 'topics.json'), topics);
  const settings = (topic: Topic) => ({ ...topics[topic], deleteConsumed: topics[topic].keepConsumedSegments !== undefined });
  const file = new PositionFile(join(directory, 'positions.json'), () => bus.releaseConsumed(), options.events.positionsFailed);
  const bus: LogBus = new LogBus({
    topics: { messages: settings('messages'), receipts: settings('receipts'), deliveries: settings('deliveries') },
    events: options.events,
    now: options.now,
    sleep: options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
    open: (topic, partition, log) =>
      new FileLog({
        ...log,
        directory: join(directory, topic, String(partition)),
        segmentBytes: topics[topic].segmentBytes,
        keepSegments: topics[topic].keepConsumedSegments ?? 0,
        schedule: topics[topic].write === 'atOnce' ? queueMicrotask : (flush) => void setImmediate(flush),
        cut: (bytes) => options.events.cut(topic, partition, bytes),
      }),
    positions: file.positions,
    committed: () => file.changed(),
    onClose: () => file.close(),
  });
  // All that exists is opened now: damage shows at the start, and sizes count from the start.
  for (const topic of TOPICS) {
    const path = join(directory, topic);
    if (existsSync(path)) for (const partition of readdirSync(path)) bus.open(topic, Number(partition));
  }
  return bus;
}

/** A conversation's partition is a function of the count, so another count would split its log in two. */
function checkTopics(path: string, topics: FileBusOptions['topics']): void {
  const wanted = TOPICS.map((topic) => ({ topic, partitions: topics[topic].partitions }));
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, JSON.stringify({ version: VERSION, topics: wanted }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return;
  }
  const written = JSON.parse(readFileSync(path, 'utf8')) as { version: number; topics: typeof wanted };
  if (written.version !== VERSION)
    throw new BackendError('unknownVersion', `${path} has version ${written.version}, not ${VERSION}`, false);
  for (const { topic, partitions } of wanted) {
    const before = written.topics.find((other) => other.topic === topic)?.partitions;
    if (before !== partitions) {
      throw new BackendError('partitionsChanged', `${topic} was made with ${before} partitions, not ${partitions}: start a new log`, false);
    }
  }
}
