/**
 * The shape of a box and of the load engine beside it: what the host limits are asked about. Pure arithmetic; the numbers
 * of processes that a number of connections asks for are decided here and nowhere else.
 */

/** Bytes and files that one thing costs. Measured ones replace the defaults; see `DEFAULT_COSTS` for where those come from. */
export interface UnitCosts {
  /** Kernel memory of one end of an idle TCP connection: slab and page tables. */
  readonly kernelBytesPerEnd: number;
  /** Memory of all processes of the box for one idle connection, session state and route included. */
  readonly serverBytes: number;
  readonly serverTlsBytes: number;
  readonly clientBytes: number;
  readonly clientTlsBytes: number;
  /** Proportional share of one process that holds nothing. */
  readonly processBytes: number;
  /** Files that an edge or a worker has open besides its connections. */
  readonly filesPerProcess: number;
  readonly threadsPerProcess: number;
  readonly mappingsPerProcess: number;
}

export interface BoxShape {
  readonly edges: number;
  /** Load-engine workers on the same machine; 0 when the clients are elsewhere. */
  readonly workers: number;
  /** Ports that the box listens on, as far as they are fixed. An outgoing connection must never take one as its own. */
  readonly ports: readonly number[];
  /** Addresses the local clients connect to; each has the port range to itself. */
  readonly destinationAddresses: number;
  readonly cores: number;
  readonly tls: boolean;
  /** Rate at which connections arrive; a box after an outage sees all it admits. */
  readonly connectionsPerSecond: number;
  readonly sendsPerSecond: number;
  readonly heartbeatSeconds: number;
  /** Share of connections that do not read while something is sent to them, as planned for. */
  readonly slowReaderShare: number;
  /** Fullest edge ÷ mean edge. The kernel's hash spreads connections over edges, it does not count them. */
  readonly spread: number;
  readonly costs: UnitCosts;
}

/** kernel, server and client bytes: spike of 2026-11-25 at 20 K to 2 M connections, Bun 1.4.5, kernel 6.18; TLS: TLS 1.3, P-256. */
export const DEFAULT_COSTS: UnitCosts = {
  kernelBytesPerEnd: 3_750,
  serverBytes: 1_850,
  serverTlsBytes: 4_200,
  clientBytes: 1_000,
  clientTlsBytes: 8_600,
  processBytes: 15_000_000,
  filesPerProcess: 100,
  threadsPerProcess: 16,
  mappingsPerProcess: 4_096,
};

/** Clients that connect over many addresses make the spread wider: 11 % seen with 60 processes of 16.7 K, 15 % planned. */
const SPREAD_MANY_ADDRESSES = 1.15;

export const DEFAULT_SHAPE: BoxShape = {
  edges: 1,
  workers: 0,
  ports: [],
  destinationAddresses: 1,
  cores: 1,
  tls: false,
  connectionsPerSecond: 2_000,
  sendsPerSecond: 0,
  heartbeatSeconds: 30,
  slowReaderShare: 0.001,
  spread: SPREAD_MANY_ADDRESSES,
  costs: DEFAULT_COSTS,
};

/** Fullest edge ÷ mean edge: the only edge there is gets what there is. */
export function spreadOf(shape: BoxShape): number {
  return shape.edges === 1 ? 1 : shape.spread;
}

/**
 * The fewest processes that hold `connections`, not fewer than `atLeast`. Few fat processes are cheaper than many thin ones
 * (a heartbeat costs half), so the cores are no reason for more than one each.
 */
export function processesFor(connections: number, filesPerProcess: number, spread: number, costs: UnitCosts, atLeast: number): number {
  const files = filesPerProcess - costs.filesPerProcess;
  if (connections <= files && atLeast <= 1) return 1;
  const room = Math.floor(files / spread);
  return room < 1 ? Number.POSITIVE_INFINITY : Math.max(atLeast, Math.ceil(connections / room));
}

/** Bytes that `connections` take on this machine: both ends when its workers are here too. */
export function memoryFor(connections: number, shape: BoxShape): number {
  return connections * bytesPerConnection(shape) + baseBytes(shape);
}

export function bytesPerConnection(shape: BoxShape): number {
  const { costs } = shape;
  const server = costs.kernelBytesPerEnd + costs.serverBytes + (shape.tls ? costs.serverTlsBytes : 0);
  const client = costs.kernelBytesPerEnd + costs.clientBytes + (shape.tls ? costs.clientTlsBytes : 0);
  return server + (shape.workers > 0 ? client : 0);
}

export function baseBytes(shape: BoxShape): number {
  return processesOf(shape) * shape.costs.processBytes;
}

/** Edges, relay, embedded backends and supervisor; workers and their coordinator when they are here. */
export function processesOf(shape: BoxShape): number {
  return shape.edges + 3 + (shape.workers > 0 ? shape.workers + 1 : 0);
}

/** Ends of one connection that live on this machine. */
export function endsOf(shape: BoxShape): number {
  return shape.workers > 0 ? 2 : 1;
}
