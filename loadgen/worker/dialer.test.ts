import { describe, expect, test } from 'bun:test';
import { Dialer } from './dialer.ts';

function stage(connections: number, limit: number) {
  const starts: Array<[connection: number, dueMs: number]> = [];
  const dialled: number[] = [];
  const dialer: Dialer = new Dialer(connections, limit, {
    start: (connection, dueMs) => {
      starts.push([connection, dueMs]);
      dialer.connect(connection);
    },
    dial: (connection) => dialled.push(connection),
  });
  return { dialer, starts, dialled };
}

describe('the dialer', () => {
  test('opens a ramp at its rate, each connection due at its own time', () => {
    const { dialer, starts } = stage(100, 1_000);
    dialer.ramp(100, 1_000, 5_000);
    dialer.tick(5_010);
    expect(starts.length).toBe(10);
    expect(starts[7]).toEqual([7, 5_007]);
    dialer.tick(6_000);
    expect(starts.length).toBe(100);
    expect(dialer.nextMs(6_000)).toBe(Number.POSITIVE_INFINITY);
  });

  test('goes on where the last ramp ended, without what would have come in the pause', () => {
    const { dialer, starts } = stage(100, 1_000);
    dialer.ramp(10, 1_000, 0);
    dialer.tick(1_000);
    dialer.ramp(100, 1_000, 10_000);
    dialer.tick(10_003);
    expect(starts.length).toBe(13);
    expect(starts[10]).toEqual([10, 10_000]);
  });

  test('never has more attempts under way than the limit, and their lateness is not forgotten', () => {
    const { dialer, starts, dialled } = stage(100, 4);
    dialer.ramp(100, 1_000, 0);
    dialer.tick(50);
    expect(dialled).toEqual([0, 1, 2, 3]);
    dialer.settled(0);
    dialer.settled(1);
    dialer.tick(60);
    expect(dialled).toEqual([0, 1, 2, 3, 4, 5]);
    expect(starts[4]).toEqual([4, 4]);
  });

  test('connections that come back wait their turn, each once', () => {
    const { dialer, dialled } = stage(10, 2);
    for (const connection of [0, 1, 2, 2, 3]) dialer.connect(connection);
    expect(dialled).toEqual([0, 1]);
    expect(dialer.trying).toBe(4);
    dialer.settled(0);
    dialer.settled(1);
    dialer.settled(2);
    dialer.settled(3);
    expect(dialled).toEqual([0, 1, 2, 3]);
    expect(dialer.trying).toBe(0);
  });

  test('an attempt that ended while it waited is not dialled', () => {
    const { dialer, dialled } = stage(10, 1);
    for (const connection of [0, 1, 2]) dialer.connect(connection);
    dialer.settled(1);
    dialer.settled(0);
    expect(dialled).toEqual([0, 2]);
  });
});
