/**
 * The rows of the bench: what is asked of us, which run answers it, and who stands beside us in the same session. Goals and
 * quoted figures are those of the project's sheet; a quoted figure was measured once, elsewhere, and is marked as such.
 * One KB is 1,000 bytes.
 */
import type { Phase } from '../../capacity/run-record.ts';
import type { FigureName } from './figures.ts';
import { REAL_RUN_NAMES } from './real-rows.ts';

export const RUN_NAMES = [
  'idle-hs256',
  'message-10k',
  'bun-idle',
  'bun-10k',
  'ws-idle',
  'ws-10k',
  'idle-eddsa',
  'ws-edge-10k',
  'message-2500',
  'bun-2500',
  'ws-2500',
  'ws-edge-2500',
  'idle-tls',
  'artillery',
  'artillery-10k',
  'ws-edge-idle',
  'million',
  'two-million',
  ...REAL_RUN_NAMES,
] as const;
export type RunName = (typeof RUN_NAMES)[number];

export interface Cell {
  readonly who: string;
  readonly run: RunName;
  readonly figure: FigureName;
}

export interface Quoted {
  readonly who: string;
  /** Left out when nobody has measured it. */
  readonly value?: number;
  /** Why it is not measured here. */
  readonly because: string;
}

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly unit: Unit;
  /** Left out where none was set: the figure is shown and not judged. */
  readonly goal?: number;
  readonly direction: 'atMost' | 'atLeast';
  /** The goal is so many times the best of the peers of the same session. */
  readonly timesPeers?: number;
  readonly ours: Cell;
  /** What ours is made of, or what stands beside it; not judged. */
  readonly parts: readonly Cell[];
  readonly peers: readonly Cell[];
  readonly quoted: readonly Quoted[];
  /** In which the figure is taken, and in which others must be quiet. */
  readonly phases: readonly Phase[];
  /** Only when it is asked for by name. */
  readonly optIn?: true;
  /** It is about what failed: a run in which something did is the one to judge. */
  readonly countsFailures?: true;
}

/** Values are bytes, microseconds or counts; shown as these units. */
export type Unit = 'KB' | 'us' | 'ms' | 's' | 'connections' | 'messages' | 'sends/s';

const OURS = 'parley';
const BUN = 'bare Bun.serve (floor: no token, no state)';
const WS = 'ws on Node (no token, no state)';
const WS_EDGE = 'parley with its ws edge';
const ARTILLERY = 'artillery 2.0.21';
/** Of its sends. */
export const ARTILLERY_SECONDS = 15;
const CENTRIFUGO = { who: 'Centrifugo 6.9', because: 'a Go build and a client of its own protocol' };
const TCPKALI = { who: 'tcpkali', because: 'not packaged: a C build from patched source' };
const SPIKE = { who: 'bare Bun spike', because: 'measured once before the project began' };

const parts = (run: RunName, ...list: ReadonlyArray<readonly [who: string, figure: FigureName]>): Cell[] =>
  list.map(([who, figure]) => ({ who, run, figure }));

const RAMP: readonly Phase[] = ['ramp'];
const STEPS: readonly Phase[] = ['ramp', 'settle'];
const CHAT: readonly Phase[] = ['chat'];
const HELD: readonly Phase[] = ['hold'];

const MESSAGE_PARTS = (run: RunName) =>
  parts(
    run,
    ['edge', 'messageEdgeUs'],
    ['relay', 'messageRelayUs'],
    ['embedded backends, apart', 'messageEmbeddedUs'],
    ['softirq of the machine, apart', 'messageSoftirqUs'],
  );

export const ROWS: readonly Row[] = [
  {
    name: 'memory-plain',
    title: 'memory of an idle connection, server side, plain',
    unit: 'KB',
    goal: 5_600,
    direction: 'atMost',
    phases: STEPS,
    ours: { who: OURS, run: 'idle-hs256', figure: 'serverBytes' },
    parts: parts(
      'idle-hs256',
      ['kernel', 'kernelBytes'],
      ['edges', 'edgeBytes'],
      ['relay', 'relayBytes'],
      ['embedded backends', 'embeddedBytes'],
    ),
    peers: [
      { who: BUN, run: 'bun-idle', figure: 'serverBytes' },
      { who: WS, run: 'ws-idle', figure: 'serverBytes' },
      { who: WS_EDGE, run: 'ws-edge-idle', figure: 'serverBytes' },
    ],
    quoted: [{ ...CENTRIFUGO, value: 40_000 }],
  },
  {
    name: 'memory-tls',
    title: 'the same with TLS 1.3',
    unit: 'KB',
    goal: 10_000,
    direction: 'atMost',
    phases: STEPS,
    ours: { who: OURS, run: 'idle-tls', figure: 'serverBytes' },
    parts: parts('idle-tls', ['kernel', 'kernelBytes'], ['edges', 'edgeBytes']),
    peers: [],
    quoted: [{ ...SPIKE, value: 9_000 }],
  },
  {
    name: 'memory-both',
    title: 'both ends on one machine, plain',
    unit: 'KB',
    goal: 9_500,
    direction: 'atMost',
    phases: STEPS,
    ours: { who: OURS, run: 'idle-hs256', figure: 'bothEndsBytes' },
    parts: parts('idle-hs256', ['fall of MemAvailable, the other instrument', 'availableBytes']),
    peers: [
      { who: BUN, run: 'bun-idle', figure: 'bothEndsBytes' },
      { who: WS, run: 'ws-idle', figure: 'bothEndsBytes' },
    ],
    quoted: [],
  },
  {
    name: 'handshake-hs256',
    title: 'CPU of a handshake with token, hello and route, HS256',
    unit: 'us',
    goal: 75,
    direction: 'atMost',
    phases: RAMP,
    ours: { who: OURS, run: 'idle-hs256', figure: 'handshakeUs' },
    parts: parts(
      'idle-hs256',
      ['edges', 'handshakeEdgeUs'],
      ['relay', 'handshakeRelayUs'],
      ['embedded backends', 'handshakeEmbeddedUs'],
      ['softirq of the machine, apart', 'handshakeSoftirqUs'],
    ),
    peers: [
      { who: BUN, run: 'bun-idle', figure: 'handshakeUs' },
      { who: WS, run: 'ws-idle', figure: 'handshakeUs' },
      { who: WS_EDGE, run: 'ws-edge-idle', figure: 'handshakeUs' },
    ],
    quoted: [{ ...CENTRIFUGO, value: 153 }],
  },
  {
    name: 'handshake-eddsa',
    title: 'the same with EdDSA',
    unit: 'us',
    goal: 115,
    direction: 'atMost',
    phases: RAMP,
    ours: { who: OURS, run: 'idle-eddsa', figure: 'handshakeUs' },
    parts: parts('idle-eddsa', ['edges', 'handshakeEdgeUs']),
    peers: [],
    quoted: [],
  },
  {
    name: 'message-10k',
    title: 'CPU of a message with all its frames, edge and relay, 10,000/s',
    unit: 'us',
    goal: 45,
    direction: 'atMost',
    phases: CHAT,
    ours: { who: OURS, run: 'message-10k', figure: 'messageUs' },
    parts: MESSAGE_PARTS('message-10k'),
    peers: [
      { who: `${BUN}, one process`, run: 'bun-10k', figure: 'messageUs' },
      { who: `${WS}, one process`, run: 'ws-10k', figure: 'messageUs' },
      { who: WS_EDGE, run: 'ws-edge-10k', figure: 'messageUs' },
    ],
    quoted: [{ ...CENTRIFUGO, value: 55 }],
  },
  {
    name: 'message-2500',
    title: 'the same at 2,500/s',
    unit: 'us',
    goal: 100,
    direction: 'atMost',
    phases: CHAT,
    ours: { who: OURS, run: 'message-2500', figure: 'messageUs' },
    parts: MESSAGE_PARTS('message-2500'),
    peers: [
      { who: `${BUN}, one process`, run: 'bun-2500', figure: 'messageUs' },
      { who: `${WS}, one process`, run: 'ws-2500', figure: 'messageUs' },
      { who: WS_EDGE, run: 'ws-edge-2500', figure: 'messageUs' },
    ],
    quoted: [{ ...CENTRIFUGO, value: 148 }],
  },
  {
    name: 'generator-memory',
    title: 'load engine: user memory of a connection held',
    unit: 'KB',
    goal: 1_000,
    direction: 'atMost',
    phases: STEPS,
    ours: { who: OURS, run: 'idle-hs256', figure: 'generatorBytes' },
    parts: [],
    peers: [{ who: ARTILLERY, run: 'artillery', figure: 'generatorBytes' }],
    quoted: [{ ...TCPKALI, value: 1_500 }],
  },
  {
    name: 'generator-cpu',
    title: 'load engine: CPU of a connection opened',
    unit: 'us',
    goal: 60,
    direction: 'atMost',
    phases: RAMP,
    ours: { who: OURS, run: 'idle-hs256', figure: 'generatorUs' },
    parts: [],
    peers: [{ who: ARTILLERY, run: 'artillery', figure: 'generatorUs' }],
    quoted: [{ ...TCPKALI, value: 84 }],
  },
  {
    name: 'lateness',
    title: 'load engine: lateness of sends at 10,000/s, p99',
    unit: 'ms',
    goal: 2_000,
    direction: 'atMost',
    phases: CHAT,
    ours: { who: OURS, run: 'message-10k', figure: 'latenessUs' },
    parts: [],
    peers: [
      { who: `${ARTILLERY}, behind the pauses of its script after ${ARTILLERY_SECONDS} s`, run: 'artillery-10k', figure: 'behindUs' },
    ],
    quoted: [],
  },
  {
    name: 'generator-rate',
    title: 'load engine: sends/s reached where 10,000/s are asked for',
    unit: 'sends/s',
    goal: 9_900,
    direction: 'atLeast',
    phases: CHAT,
    ours: { who: OURS, run: 'message-10k', figure: 'sentPerSecond' },
    parts: [],
    peers: [{ who: `${ARTILLERY}, one process`, run: 'artillery-10k', figure: 'sentPerSecond' }],
    quoted: [],
  },
  {
    name: 'generator-per-gb',
    title: 'load engine: connections held per GB of user memory',
    unit: 'connections',
    direction: 'atLeast',
    timesPeers: 10,
    phases: STEPS,
    ours: { who: OURS, run: 'idle-hs256', figure: 'generatorPerGb' },
    parts: [],
    peers: [{ who: ARTILLERY, run: 'artillery', figure: 'generatorPerGb' }],
    quoted: [{ ...TCPKALI, value: 1e9 / 1_500 }],
  },
  {
    name: 'generator-per-core',
    title: 'load engine: connections opened per second of one core',
    unit: 'connections',
    direction: 'atLeast',
    timesPeers: 10,
    phases: RAMP,
    ours: { who: OURS, run: 'idle-hs256', figure: 'generatorPerCore' },
    parts: [],
    peers: [{ who: ARTILLERY, run: 'artillery', figure: 'generatorPerCore' }],
    quoted: [{ ...TCPKALI, value: 1e6 / 84 }],
  },
  {
    name: 'million',
    title: 'connections held for 60 s, heartbeats every 60 s',
    unit: 'connections',
    goal: 1_000_000,
    direction: 'atLeast',
    phases: HELD,
    ours: { who: OURS, run: 'million', figure: 'heldConnections' },
    parts: parts('million', ['server side, bytes each', 'serverBytes'], ['both ends, bytes each', 'bothEndsBytes']),
    peers: [],
    quoted: [{ ...SPIKE, value: 1_000_000 }],
    optIn: true,
  },
  {
    name: 'two-million',
    title: 'connections held for 120 s, heartbeats every 120 s',
    unit: 'connections',
    goal: 2_000_000,
    direction: 'atLeast',
    phases: HELD,
    ours: { who: OURS, run: 'two-million', figure: 'heldConnections' },
    parts: parts('two-million', ['server side, bytes each', 'serverBytes'], ['both ends, bytes each', 'bothEndsBytes']),
    peers: [],
    quoted: [{ ...SPIKE, value: 2_000_000 }],
    optIn: true,
  },
];

/** The runs that these rows read, each once, in the order in which a repeat makes them. */
export function runsOf(rows: readonly Row[]): readonly RunName[] {
  const wanted = new Set(rows.flatMap((row) => [row.ours, ...row.parts, ...row.peers].map((cell) => cell.run)));
  return RUN_NAMES.filter((name) => wanted.has(name));
}
