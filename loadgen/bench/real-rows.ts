/** Rows of a box on real systems; each is measured only when it is asked for by name, since it needs such systems. */
import { OBJECTIVES } from '../../capacity/claims.ts';
import type { FigureName } from './figures.ts';
import type { Cell, Row } from './rows.ts';

export const REAL_RUN_NAMES = ['real-2500', 'real-catch-up'] as const;
export type RealRunName = (typeof REAL_RUN_NAMES)[number];

const OURS = 'parley on Kafka, Cassandra and Redis';
const cells = (run: RealRunName, ...list: ReadonlyArray<readonly [who: string, figure: FigureName]>): Cell[] =>
  list.map(([who, figure]) => ({ who, run, figure }));
const row = (one: Pick<Row, 'name' | 'title' | 'unit' | 'direction' | 'ours' | 'parts'> & Partial<Row>): Row => ({
  peers: [],
  quoted: [],
  phases: ['chat'],
  optIn: true,
  ...one,
});

export const REAL_ROWS: readonly Row[] = [
  row({
    name: 'real-2500',
    title: 'accepted at 2,500 sends/s on real systems, p99',
    unit: 'ms',
    goal: OBJECTIVES.acceptedP99Us,
    direction: 'atMost',
    ours: { who: OURS, run: 'real-2500', figure: 'acceptedP99Us' },
    parts: cells('real-2500', ['p50', 'acceptedP50Us'], ['p99.9', 'acceptedP999Us']),
  }),
  row({
    name: 'real-2500-delivered',
    title: 'delivered at 2,500 sends/s on real systems, p99',
    unit: 'ms',
    goal: OBJECTIVES.deliveredP99Us,
    direction: 'atMost',
    ours: { who: OURS, run: 'real-2500', figure: 'deliveredP99Us' },
    parts: cells('real-2500', ['p50', 'deliveredP50Us'], ['p99.9', 'deliveredP999Us']),
  }),
  row({
    name: 'real-2500-lost',
    title: 'lost, doubled, out of order or unanswered of these',
    unit: 'messages',
    goal: 0,
    direction: 'atMost',
    countsFailures: true,
    ours: { who: OURS, run: 'real-2500', figure: 'brokenPromises' },
    parts: cells('real-2500', ['accepted', 'acceptedMessages']),
  }),
  row({
    name: 'real-cost',
    title: 'CPU of a message on real systems, all parts, 2,500/s',
    unit: 'us',
    direction: 'atMost',
    ours: { who: OURS, run: 'real-2500', figure: 'realUs' },
    parts: cells(
      'real-2500',
      ['edge', 'messageEdgeUs'],
      ['relay', 'messageRelayUs'],
      ['dispatch', 'dispatchUs'],
      ['Kafka', 'kafkaUs'],
      ['Cassandra', 'cassandraUs'],
      ['Redis', 'redisUs'],
      ['softirq of the machine, apart', 'messageSoftirqUs'],
    ),
  }),
  row({
    name: 'real-catch-up',
    title: 'dispatch away for 60 s at 1,000 sends/s: until nothing is late any more',
    unit: 's',
    goal: 60_000_000,
    direction: 'atMost',
    // That processors are full while it catches up is no disturbance.
    phases: [],
    ours: { who: OURS, run: 'real-catch-up', figure: 'catchUpUs' },
    parts: [],
  }),
];
