/** The sums of a run as equations that a person can check: what there was, and the parts that must add up to it. */
import type { RunRecord } from '../../capacity/run-record.ts';

export interface Equation {
  readonly name: string;
  readonly whole: { readonly name: string; readonly count: number };
  readonly parts: readonly { readonly name: string; readonly count: number }[];
  readonly closes: boolean;
}

export function equationsOf(record: RunRecord): readonly Equation[] {
  const { ledger, connections, heartbeats } = record;
  return [
    equation(
      'sends',
      ['due', ledger.due],
      ['accepted', ledger.accepted],
      ['refused', ledger.refused],
      ['unknown', ledger.unknown],
      ['unsent', ledger.unsent],
    ),
    equation(
      'deliveries',
      ['accepted × recipient devices', ledger.recipientsExpected],
      ['delivered', ledger.delivered],
      ['waiting', ledger.waiting],
      ['rejected', ledger.rejected],
      ['lost', ledger.lost],
    ),
    equation(
      'connections',
      ['attempted', connections.attempted],
      ['opened', connections.opened],
      ['refused', connections.refused],
      ['failed', connections.failed],
      ['unopened', connections.unopened],
    ),
    equation('heartbeats', ['due', heartbeats.due], ['sent', heartbeats.sent], ['unsent', heartbeats.unsent]),
  ];
}

function equation(name: string, whole: readonly [string, number], ...parts: readonly (readonly [string, number])[]): Equation {
  return {
    name,
    whole: { name: whole[0], count: whole[1] },
    parts: parts.map(([part, count]) => ({ name: part, count })),
    closes: parts.reduce((sum, [, count]) => sum + count, 0) === whole[1],
  };
}
