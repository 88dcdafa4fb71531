/** A proof for people: a line a fault, what was not done, the verdict, and what "proved" means here. Computes nothing. */
import type { ProofRecord } from './prove.ts';

/** What stands beside every result. */
export const MEANING: readonly string[] = [
  'One process is killed or stopped at a time, and the next only when the load goes as before.',
  'Nothing here is a power loss: Kafka does not fsync each write (Cassandra of a stack of parley up does), so what was killed',
  'has lost its memory and never its disk. Kafka means three brokers with replication factor 3, two of them in sync;',
  'Cassandra at replication factor 1 proves its restart, not a quorum. The embedded backends are one copy.',
];

export function proofLines(proof: ProofRecord): string[] {
  const header = ['fault', 'on', 'due', 'lost', 'twice', 'disorder', 'unanswered', 'tails', 'receipts', 'recovered', 'outcome'];
  const rows = proof.shots.map((shot) => [
    shot.fault,
    shot.on,
    count(shot.sums.due),
    count(shot.sums.lost),
    count(shot.sums.duplicated),
    count(shot.sums.outOfOrder),
    count(shot.sums.unknown),
    spread(shot.convergence?.tails, shot.convergence?.tailsBehind),
    spread(shot.convergence?.receipts, shot.convergence?.receiptsBehind),
    shot.recoveryMs === undefined ? 'no' : seconds(shot.recoveryMs),
    shot.outcome === 'held' ? 'held' : `${shot.outcome}: ${shot.reasons.join(', ')}`,
  ]);
  const last = header.length - 1;
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]!.length)));
  const shown = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column >= 2 && column < last ? cell.padStart(widths[column]!) : cell.padEnd(column === last ? 0 : widths[column]!),
      )
      .join('  ');
  const { ledger, settings } = proof;
  return [
    `${proof.system}; ${count(settings.connections)} connections, ${count(settings.sendsPerSecond)} sends/s, seed ${proof.seed}`,
    '',
    shown(header),
    ...rows.map(shown),
    '',
    ...proof.notDone.map(({ fault, because }) => `not done: ${fault}: ${because}`),
    `messages: ${count(ledger.due)} due, ${count(ledger.accepted)} accepted, ${count(ledger.refused)} refused, ${count(ledger.unknown)} unanswered, ${count(ledger.unsent)} unsent`,
    `deliveries: ${count(ledger.recipientsExpected)} expected, ${count(ledger.delivered)} delivered, ${count(ledger.waiting)} waiting, ${count(ledger.lost)} lost, ${count(ledger.duplicated)} twice, ${count(ledger.outOfOrder)} out of order`,
    ...(proof.undisturbedShare === undefined
      ? []
      : [
          `without a fault: accepted within ${settings.acceptedWithinMs} ms and delivered within ${settings.deliveredWithinMs} ms for ${(proof.undisturbedShare * 100).toFixed(1)} % of the time`,
        ]),
    '',
    `${proof.outcome === 'held' ? 'proved' : proof.outcome === 'broken' ? 'refuted' : 'inconclusive'}${proof.reasons.length === 0 ? '' : ':'}`,
    ...proof.reasons.map((reason) => `  ${reason}`),
    ...MEANING,
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** How many of those that were looked at are as they should be. */
function spread(all: number | undefined, behind: number | undefined): string {
  if (all === 0) return 'not checked';
  return all === undefined || behind === undefined
    ? '–'
    : behind === 0
      ? `all of ${count(all)}`
      : `${count(behind)} of ${count(all)} behind`;
}

function seconds(milliseconds: number): string {
  return milliseconds === 0 ? 'not felt' : `${(milliseconds / 1_000).toFixed(2)} s`;
}
