/**
 * Processor time of a box at a load, from runs of other boxes. An edge costs what an edge under the same load cost: per edge,
 * heartbeats and frames each have a curve (time a second against events a second), since the more events come, the more of them
 * share a turn of the edge's loop. What stands behind the edges costs what it cost at the nearest rate and number of edges.
 */

import type { Unfit } from './regression.ts';
import { type CpuWindow, type Role, type RunRecord, SERVER_ROLES } from './run-record.ts';
import { warmRun } from './warm-windows.ts';

export interface CpuComparison {
  readonly predictedCores: number;
  /** By the spread of the windows that it was made from, and by the ticks that processor time is told in. */
  readonly predictedRange: Range;
  readonly measuredCores: number;
  /** By the same two of the run itself. */
  readonly measuredRange: Range;
  /** Runs whose edges the prediction is between; one only where it goes beyond all that was fitted. */
  readonly from: readonly string[];
}

interface Range {
  readonly low: number;
  readonly high: number;
}

interface Value extends Range {
  readonly y: number;
}

/** A send has three frames at its sender's connection (SEND, ACCEPTED, SEQUENCED), a delivery two (DELIVER, ACK). */
export const FRAMES_OF_SEND = 3;
export const FRAMES_OF_DELIVERY = 2;
/** Ten ticks of the kernel's clock: below it a window's time is rounding. */
const LEAST_US = 100_000;
const LEAST_MS = 1_500;
/** The kernel tells a process's time in two counters of ticks; a difference of one is off by up to a tick, twice 0.41 ticks in 95 %. */
const TICK_US = 10_000;
const COUNTERS = 2;
/** Loads so near each other are one point of a curve. */
const SAME_LOAD = 1.08;
const BEHIND: readonly Role[] = SERVER_ROLES.filter((role) => role !== 'edge');

export function compareCpu(fitted: readonly RunRecord[], held: RunRecord): CpuComparison | Unfit {
  const alike = fitted.filter((run) => isAlike(run, held));
  if (alike.length === 0) return { unfit: 'no fitted run has its token, TLS, heartbeats, backends, processors and kernel' };
  const windows = steadyWindows(held);
  const load = loadOf(windows, held);
  if (load === undefined) return { unfit: 'it has no window of heartbeats or messages to compare with' };
  const predicted = predictedUs(alike, held, load);
  if ('unfit' in predicted) return predicted;
  const us = ({ edgeUs, behindUs }: Load) => held.settings.edges * edgeUs + behindUs;
  const measured = rangeOf(us(load), windows, held, us, ['edge', ...BEHIND]);
  return {
    predictedCores: predicted.y / 1e6,
    predictedRange: { low: predicted.low / 1e6, high: predicted.high / 1e6 },
    measuredCores: us(load) / 1e6,
    measuredRange: { low: measured.low / 1e6, high: measured.high / 1e6 },
    from: predicted.from,
  };
}

function predictedUs(alike: readonly RunRecord[], held: RunRecord, load: Load): (Value & { readonly from: readonly string[] }) | Unfit {
  const heartbeats = alike.flatMap((run) => points(run, 'heartbeat', (one) => [one.heartbeats, one.edgeUs]));
  const heartbeatUs = curve(heartbeats, load.heartbeats);
  if (load.heartbeats > 0 && heartbeatUs === undefined) return { unfit: 'no fitted run has a window of heartbeats alone' };
  const frames = alike.flatMap((run) =>
    points(run, 'chat', (one) => [one.frames, one.edgeUs - (one.heartbeats > 0 ? (curve(heartbeats, one.heartbeats)?.y ?? 0) : 0)]),
  );
  const framesUs = load.frames > 0 ? curve(frames, load.frames) : NOTHING;
  if (framesUs === undefined) return { unfit: 'no fitted run sent messages' };
  const behind = nearestBehind(alike, held, load);
  if (behind === undefined) return { unfit: 'no fitted run shows what stands behind the edges' };
  const { edges } = held.settings;
  const beats = heartbeatUs ?? NOTHING;
  return {
    y: edges * (beats.y + framesUs.y) + behind.y,
    low: edges * (beats.low + framesUs.low) + behind.low,
    high: edges * (beats.high + framesUs.high) + behind.high,
    from: [...new Set([...beats.from, ...framesUs.from, behind.id])].sort(),
  };
}

const NOTHING: Value & { readonly from: readonly string[] } = { y: 0, low: 0, high: 0, from: [] };

/** Least and most of the windows by themselves, and at least what ticks leave open in all of them together. */
function rangeOf(
  y: number,
  windows: readonly CpuWindow[],
  run: RunRecord,
  value: (load: Load) => number,
  roles: readonly Role[],
  perEdge = 1,
): Range {
  const each = windows.flatMap((window) => loadOf([window], run) ?? []).map(value);
  const processes = Math.max(0, ...windows.map((window) => sumOf(roles, (role) => window.roles[role]?.processes ?? 0)));
  const seconds = sumOf(windows, ({ wallMs }) => wallMs) / 1_000;
  const ticks = (2 * TICK_US * Math.sqrt((COUNTERS * processes) / 6)) / seconds / perEdge;
  return { low: Math.max(0, Math.min(y - ticks, ...each)), high: Math.max(y + ticks, ...each) };
}

/** What ran: the same work for an event, on the same kernel, since what an event costs is for a good part the kernel's. Numbers of connections and edges may differ, that is what is predicted. */
export function isAlike(one: RunRecord, other: RunRecord): boolean {
  const kind = ({ settings, cpuWindows, host }: RunRecord) =>
    [
      settings.tls,
      settings.tokenAlgorithm,
      settings.answerHeartbeats,
      settings.bothEnds,
      host.cores,
      host.kernel,
      cpuWindows.some((window) => window.roles.embedded !== undefined),
    ].join();
  return kind(one) === kind(other);
}

/** Of one edge in a second, and of what stands behind all of them. */
interface Load {
  readonly heartbeats: number;
  readonly frames: number;
  readonly edgeUs: number;
  readonly behindUs: number;
}

/** Messages; heartbeats alone where nothing was sent. */
function steadyWindows(record: RunRecord): readonly CpuWindow[] {
  const chat = warmRun(record).cpuWindows.filter(({ name }) => name === 'chat');
  return chat.length > 0 ? chat : record.cpuWindows.filter(({ name }) => name === 'heartbeat');
}

function loadOf(windows: readonly CpuWindow[], { settings }: RunRecord): Load | undefined {
  const seconds = sumOf(windows, ({ wallMs }) => wallMs) / 1_000;
  if (seconds * 1_000 < LEAST_MS || sumOf(windows, (window) => usOf(window, 'edge')) < LEAST_US) return undefined;
  const frames = sumOf(windows, ({ operations }) => FRAMES_OF_SEND * operations.sends + FRAMES_OF_DELIVERY * operations.deliveries);
  const perEdge = seconds * settings.edges;
  return {
    heartbeats: sumOf(windows, ({ operations }) => operations.heartbeats) / perEdge,
    frames: frames / perEdge,
    edgeUs: sumOf(windows, (window) => usOf(window, 'edge')) / perEdge,
    behindUs: sumOf(windows, (window) => sumOf(BEHIND, (role) => usOf(window, role))) / seconds,
  };
}

interface CurvePoint extends Value {
  readonly x: number;
  readonly id: string;
}

/** `of`: the load, and the time of one edge that is its. */
function points(run: RunRecord, name: 'heartbeat' | 'chat', of: (load: Load) => readonly [x: number, y: number]): CurvePoint[] {
  const windows = windowsIn(run, name);
  const load = loadIn(run, name);
  if (load === undefined) return [];
  const [x, y] = of(load);
  const range = rangeOf(y, windows, run, (one) => of(one)[1], ['edge'], run.settings.edges);
  return x > 0 && y > 0 ? [{ x, y, ...range, id: run.id }] : [];
}

/**
 * Straight between points on logarithmic axes, and on with the last slope beyond them. A slope is from 0 to 1: more events
 * never cost less in all, nor more each.
 */
function curve(all: readonly CurvePoint[], x: number): (Value & { readonly from: readonly string[] }) | undefined {
  const merged = mergedPoints(all);
  if (merged.length === 0 || x <= 0) return undefined;
  const above = merged.findIndex((point) => point.x >= x);
  const right = Math.min(Math.max(1, above < 0 ? merged.length - 1 : above), merged.length - 1);
  const [one, other] = [merged[right - 1] ?? merged[0]!, merged[right]!];
  const slope = one === other ? 1 : slopeOf(one, other);
  const near = x / one.x < other.x / x ? one : other;
  const isBeyond = x < one.x || x > other.x;
  const used = isBeyond ? [near] : [one, other];
  const y = near.y * (x / near.x) ** slope;
  return {
    y,
    low: y * Math.min(...used.map((point) => point.low / point.y)),
    high: y * Math.max(...used.map((point) => point.high / point.y)),
    from: used.flatMap(({ ids }) => ids),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** On logarithmic axes, from 0 to 1. */
function slopeOf(one: Point, other: Point): number {
  return Math.min(1, Math.max(0, Math.log(other.y / one.y) / Math.log(other.x / one.x)));
}

function mergedPoints(all: readonly CurvePoint[]) {
  const merged: { x: number; y: number; low: number; high: number; ids: string[] }[] = [];
  for (const point of all.toSorted((left, right) => left.x - right.x)) {
    const last = merged.at(-1);
    if (last === undefined || point.x / last.x > SAME_LOAD) merged.push({ ...point, ids: [point.id] });
    else {
      const weight = last.ids.length;
      last.x = (last.x * weight + point.x) / (weight + 1);
      last.y = (last.y * weight + point.y) / (weight + 1);
      last.low = Math.min(last.low, point.low);
      last.high = Math.max(last.high, point.high);
      last.ids.push(point.id);
    }
  }
  return merged;
}

/**
 * Heartbeats end at the edge, so that only messages scale what stands behind it. Which run is nearest counts the rate of messages
 * twice and the edges once, as factors.
 */
function nearestBehind(fitted: readonly RunRecord[], held: RunRecord, load: Load): (Value & { readonly id: string }) | undefined {
  const name = load.frames > 0 ? 'chat' : 'heartbeat';
  const wanted = held.settings.edges * load.frames;
  const near = fitted
    .flatMap((run) => {
      const own = loadIn(run, name);
      if (own === undefined) return [];
      const frames = run.settings.edges * own.frames;
      const distance =
        (name === 'chat' ? 2 * Math.abs(Math.log(wanted / frames)) : 0) + Math.abs(Math.log(held.settings.edges / run.settings.edges));
      const range = rangeOf(own.behindUs, windowsIn(run, name), run, ({ behindUs }) => behindUs, BEHIND);
      return [{ id: run.id, edges: run.settings.edges, x: frames, y: own.behindUs, ...range, distance }];
    })
    .toSorted((left, right) => left.distance - right.distance);
  const nearest = near[0];
  if (nearest === undefined || name === 'heartbeat') return nearest;
  // Two rates of one number of edges tell how a further message costs there; one alone says that it costs as much.
  const other = near.find(({ edges, x }) => edges === nearest.edges && Math.abs(Math.log(x / nearest.x)) > Math.log(SAME_LOAD));
  const scale = (wanted / nearest.x) ** (other === undefined ? 1 : slopeOf(nearest, other));
  return { id: nearest.id, y: nearest.y * scale, low: nearest.low * scale, high: nearest.high * scale };
}

function windowsIn(run: RunRecord, name: 'heartbeat' | 'chat'): readonly CpuWindow[] {
  return name === 'chat' ? steadyWindows(run) : run.cpuWindows.filter((window) => window.name === name);
}

/** Of the windows of one kind. */
function loadIn(run: RunRecord, name: 'heartbeat' | 'chat'): Load | undefined {
  const windows = windowsIn(run, name);
  const load = windows.every((window) => window.name === name) ? loadOf(windows, run) : undefined;
  return name === 'chat' && load?.frames === 0 ? undefined : load;
}

function usOf(window: CpuWindow, role: Role): number {
  return (window.roles[role]?.userUs ?? 0) + (window.roles[role]?.systemUs ?? 0);
}

function sumOf<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((sum, one) => sum + value(one), 0);
}
