/**
 * What the named runs say of a row: connections and sends of one box by the verdict on the run, memory of a connection by its bill. A row
 * of the fleet is nothing that a run of one box can measure, and says so by absence.
 */
import { connectionsClaim, sendsClaim } from '../../claims.ts';
import type { Verdict } from '../../judgement.ts';
import { memoryBill } from '../../memory-bill.ts';
import type { RunRecord } from '../../run-record.ts';
import { judge } from '../../verdict.ts';
import type { Claim } from './claim.ts';

export interface Measured {
  readonly run: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** In base units, where the run measured the quantity itself. */
  readonly value?: number;
}

export function measuredFor(claim: Claim, claims: readonly Claim[], records: readonly RunRecord[]): readonly Measured[] {
  return records.flatMap((record): readonly Measured[] => {
    const box = boxClaims(claims);
    if (claim.key === 'connection@gateway' || claim.key === 'message@gateway/t^peak') {
      const own = claim.key === 'connection@gateway' ? connectionsClaim(claim.value) : sendsClaim(claim.value);
      const set = [own, ...box.filter((one) => one.id !== own.id)];
      const verdict = judge(set, record).find((one) => one.claim === own);
      return verdict === undefined ? [] : [{ run: record.id, verdict: verdict.verdict, reason: verdict.reason }];
    }
    if (claim.key === 'bytes:memory@connection') {
      const bill = memoryBill(record);
      if ('unfit' in bill) return [{ run: record.id, verdict: 'inconclusive', reason: bill.unfit }];
      const { mid, error } = bill.server;
      const within = mid - error <= claim.high && mid + error >= claim.low;
      const text = `${(mid / 1_000).toFixed(1)} KB ± ${(error / 1_000).toFixed(1)} a connection`;
      return [
        {
          run: record.id,
          verdict: within ? 'proved' : mid < claim.value ? 'proved' : 'refuted',
          reason: mid < claim.low ? `${text}, less than claimed` : text,
          value: mid,
        },
      ];
    }
    return [];
  });
}

/** What one box of the sheet must hold together: its connections, and its share of the sends at the peak. */
function boxClaims(claims: readonly Claim[]) {
  const value = (key: string) => claims.find((one) => one.key === key)?.value;
  const connections = value('connection@gateway');
  const peak = value('message/t^peak');
  const gateways = value('gateway');
  const sends = value('message@gateway/t^peak') ?? (peak !== undefined && gateways !== undefined ? peak / gateways : undefined);
  return [...(connections === undefined ? [] : [connectionsClaim(connections)]), ...(sends === undefined ? [] : [sendsClaim(sends)])];
}
