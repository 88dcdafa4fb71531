/** The promises to a client that a run's ledgers say were broken, in words: what no doubt about a run excuses. */
import type { LedgerSums } from '../../capacity/run-record.ts';

export function promisesBroken(sums: Pick<LedgerSums, 'lost' | 'duplicated' | 'outOfOrder' | 'unknown'>): string[] {
  const named = { lost: sums.lost, duplicated: sums.duplicated, 'out of order': sums.outOfOrder, 'never answered': sums.unknown };
  return Object.entries(named).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
}
