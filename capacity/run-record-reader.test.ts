import { describe, expect, test } from 'bun:test';
import { isInvalid, parseRunRecord, readRunRecord } from './run-record-reader.ts';
import { syntheticRun } from './synthetic-run.ts';

const RECORD = syntheticRun({ connections: 1_000, sizes: [0, 300, 600, 1_000] });

/** The record with the field at `path` set to a value, or taken away for undefined. */
function broken(path: string, value: unknown): unknown {
  const copy = structuredClone(RECORD);
  const keys = path.split('.');
  const last = keys.pop()!;
  let owner = copy as unknown as Record<string, unknown>;
  for (const key of keys) owner = owner[key] as Record<string, unknown>;
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return readRunRecord(copy);
}

test('a record that was written is read back the same', () => {
  expect(parseRunRecord(JSON.stringify(RECORD))).toEqual(RECORD);
});

test('fields of a newer writer are dropped', () => {
  expect(broken('weather', 'fine')).toEqual(RECORD);
});

test('an optional field that is not there stays away, it does not become zero', () => {
  const read = broken('samples.0.connectionsServer', undefined);
  expect(isInvalid(read)).toBe(false);
  expect((read as typeof RECORD).samples[0]).not.toHaveProperty('connectionsServer');
});

describe('names the field that is wrong', () => {
  const cases: readonly (readonly [message: string, path: string, value: unknown])[] = [
    ['samples[3].tMs: expected a number ≥ 0, got "x"', 'samples.3.tMs', 'x'],
    ['samples[3].tMs: expected at least the one before it, got 1', 'samples.3.tMs', 1],
    ['settings.tokenAlgorithm: expected one of HS256, EdDSA, got "none"', 'settings.tokenAlgorithm', 'none'],
    ['ledger.lost: expected a whole number ≥ 0, got -1', 'ledger.lost', -1],
    ['ledger.lost: expected a whole number ≥ 0, got 0.5', 'ledger.lost', 0.5],
    ['ledger.lost: expected a whole number ≥ 0, got nothing', 'ledger.lost', undefined],
    ['heartbeats: expected an object, got nothing', 'heartbeats', undefined],
    ['complete: expected true or false, got 1', 'complete', 1],
    ['startedAt: expected a time such as 2026-11-25T12:00:00Z, got "today"', 'startedAt', 'today'],
    ['checkpoints[1].roles.janitor: expected a role of', 'checkpoints.1.roles.janitor', RECORD.checkpoints[1]!.roles.edge],
    ['latencies[0].count: expected the sum of the buckets', 'latencies.0.count', 7],
    ['latencies[1].buckets[2]: expected ascending indexes', 'latencies.1.buckets.2', 0],
    ['latencies[2].minUs: expected at most maxUs', 'latencies.2.minUs', 10 ** 9],
    ['host.limits.processFiles: expected a finite number, got a list of 0', 'host.limits.processFiles', []],
    ['problems[0].whose: expected one of box, generator, machine, probe, got "me"', 'problems', [{ tMs: 0, whose: 'me', text: '' }]],
    ['schema: this version reads run records of schema 1, got 2', 'schema', 2],
    ['schema: expected one of 1, got nothing', 'schema', undefined],
  ];
  for (const [message, path, value] of cases) {
    test(message, () => {
      const read = broken(path, value);
      expect(isInvalid(read) && read.invalid).toContain(message);
    });
  }

  test('what is no record at all', () => {
    for (const value of [null, 7, 'text', []]) expect(isInvalid(readRunRecord(value))).toBe(true);
    expect(parseRunRecord('{"schema": 1, "id"')).toEqual({ invalid: 'document: not JSON, or cut short' });
  });
});
