import { describe, expect, test } from 'bun:test';
import { decode, encodeFrame } from '../protocol/codec.ts';
import { LIMITS } from '../protocol/limits.ts';
import { changedPage } from './change-pages.ts';
import { PARTITIONS_LIMIT, readChangedPosition, writeChangedPosition } from './positions.ts';

/** What a partition has after two centuries at 600 records a second. */
const MOST_OFFSET = 600 * 86_400 * 365 * 200;

describe('a position in as many partitions as a cell may have', () => {
  const ends = Array.from({ length: PARTITIONS_LIMIT }, (_, partition) => MOST_OFFSET - partition);

  test('fits in its field of the frames, whatever the log has grown to', () => {
    const position = writeChangedPosition(ends);
    expect(position.length).toBeLessThanOrEqual(LIMITS.positionBytes.value);
    expect(readChangedPosition(position, ends)).toEqual(ends);
    expect(decode(encodeFrame('resume', { position }))).toMatchObject({ ok: true, frame: { name: 'resume', position } });
  });

  test('names the place in each partition while pages are read', () => {
    const changes = ends.map((end, partition) => ({ partition, conversation: partition + 1, sequence: 1, offset: end - 1 }));
    const seen: number[] = [];
    let since: readonly number[] = ends.map(() => 0);
    for (let more = true; more; ) {
      const page = changedPage(changes, since, ends, 7);
      seen.push(...page.changes.map(({ conversation }) => conversation));
      since = readChangedPosition(page.position, ends)!;
      more = page.more;
    }
    expect(seen).toEqual(changes.map(({ conversation }) => conversation));
  });

  test('of another number of partitions, or beyond the log, is none', () => {
    expect(readChangedPosition(writeChangedPosition(ends.slice(1)), ends)).toBeUndefined();
    expect(readChangedPosition(writeChangedPosition([...ends, 1]), ends)).toBeUndefined();
    expect(readChangedPosition(writeChangedPosition(ends.map((end) => end + 1)), ends)).toBeUndefined();
  });
});
