/** What synthetic runs are made of: their options, the true cost of everything, and noise that is the same each time. */
export interface SyntheticOptions {
  readonly connections: number;
  /** Connections at the checkpoints, 0 among them where a base is wanted. */
  readonly sizes: readonly number[];
  readonly sendsPerSecond: number;
  readonly holdSeconds: number;
  readonly chatSeconds: number;
  readonly heartbeatSeconds: number;
  readonly edges: number;
  readonly workers: number;
  readonly tls: boolean;
  readonly bothEnds: boolean;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly seed: number;
  /** Noise of each memory figure, bytes. */
  readonly noiseBytes: number;
}

export const SYNTHETIC: SyntheticOptions = {
  connections: 500_000,
  sizes: [0, 100_000, 200_000, 300_000, 400_000, 500_000],
  sendsPerSecond: 2_500,
  holdSeconds: 30,
  chatSeconds: 62,
  heartbeatSeconds: 30,
  edges: 30,
  workers: 26,
  tls: false,
  bothEnds: true,
  cores: 2,
  memoryBytes: 25_000_000_000,
  seed: 7,
  noiseBytes: 200_000,
};

/** What the records are made of. */
export const TRUE_COSTS = {
  /** Slab of one end of a connection, by cache. */
  slab: { TCP: 2_258, sock_inode_cache: 794, filp: 183, dentry: 200, eventpoll_epi: 126, lsm_inode_cache: 66, lsm_file_cache: 22 },
  pageTables: 10,
  edge: 1_150,
  edgeTls: 4_100,
  relay: 220,
  embedded: 160,
  worker: 790,
  workerTls: 8_000,
  processBytes: 9_000_000,
  handshakeUs: { edge: 48, relay: 9, embedded: 8, worker: 45 },
  heartbeatUs: { edge: 12, relay: 0, embedded: 0, worker: 14 },
  messageUs: { edge: 40, relay: 25, embedded: 30, worker: 60 },
  softirqUs: { handshake: 20, heartbeat: 6, message: 25 },
} as const;

export const RAMP_PER_SECOND = 15_000;
export const QUIET_SECONDS = 5;

export function recipientsPerSend(): number {
  return 2;
}

/** What the bill must find, bytes a connection. */
export function trueBytes(options: SyntheticOptions): { readonly server: number; readonly client: number; readonly whole: number } {
  const slab = Object.values(TRUE_COSTS.slab).reduce((sum, bytes) => sum + bytes, 0);
  const kernel = slab + TRUE_COSTS.pageTables / 2;
  const server = kernel + TRUE_COSTS.edge + (options.tls ? TRUE_COSTS.edgeTls : 0) + TRUE_COSTS.relay + TRUE_COSTS.embedded;
  const client = options.bothEnds ? kernel + TRUE_COSTS.worker + (options.tls ? TRUE_COSTS.workerTls : 0) : 0;
  return { server, client, whole: server + client };
}

/** Evenly spread about 0 within ± `amplitude`: a linear congruential generator [Numerical Recipes, "quick and dirty"]. */
export function seededNoise(seed: number, amplitude: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((state / 2 ** 31 - 1) * amplitude);
  };
}
