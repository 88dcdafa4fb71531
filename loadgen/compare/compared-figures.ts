/**
 * What is compared, and what its units are. A side of several runs has a value a run; a side of one run has a value for each
 * stretch of about ten seconds of its chat, without the first, in which code is compiled: what differs between runs is not seen
 * in those.
 */
import { chatSamples } from '../../capacity/held.ts';
import type { LatencyName, Role, RunRecord, RunSample } from '../../capacity/run-record.ts';
import { SERVER_ROLES } from '../../capacity/run-record.ts';
import { FIGURES, type FigureName } from '../bench/figures.ts';
import { WINDOW_MS } from '../coordinator/latency-windows.ts';

export type FigureUnit = 'us' | 'B' | '/s';

export interface ComparedFigure {
  readonly name: string;
  readonly unit: FigureUnit;
  readonly better: 'lower' | 'higher';
  readonly ofRun: (record: RunRecord) => number | undefined;
  /** Left out: a run has one value of it. */
  readonly ofStretch?: (stretch: Stretch) => number | undefined;
}

/** Two samples of the chat, and the latencies of what was told between them. */
export interface Stretch {
  readonly from: RunSample;
  readonly to: RunSample;
  readonly latency: (name: LatencyName) => { readonly p50Us: number; readonly p99Us: number } | undefined;
}

export const COMPARED: readonly ComparedFigure[] = [
  {
    name: 'sends accepted',
    unit: '/s',
    better: 'higher',
    ofRun: (record) => overChat(record, ({ from, to }) => (to.accepted - from.accepted) / secondsOf({ from, to })),
    ofStretch: (stretch) => (stretch.to.accepted - stretch.from.accepted) / secondsOf(stretch),
  },
  latency('accepted p50', 'acceptedP50Us', 'accepted', 'p50Us'),
  latency('accepted p99', 'acceptedP99Us', 'accepted', 'p99Us'),
  latency('delivered p50', 'deliveredP50Us', 'delivered', 'p50Us'),
  latency('delivered p99', 'deliveredP99Us', 'delivered', 'p99Us'),
  perMessage('processors of the box a message', SERVER_ROLES),
  perMessage('edges a message', ['edge']),
  perMessage('relay a message', ['relay']),
  perMessage('backends a message', ['embedded', 'dispatch', 'kafka', 'cassandra', 'redis']),
  perMessage('load engine a message', ['worker']),
  ofRun('handshake of the box', 'us', 'handshakeUs'),
  ofRun('memory of a connection, server side', 'B', 'serverBytes'),
  ofRun('memory of a connection, load engine', 'B', 'generatorBytes'),
];

/** By stretches of one run, without the first. */
export function stretchesOf(record: RunRecord): readonly Stretch[] {
  const chat = chatSamples(record);
  const cuts: RunSample[] = [];
  for (const sample of chat) if (cuts.length === 0 || sample.tMs - cuts.at(-1)!.tMs >= WINDOW_MS - 500) cuts.push(sample);
  return cuts.slice(2).map((to, at) => ({ from: cuts[at + 1]!, to, latency: (name) => windowAt(record, name, to.tMs) }));
}

function windowAt(record: RunRecord, name: LatencyName, endMs: number) {
  return record.latencyWindows?.find((one) => one.name === name && Math.abs(one.endMs - endMs) < WINDOW_MS / 2);
}

function latency(name: string, figure: FigureName, of: LatencyName, which: 'p50Us' | 'p99Us'): ComparedFigure {
  return { ...ofRun(name, 'us', figure), ofStretch: (stretch) => stretch.latency(of)?.[which] };
}

function ofRun(name: string, unit: FigureUnit, figure: FigureName): ComparedFigure {
  return {
    name,
    unit,
    better: 'lower',
    ofRun: (record) => {
      const value = FIGURES[figure](record);
      return typeof value === 'number' ? value : undefined;
    },
  };
}

function perMessage(name: string, roles: readonly Role[]): ComparedFigure {
  const read = ({ from, to }: Pick<Stretch, 'from' | 'to'>) => {
    const sends = to.accepted - from.accepted;
    const us = roles.reduce((sum, role) => sum + (to.cpuUs[role] ?? 0) - (from.cpuUs[role] ?? 0), 0);
    return sends > 0 && us > 0 ? us / sends : undefined;
  };
  return { name, unit: 'us', better: 'lower', ofRun: (record) => overChat(record, read), ofStretch: read };
}

/** From the second stretch on, as stretches have it. */
function overChat(record: RunRecord, read: (ends: Pick<Stretch, 'from' | 'to'>) => number | undefined): number | undefined {
  const stretches = stretchesOf(record);
  const [first, last] = [stretches[0], stretches.at(-1)];
  return first === undefined || last === undefined ? undefined : read({ from: first.from, to: last.to });
}

function secondsOf({ from, to }: Pick<Stretch, 'from' | 'to'>): number {
  return (to.tMs - from.tMs) / 1_000;
}
