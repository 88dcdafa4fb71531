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
  readonly measuredCores: number;
  /** Runs whose edges the prediction is between; one only where it goes beyond all that was fitted. */
  readonly from: readonly string[];
}

/** A send has three frames at its sender's connection (SEND, ACCEPTED, SEQUENCED), a delivery two (DELIVER, ACK). */
export const FRAMES_OF_SEND = 3;
export const FRAMES_OF_DELIVERY = 2;
/** Ten ticks of the kernel's clock: below it a window's time is rounding. */
const LEAST_US = 100_000;
const LEAST_MS = 1_500;
/** Loads so near each other are one point of a curve. */
const SAME_LOAD = 1.08;
const BEHIND: readonly Role[] = SERVER_ROLES.filter((role) => role !== 'edge');

export function compareCpu(fitted: readonly RunRecord[], held: RunRecord): CpuComparison | Unfit {
  const alike = fitted.filter((run) => isAlike(run, held));
  if (alike.length === 0) return { unfit: 'no fitted run has its token, TLS, heartbeats and backends' };
  const load = loadOf(steadyWindows(held), held);
  if (load === undefined) return { unfit: 'it has no window of heartbeats or messages to compare with' };
  const heartbeats = alike.flatMap((run) => points(run, 'heartbeat', (one) => [one.heartbeats, one.edgeUs]));
  const heartbeatUs = curve(heartbeats, load.heartbeats);
  if (load.heartbeats > 0 && heartbeatUs === undefined) return { unfit: 'no fitted run has a window of heartbeats alone' };
  const frames = alike.flatMap((run) =>
    points(run, 'chat', (one) => [one.frames, one.edgeUs - (one.heartbeats > 0 ? (curve(heartbeats, one.heartbeats)?.y ?? 0) : 0)]),
  );
  const framesUs = load.frames > 0 ? curve(frames, load.frames) : { y: 0, from: [] };
  if (framesUs === undefined) return { unfit: 'no fitted run sent messages' };
  const behind = nearestBehind(alike, held, load);
  if (behind === undefined) return { unfit: 'no fitted run shows what stands behind the edges' };
  const edgesUs = held.settings.edges * ((heartbeatUs?.y ?? 0) + framesUs.y);
  return {
    predictedCores: (edgesUs + behind.us) / 1e6,
    measuredCores: (held.settings.edges * load.edgeUs + load.behindUs) / 1e6,
    from: [...new Set([...(heartbeatUs?.from ?? []), ...framesUs.from, behind.id])].sort(),
  };
}

/** What ran: the same work for an event. Numbers of connections and edges may differ, that is what is predicted. */
export function isAlike(one: RunRecord, other: RunRecord): boolean {
  const kind = ({ settings, cpuWindows, host }: RunRecord) =>
    [
      settings.tls,
      settings.tokenAlgorithm,
      settings.answerHeartbeats,
      settings.bothEnds,
      host.cores,
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

interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly id: string;
}

function points(run: RunRecord, name: 'heartbeat' | 'chat', of: (load: Load) => readonly [x: number, y: number]): CurvePoint[] {
  const load = loadIn(run, name);
  if (load === undefined) return [];
  const [x, y] = of(load);
  return x > 0 && y > 0 ? [{ x, y, id: run.id }] : [];
}

/**
 * Straight between points on logarithmic axes, and on with the last slope beyond them. A slope is from 0 to 1: more events
 * never cost less in all, nor more each.
 */
function curve(all: readonly CurvePoint[], x: number): { readonly y: number; readonly from: readonly string[] } | undefined {
  const merged = mergedPoints(all);
  if (merged.length === 0 || x <= 0) return undefined;
  const above = merged.findIndex((point) => point.x >= x);
  const right = Math.min(Math.max(1, above < 0 ? merged.length - 1 : above), merged.length - 1);
  const [one, other] = [merged[right - 1] ?? merged[0]!, merged[right]!];
  const slope = one === other ? 1 : Math.min(1, Math.max(0, Math.log(other.y / one.y) / Math.log(other.x / one.x)));
  const near = x / one.x < other.x / x ? one : other;
  const isBeyond = x < one.x || x > other.x;
  return { y: near.y * (x / near.x) ** slope, from: (isBeyond ? [near] : [one, other]).flatMap(({ ids }) => ids) };
}

function mergedPoints(all: readonly CurvePoint[]) {
  const merged: { x: number; y: number; ids: string[] }[] = [];
  for (const point of all.toSorted((left, right) => left.x - right.x)) {
    const last = merged.at(-1);
    if (last === undefined || point.x / last.x > SAME_LOAD) merged.push({ x: point.x, y: point.y, ids: [point.id] });
    else {
      const weight = last.ids.length;
      last.x = (last.x * weight + point.x) / (weight + 1);
      last.y = (last.y * weight + point.y) / (weight + 1);
      last.ids.push(point.id);
    }
  }
  return merged;
}

/**
 * Heartbeats end at the edge, so that only messages scale what stands behind it. Which run is nearest counts the rate of messages
 * twice and the edges once, as factors.
 */
function nearestBehind(
  fitted: readonly RunRecord[],
  held: RunRecord,
  load: Load,
): { readonly us: number; readonly id: string } | undefined {
  const name = load.frames > 0 ? 'chat' : 'heartbeat';
  const wanted = held.settings.edges * load.frames;
  const near = fitted
    .flatMap((run) => {
      const own = loadIn(run, name);
      if (own === undefined) return [];
      const scale = name === 'chat' ? wanted / (run.settings.edges * own.frames) : 1;
      const distance = 2 * Math.abs(Math.log(scale)) + Math.abs(Math.log(held.settings.edges / run.settings.edges));
      return [{ us: own.behindUs * scale, id: run.id, distance }];
    })
    .toSorted((left, right) => left.distance - right.distance);
  return near[0];
}

/** Of the windows of one kind. */
function loadIn(run: RunRecord, name: 'heartbeat' | 'chat'): Load | undefined {
  const windows = name === 'chat' ? steadyWindows(run) : run.cpuWindows.filter((window) => window.name === name);
  const load = windows.every((window) => window.name === name) ? loadOf(windows, run) : undefined;
  return name === 'chat' && load?.frames === 0 ? undefined : load;
}

function usOf(window: CpuWindow, role: Role): number {
  return (window.roles[role]?.userUs ?? 0) + (window.roles[role]?.systemUs ?? 0);
}

function sumOf<T>(list: readonly T[], value: (one: T) => number): number {
  return list.reduce((sum, one) => sum + value(one), 0);
}
