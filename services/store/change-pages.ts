/** Pages of what changed and of the list, made of all that a user has. Pure; where the rows come from is their store's part. */
import { LIMITS } from '../protocol/limits.ts';
import { writeChangedPosition, writeListPosition } from './positions.ts';
import type { ChangedPage, Conversation } from './store.ts';

export interface Changed {
  readonly partition: number;
  readonly conversation: number;
  readonly sequence: number;
  readonly offset: number;
}

/**
 * Those at or after `since`, at most `limit`. `written`: the partitions' ends, read before the rows. A row may be newer than
 * them; the position does not pass them, so it comes again: what is between may be of conversations that were read before it.
 */
export function changedPage(all: Iterable<Changed>, since: readonly number[], written: readonly number[], limit: number): ChangedPage {
  const changed = [...all].filter(({ partition, offset }) => offset >= since[partition]!);
  changed.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  const page = changed.slice(0, Math.min(Math.max(1, limit), LIMITS.changesPerPage.value));
  const more = page.length < changed.length;
  const last = page.at(-1);
  const next = written.map((end, partition) => {
    if (!more || last === undefined || partition < last.partition) return end;
    return partition === last.partition ? Math.min(last.offset + 1, end) : since[partition]!;
  });
  return { position: writeChangedPosition(next), more, changes: page.map(({ conversation, sequence }) => ({ conversation, sequence })) };
}

type Place = Pick<Conversation, 'id' | 'changedAtMs'>;

export interface RowsOfPage<Row> {
  readonly rows: readonly Row[];
  readonly position: Uint8Array;
  readonly more: boolean;
}

/** The rows that come after the place, latest change first. */
export function listPage<Row extends Place>(
  all: Iterable<Row>,
  after: Place | 'start',
  position: Uint8Array,
  limit: number,
): RowsOfPage<Row> {
  const rows = [...all].filter((row) => after === 'start' || compareRows(after, row) < 0).sort(compareRows);
  const page = rows.slice(0, Math.min(Math.max(1, limit), LIMITS.conversationsPerPage.value));
  const last = page.at(-1);
  return {
    rows: page,
    position: last === undefined ? new Uint8Array(position) : writeListPosition(last),
    more: page.length < rows.length,
  };
}

/** Latest change first; of two at the same time the larger id. */
function compareRows(a: Place, b: Place): number {
  return b.changedAtMs - a.changedAtMs || b.id - a.id;
}
