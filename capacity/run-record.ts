/**
 * What one run saw, as plain data: `runs/<time>-<name>/record.json`. Written by the load engine, read by the bill, the
 * verdict, the report and the refit. Holds sums and one sample a second, never a message or a connection of its own.
 *
 * Units are in the names: Bytes, Us (microseconds), Ms (milliseconds since the run began), Seconds, Share (0 to 1).
 * Counts are integers ≥ 0. "Client" is the load engine's end of a connection, "server" the box's. Where a figure could not
 * be read the field is left out; it is never zero for "unknown".
 */
export const RUN_RECORD_SCHEMA = 1;

/** The processes of a run. Those of the box come first, then the servers that a box on real systems stands on, those of the load engine last. */
export const SERVER_ROLES = ['supervisor', 'edge', 'relay', 'embedded', 'dispatch', 'kafka', 'cassandra', 'redis'] as const;
export const CLIENT_ROLES = ['coordinator', 'worker'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];
export type ClientRole = (typeof CLIENT_ROLES)[number];
export type Role = ServerRole | ClientRole;
export type ByRole<T> = Readonly<Partial<Record<Role, T>>>;

/**
 * start: box starts · ramp: connections open · settle: a checkpoint waits for quiet · hold: all open, heartbeats only ·
 * chat: all open, heartbeats and sends · quiet: sends ended, deliveries may still come · stop: all close.
 */
export const PHASES = ['start', 'ramp', 'settle', 'hold', 'chat', 'quiet', 'stop'] as const;
export type Phase = (typeof PHASES)[number];

export interface RunRecord {
  readonly schema: typeof RUN_RECORD_SCHEMA;
  /** Name of the run's folder. */
  readonly id: string;
  readonly name: string;
  /** Arguments that make this run again, from the verb on. */
  readonly command: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** False when the run ended before its plan did: interrupted, or something broke. `problems` says which. */
  readonly complete: boolean;
  readonly seed: number;
  readonly settings: RunSettings;
  /** What the run was made to prove; left out, it is judged by the rows of the sheet. */
  readonly claims?: readonly RunClaim[];
  readonly host: RunHost;
  readonly samples: readonly RunSample[];
  readonly checkpoints: readonly MemoryCheckpoint[];
  readonly cpuWindows: readonly CpuWindow[];
  readonly latencies: readonly LatencyHistogram[];
  /** The chat in stretches of about ten seconds, in order of time; older records have none. */
  readonly latencyWindows?: readonly LatencyWindow[];
  readonly connections: ConnectionSums;
  readonly ledger: LedgerSums;
  readonly heartbeats: HeartbeatSums;
  readonly generator: GeneratorGuard;
  /** Connections that ended before they were told to, by reason: a name of the error table, a WebSocket code, `reset`, … */
  readonly disconnects: Readonly<Record<string, number>>;
  readonly problems: readonly RunProblem[];
}

export interface RunSettings {
  readonly connections: number;
  readonly connectionsPerSecond: number;
  /** Sends per second of the whole run; 0 when it only holds. */
  readonly sendsPerSecond: number;
  readonly heartbeatSeconds: number;
  /** Server answers each heartbeat. */
  readonly answerHeartbeats: boolean;
  /** Time for which all connections are held, chat included. */
  readonly holdSeconds: number;
  readonly chatSeconds: number;
  /** Of the chat, at its beginning: its latencies are not in `latencies`. Left out: none. */
  readonly warmSeconds?: number;
  /** Stated time after the last send in which deliveries may still come before they are lost. */
  readonly quietSeconds: number;
  readonly tls: boolean;
  readonly tokenAlgorithm: 'HS256' | 'EdDSA';
  readonly edges: number;
  readonly workers: number;
  /** Destination addresses the clients are spread over. */
  readonly destinationAddresses: number;
  /** Box and load engine run on one machine: kernel memory is shared between the two ends, softirq can't be told apart. */
  readonly bothEnds: boolean;
  /** Shares of sends by size of the conversation they go to; they add to 1. */
  readonly groupMix: readonly GroupShare[];
  /** Mean body, bytes. */
  readonly bodyBytes: number;
}

export interface RunClaim {
  readonly id: 'connectionsPerBox' | 'sendsPerSecondPerBox';
  readonly value: number;
}

export interface GroupShare {
  readonly members: number;
  readonly share: number;
}

export interface RunHost {
  readonly kernel: string;
  readonly cpuModel: string;
  /** That this process may use. */
  readonly cores: number;
  /** Of the whole machine: those whose ticks the kernel adds up. Left out by older records, on which both were one. */
  readonly onlineProcessors?: number;
  readonly memoryBytes: number;
  readonly versions: {
    readonly parley: string;
    readonly bun: string;
    /** Digest of the sources of the load engine's machine, those of a box that was started there with it; left out by older records. */
    readonly sources?: string;
    /** What the box said that it was started from; left out where it did not. */
    readonly box?: string;
  };
  /**
   * True when the kernel keeps interrupt time apart from process time (CONFIG_IRQ_TIME_ACCOUNTING). Where false, softirq
   * that ran in a process's context is in that process's time already, so the two are shown side by side, never added.
   */
  readonly interruptTimeApart?: boolean;
  /** Host limits as they were before the run, by the names of `host-limits.ts`. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Once a second. Counts are totals since the run began, so that a reader subtracts two samples. */
export interface RunSample {
  readonly tMs: number;
  readonly phase: Phase;
  readonly connectionsClient: number;
  /** As the box reports it; left out when the box did not answer in time. */
  readonly connectionsServer?: number;
  readonly due: number;
  readonly accepted: number;
  readonly delivered: number;
  /** Connections and sends that were refused. */
  readonly refused: number;
  readonly heartbeatsSent: number;
  readonly heartbeatsReceived?: number;
  /** CPU of all processes of a role since each began, user and system together. */
  readonly cpuUs: ByRole<number>;
  readonly softirqUs: number;
  /** Time that the machine's processors were busy with anything at all: ours, others', the kernel's, stolen. */
  readonly busyUs: number;
  /** Time in which something runnable had to wait for a processor (PSI `some`). */
  readonly cpuPressureUs?: number;
  readonly memAvailableBytes: number;
}

/** Memory at one steady size. The numbers of processes are the same at all checkpoints of a run. */
export interface MemoryCheckpoint {
  readonly tMs: number;
  /** Connections open at both ends; 0 is the base, with all processes running. */
  readonly connections: number;
  readonly roles: ByRole<ProcessMemory>;
  /** Slab bytes (active objects' pages) by cache name as /proc/slabinfo has it; left out where it can't be read (not root). */
  readonly slabBytes?: Readonly<Record<string, number>>;
  /** All slab, from meminfo. */
  readonly slabTotalBytes: number;
  /** Pages charged to TCP send and receive queues (sockstat `mem`). */
  readonly socketBufferBytes: number;
  /** TCP sockets in use in this network namespace, ours and others': what is not ours must not change within a run. */
  readonly tcpSockets?: number;
  readonly pageTablesBytes: number;
  readonly memAvailableBytes: number;
}

/** Sums over the processes of a role. */
export interface ProcessMemory {
  readonly processes: number;
  /** Proportional share: shared pages are divided among those who map them. */
  readonly pssBytes: number;
  readonly anonBytes: number;
  readonly rssBytes: number;
}

/**
 * CPU over a stretch in which one thing was done, and how often. `idle`: all processes run and no connection is open; its
 * cost a second is taken off the other windows, as the base of a process is apart from the bytes of a connection.
 */
export interface CpuWindow {
  readonly name: 'handshake' | 'heartbeat' | 'chat' | 'idle';
  readonly startMs: number;
  readonly wallMs: number;
  /** Connections open, mean over the window. */
  readonly connections: number;
  readonly operations: {
    readonly handshakes: number;
    readonly heartbeats: number;
    readonly sends: number;
    /** Deliveries of messages to devices other than the one that sent. */
    readonly deliveries: number;
  };
  readonly roles: ByRole<ProcessCpu>;
  readonly machine: MachineCpu;
}

export interface ProcessCpu {
  readonly processes: number;
  readonly userUs: number;
  readonly systemUs: number;
}

/** Over all cores, from /proc/stat. `userUs` + `systemUs` hold every process, ours and others'. */
export interface MachineCpu {
  readonly userUs: number;
  readonly systemUs: number;
  readonly softirqUs: number;
  readonly irqUs: number;
  readonly stealUs: number;
  readonly idleUs: number;
  readonly pressureUs?: number;
}

/**
 * accepted and delivered: from the moment the send was due; one sample an accepted message, and one a delivery, those apart
 * that are counted as invalid, so that a lost slow sample is seen. lateness: due to really sent. handshake: from the moment the
 * connection was due to WELCOME. heartbeat: sent to answered. …Calm and …Disturbed: of neighbours only, in the parts of a chat in
 * turns.
 */
export const LATENCY_NAMES = [
  'accepted',
  'delivered',
  'lateness',
  'handshake',
  'heartbeat',
  'acceptedCalm',
  'acceptedDisturbed',
  'deliveredCalm',
  'deliveredDisturbed',
] as const;
export type LatencyName = (typeof LATENCY_NAMES)[number];

/**
 * Log-linear counts of microseconds; `histogram.ts` is the one reader and writer of the buckets.
 * `buckets` holds pairs index, count, index, count, … with ascending indexes and no zero counts.
 */
export interface LatencyHistogram {
  readonly name: LatencyName;
  readonly subBucketBits: number;
  readonly count: number;
  readonly minUs: number;
  readonly maxUs: number;
  readonly sumUs: number;
  readonly buckets: readonly number[];
}

/** What was told of latencies within a stretch of the chat. */
export interface LatencyWindow {
  readonly name: LatencyName;
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** attempted = opened + refused + failed + unopened. */
export interface ConnectionSums {
  /** Connections of the plan and, after losses, their replacements. */
  readonly attempted: number;
  /** Reached WELCOME. */
  readonly opened: number;
  /** Answered with a refusal that asks to come later; each retry is an attempt of its own. */
  readonly refused: number;
  /** Error, reset or time-out before WELCOME. */
  readonly failed: number;
  /** Begun but not finished when the run ended, or belonging to a worker that was lost. */
  readonly unopened: number;
  readonly maximumOpen: number;
  /** Ended before they were told to, after WELCOME; `disconnects` has the reasons. */
  readonly dropped: number;
  /** Ended because the load engine lost the worker that held them: no fault of the box. */
  readonly droppedByGenerator: number;
}

/**
 * due = accepted + refused + unknown + unsent, in messages.
 * recipientsExpected = delivered + waiting + rejected + lost, in pairs of (accepted message, recipient device).
 */
export interface LedgerSums {
  readonly due: number;
  readonly accepted: number;
  /** Answered by an error code, finally. */
  readonly refused: number;
  /** Sent, and no answer when the quiet time ended. */
  readonly unknown: number;
  /** Due, but never sent: the generator was late or stopped, or had no open connection. */
  readonly unsent: number;
  readonly recipientsExpected: number;
  readonly delivered: number;
  /** The device was not connected at the end, so could not have got it. */
  readonly waiting: number;
  /** The message was accepted and then REJECTED, as a recorded result. */
  readonly rejected: number;
  readonly lost: number;
  /** A sequence handed to the application twice. */
  readonly duplicated: number;
  /** Frames at or below the cursor, dropped by the client: no fault. */
  readonly redelivered: number;
  readonly outOfOrder: number;
  /** Deliveries of messages whose acceptance stayed unknown, or of no message of this run; outside the sums above. */
  readonly unexpected: number;
  /** Latency samples beyond the clock's error, not recorded. */
  readonly invalidLatency: number;
}

/** due = sent + unsent. */
export interface HeartbeatSums {
  readonly due: number;
  readonly sent: number;
  /** Due on an open connection but not sent: the generator's fault. */
  readonly unsent: number;
  /** Counted by the box, after the quiet time; left out when it could not be asked. */
  readonly received?: number;
  /** Answers seen by clients; left out when heartbeats are not answered. */
  readonly answered?: number;
}

export interface GeneratorGuard {
  readonly workersExpected: number;
  readonly workersReported: number;
  /** Of sends: due to really sent. Zero when nothing was due. */
  readonly latenessP50Us: number;
  readonly latenessP99Us: number;
  readonly latenessP999Us: number;
  readonly latenessMaxUs: number;
  /** Largest share of one core that a worker used over a second of hold or chat. */
  readonly workerCpuShareMax: number;
  /** Largest error of the offset between two workers' clocks; 0 when all read one clock. */
  readonly clockErrorUs: number;
  /** Machines that workers joined from; left out where all were processes of the coordinator's. */
  readonly hosts?: readonly WorkerHost[];
}

export interface WorkerHost {
  readonly name: string;
  readonly workers: number;
  /** Of its workers, to the end. */
  readonly reported: number;
  /** From its clock to the coordinator's, and how far off that may be; left out when it was never measured. */
  readonly clockOffsetMs?: number;
  readonly clockErrorUs?: number;
  /** Of its processors, over hold and chat; left out when it was not told. */
  readonly busyShare?: number;
}

/** `whose`: the box broke, the generator broke, the machine was in the way, or something could not be measured. */
export interface RunProblem {
  readonly tMs: number;
  readonly whose: 'box' | 'generator' | 'machine' | 'probe';
  readonly text: string;
}
