/**
 * Predicted beside measured, on runs that nothing was fitted on: memory of the whole machine, processors of the box, and the
 * highest rate at the objectives. A row that could not be compared says why; a miss stays in the table.
 */
import { chatSamples, processors, steadySamples } from './held.ts';
import { compareCpu, isAlike } from './predicted-cpu.ts';
import { compareRate, keepsObjectives } from './predicted-rate.ts';
import { comparePrediction } from './prediction.ts';
import { bytesText, percentText, text } from './quantity-text.ts';
import type { Unfit } from './regression.ts';
import type { RunRecord } from './run-record.ts';

/** How near a prediction has to come. */
export const BOUNDS = { memory: 0.05, cpu: 0.1, rate: 0.15 } as const;
export type PredictedKind = keyof typeof BOUNDS;

export interface PredictedRow {
  readonly kind: PredictedKind;
  /** The run that was held against it, or the box where it is several. */
  readonly held: string;
  readonly what: string;
  readonly predicted: string;
  readonly measured: string;
  /** Measured against predicted: 0.03 says 3 % more than predicted. */
  readonly errorShare: number;
  /** Both with their intervals, as shares of what was predicted. */
  readonly bars: { readonly predicted: Bar; readonly measured: Bar };
  readonly within: boolean;
  readonly from: readonly string[];
  /** What others took of the processors meanwhile, where it may have made the difference. */
  readonly note?: string;
}

export interface Bar {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

export interface NotCompared {
  readonly kind: PredictedKind;
  readonly held: string;
  readonly because: string;
}

export interface PredictedTable {
  readonly rows: readonly PredictedRow[];
  readonly notCompared: readonly NotCompared[];
}

/** From here on both ends share what there is: the load engine takes what the box would, and all do more in a turn. */
const FULL_SHARE = 0.9;
/** Others may have disturbed a figure from here on. */
const NOISY_SHARE = 0.05;

export function predictedTable(fitted: readonly RunRecord[], held: readonly RunRecord[], setWaitsMs: number): PredictedTable {
  const rows: PredictedRow[] = [];
  const notCompared: NotCompared[] = [];
  const add = (kind: PredictedKind, run: string, row: PredictedRow | Unfit) => {
    if ('unfit' in row) notCompared.push({ kind, held: run, because: row.unfit });
    else rows.push(row);
  };
  const single = held.filter((run) => run.settings.connections > largestOf(fitted, run));
  for (const run of single) add('memory', run.id, memoryRow(fitted, run));
  for (const run of held) if (broughtNothingDown(run)) add('cpu', run.id, cpuRow(fitted, run));
  for (const series of boxesOf(held)) add('rate', series.name, rateRow(fitted, series, setWaitsMs));
  return { rows, notCompared };
}

/** Memory of a run that is no larger than what was fitted is no prediction. */
function largestOf(fitted: readonly RunRecord[], run: RunRecord): number {
  return Math.max(0, ...fitted.filter((one) => isAlike(one, run)).map(({ settings }) => settings.connections));
}

/** What a box used that could not do its work is what there was, not what the load asks for. */
function broughtNothingDown(run: RunRecord): boolean {
  return run.settings.sendsPerSecond === 0 || run.ledger.unknown + run.ledger.unsent + run.ledger.lost === 0;
}

function memoryRow(fitted: readonly RunRecord[], run: RunRecord): PredictedRow | Unfit {
  const alike = fitted.filter((one) => isAlike(one, run)).toSorted((left, right) => right.settings.connections - left.settings.connections);
  let unfit: Unfit = { unfit: 'no fitted run is of its kind' };
  for (const small of alike) {
    const compared = comparePrediction(small, run);
    if ('unfit' in compared) {
      unfit = compared;
      continue;
    }
    const { predictedBytes, measuredBytes, errorShare, connections } = compared;
    return {
      kind: 'memory',
      held: run.id,
      what: `memory of both ends, ${text(connections)} connections`,
      predicted: `${bytesText(predictedBytes.mid)} ± ${bytesText(predictedBytes.high - predictedBytes.mid)}`,
      measured: bytesText(measuredBytes),
      ...judged('memory', errorShare),
      bars: {
        predicted: barOf(predictedBytes, predictedBytes.mid),
        measured: barOf({ low: measuredBytes, mid: measuredBytes, high: measuredBytes }, predictedBytes.mid),
      },
      from: [small.id],
    };
  }
  return unfit;
}

function cpuRow(fitted: readonly RunRecord[], run: RunRecord): PredictedRow | Unfit {
  const compared = compareCpu(fitted, run);
  if ('unfit' in compared) return compared;
  const { settings, host } = run;
  const chat = chatSamples(run);
  const { othersShare, busyShare } = processors(run, chat.length > 0 ? chat : steadySamples(run));
  if (busyShare > FULL_SHARE)
    return { unfit: `the machine was full (${percentText(busyShare)} busy): what the box used is what was left to it` };
  const sends = settings.sendsPerSecond > 0 ? `, ${text(settings.sendsPerSecond)} sends/s` : '';
  return {
    kind: 'cpu',
    held: run.id,
    what: `processors of the box, ${text(settings.connections)} connections${sends}, ${settings.edges} edges`,
    predicted: `${coresText(compared.predictedCores)} (${rangeText(compared.predictedRange)}) of ${host.cores}`,
    measured: `${coresText(compared.measuredCores)} (${rangeText(compared.measuredRange)})`,
    ...judged('cpu', compared.measuredCores / compared.predictedCores - 1),
    bars: {
      predicted: barOf({ ...compared.predictedRange, mid: compared.predictedCores }, compared.predictedCores),
      measured: barOf({ ...compared.measuredRange, mid: compared.measuredCores }, compared.predictedCores),
    },
    from: compared.from,
    ...(othersShare > NOISY_SHARE ? { note: `others used ${percentText(othersShare)} of the processors` } : {}),
  };
}

interface Box {
  readonly name: string;
  readonly runs: readonly RunRecord[];
}

/** Runs of one box at several rates, at least one of which broke an objective. */
function boxesOf(held: readonly RunRecord[]): readonly Box[] {
  const boxes = Map.groupBy(held, boxName);
  return [...boxes].flatMap(([name, runs]) => {
    const rates = new Set(runs.map(({ settings }) => settings.sendsPerSecond));
    return rates.size > 1 && runs.some((run) => !keepsObjectives(run)) ? [{ name, runs }] : [];
  });
}

function boxName({ settings }: RunRecord): string {
  return `${text(settings.connections)} connections, ${settings.edges} edges`;
}

function rateRow(fitted: readonly RunRecord[], box: Box, setWaitsMs: number): PredictedRow | Unfit {
  const [first] = box.runs;
  const same = fitted.filter((run) => isAlike(run, first!) && boxName(run) === box.name && run.settings.sendsPerSecond > 0);
  const compared = compareRate(same, box.runs, setWaitsMs);
  if ('unfit' in compared) return compared;
  const { predicted, heldPerSecond, brokePerSecond } = compared;
  if (heldPerSecond === 0 || brokePerSecond === undefined) return { unfit: 'the highest rate lies outside the rates that were tried' };
  const nearest = Math.min(Math.max(predicted.perSecond, heldPerSecond), brokePerSecond);
  return {
    kind: 'rate',
    held: box.name,
    what: `highest rate at the objectives, ${box.name}`,
    predicted: `${text(predicted.perSecond)}/s (${text(predicted.low)} to ${text(predicted.high)})`,
    measured: `${text(heldPerSecond)}/s held, ${text(brokePerSecond)}/s did not`,
    ...judged('rate', nearest / predicted.perSecond - 1),
    bars: {
      predicted: barOf({ low: predicted.low, mid: predicted.perSecond, high: predicted.high }, predicted.perSecond),
      measured: barOf({ low: heldPerSecond, mid: nearest, high: brokePerSecond }, predicted.perSecond),
    },
    from: predicted.from,
  };
}

function barOf({ low, mid, high }: Bar, predicted: number): Bar {
  return { low: low / predicted, mid: mid / predicted, high: high / predicted };
}

function rangeText({ low, high }: Pick<Bar, 'low' | 'high'>): string {
  return `${coresText(low)} to ${coresText(high)}`;
}

function coresText(cores: number): string {
  return cores.toFixed(cores < 0.1 ? 3 : 2);
}

function judged(kind: PredictedKind, errorShare: number): Pick<PredictedRow, 'errorShare' | 'within'> {
  return { errorShare, within: Math.abs(errorShare) <= BOUNDS[kind] };
}

export function predictedMarkdown({ rows, notCompared }: PredictedTable): string {
  const signed = (share: number) => `${share > 0 ? '+' : share < 0 ? '−' : ''}${percentText(Math.abs(share))}`;
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['what', 'run', 'predicted', 'measured', 'off by', 'allowed', '']),
    line(['---', '---', '---:', '---:', '---:', '---:', '---']),
    ...rows.map((row) =>
      line([
        row.what,
        row.held,
        row.predicted,
        row.measured,
        signed(row.errorShare),
        percentText(BOUNDS[row.kind]),
        `${row.within ? 'within' : '**missed**'}${row.note === undefined ? '' : `; ${row.note}`}`,
      ]),
    ),
    ...(notCompared.length === 0
      ? []
      : ['', ...notCompared.map(({ kind, held, because }) => `- not compared: ${kind} of ${held}: ${because}`)]),
  ].join('\n');
}
