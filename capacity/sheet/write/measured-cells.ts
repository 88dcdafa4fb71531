/**
 * What runs and measurements say of rows and inputs of a plan, as cells: the value, who measured it, and a verdict that is a formula, so
 * that it follows an input that is edited. A claim that a run was judged by keeps the judgement: proved holds for less too, refuted for more.
 */
import { connectionsClaim } from '../../claims.ts';
import { memoryBill } from '../../memory-bill.ts';
import type { Plan } from '../../model/plan.ts';
import type { Observation } from '../../refit/observation.ts';
import type { RunRecord } from '../../run-record.ts';
import { judge } from '../../verdict.ts';
import type { BookCell } from './book.ts';

export const VERDICTS = { good: 'agrees', bad: 'differs', open: 'inconclusive' } as const;

export interface MeasuredValue {
  readonly value: number;
  readonly by: string;
  /** Of what was asked of a run as a whole; left out, the interval of the row decides. */
  readonly judged?: { readonly verdict: 'proved' | 'refuted' | 'open'; readonly asked: number };
}

/** By id of a row or name of an input. */
export type MeasuredValues = ReadonlyMap<string, MeasuredValue>;

export function measuredValues(plan: Plan, runs: readonly RunRecord[], observations: readonly Observation[]): MeasuredValues {
  const found = new Map<string, MeasuredValue>();
  for (const [key, seen] of Map.groupBy(observations, (one) => one.key)) {
    const sorted = seen.map(({ value }) => value).sort((left, right) => left - right);
    const value = (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
    const each = [...new Set(seen.map(({ record, date }) => `${record} (${date})`))].join('; ');
    found.set(key, { value, by: sorted.length === 1 ? each : `median of ${sorted.length}: ${each}` });
  }
  for (const id of ['gateway.connections', 'gateway.connectionsMost']) {
    const row = plan.rows.find((one) => one.id === id);
    const held = row === undefined ? undefined : connectionsHeld(row.value, runs);
    if (held !== undefined) found.set(id, held);
  }
  const bytes = bytesOfConnection(plan, runs);
  if (bytes !== undefined) found.set('gateway.bytesPerConnection', bytes);
  return found;
}

/** The best judgement among the runs: one that proves it, else one that refutes it. */
function connectionsHeld(connections: number, runs: readonly RunRecord[]): MeasuredValue | undefined {
  const judged = runs.flatMap((run) => {
    const claim = connectionsClaim(Math.round(connections));
    const one = judge([claim], run)[0];
    return one === undefined ? [] : [{ run, ...one }];
  });
  const largest = (verdict: string) =>
    judged
      .filter((one) => one.verdict === verdict)
      .toSorted((left, right) => right.run.connections.maximumOpen - left.run.connections.maximumOpen)[0];
  const best = largest('proved') ?? largest('refuted') ?? largest('extrapolated') ?? largest('inconclusive');
  if (best === undefined) return undefined;
  const verdict = best.verdict === 'proved' || best.verdict === 'refuted' ? best.verdict : 'open';
  return { value: best.run.connections.maximumOpen, by: `${best.run.id}: ${best.reason}`, judged: { verdict, asked: connections } };
}

/** Of a run with TLS as it is; of a plain one with what TLS adds, of which the coefficient is said. */
function bytesOfConnection(plan: Plan, runs: readonly RunRecord[]): MeasuredValue | undefined {
  const billed = runs.flatMap((run) => {
    const bill = run.complete ? memoryBill(run) : { unfit: '' };
    return 'unfit' in bill || bill.server.error > bill.server.mid / 10 ? [] : [{ run, bytes: bill.server.mid }];
  });
  const best = billed.toSorted(
    (left, right) =>
      Number(right.run.settings.tls) - Number(left.run.settings.tls) || right.run.settings.connections - left.run.settings.connections,
  )[0];
  if (best === undefined) return undefined;
  const of = `${best.run.id}, ${best.run.settings.connections} connections`;
  if (best.run.settings.tls) return { value: best.bytes, by: of };
  const tls = plan.coefficients.gatewayTlsBytesPerConnection;
  if (tls === undefined) return undefined;
  return { value: best.bytes + tls.mid, by: `${of}: ${Math.round(best.bytes)} B without TLS, and ${tls.mid} B of its coefficient` };
}

/** The cells "measured", "verdict" and "measured by" of a row; `at` gives the places of a column in it. */
export function measuredCells(
  measured: MeasuredValue | undefined,
  at: { readonly value: string; readonly low: string; readonly high: string; readonly measured: string },
  row: { readonly value: number; readonly low: number; readonly high: number },
): readonly (BookCell | undefined)[] {
  const within = `IF(AND(${at.measured}>=${at.low},${at.measured}<=${at.high}),"${VERDICTS.good}","${VERDICTS.bad}")`;
  if (measured === undefined) return [undefined, { formula: `IF(${at.measured}="","",${within})`, value: '' }, undefined];
  const by = { value: measured.by };
  const value = { value: measured.value };
  if (measured.judged === undefined) {
    const agrees = measured.value >= row.low && measured.value <= row.high;
    return [value, { formula: `IF(${at.measured}="","",${within})`, value: agrees ? VERDICTS.good : VERDICTS.bad }, by];
  }
  const { verdict, asked } = measured.judged;
  if (verdict === 'open') return [value, { value: VERDICTS.open }, by];
  const [comparison, word] = verdict === 'proved' ? ['<=', VERDICTS.good] : ['>=', VERDICTS.bad];
  const bound = verdict === 'proved' ? Math.max(asked, measured.value) : asked;
  return [value, { formula: `IF(${at.value}${comparison}${bound},"${word}","${VERDICTS.open}")`, value: word }, by];
}
