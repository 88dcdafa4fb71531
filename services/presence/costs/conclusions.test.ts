import { expect, test } from 'bun:test';
import { conclude } from './conclusions.ts';
import type { CostRow } from './measure.ts';

const row = (operation: string, serverUs?: number): CostRow => ({
  operation,
  page: 100,
  inFlight: 4,
  operations: 1_000,
  operationsPerSecond: 100,
  clientUs: 4,
  ...(serverUs === undefined ? {} : { serverUs }),
});

test('a million reads of 3 us ask for five primaries at 60 % of a core', () => {
  const { primaries } = conclude([row('read of a user who is there', 3)]);
  const each = { page: 100, readsPerSecondPerServerCore: 1e6 / 3, readsPerSecondPerClientCore: 250_000, primaries: 5 };
  expect(primaries).toEqual([{ layout: 'leases', ...each }]);
});

test('reads by keys of 2 us ask for four, and stand beside those by routes', () => {
  const { primaries } = conclude([row('read of a user who is there, by keys', 2), row('read of a user who is there', 3)]);
  expect(primaries.map(({ layout, primaries }) => [layout, primaries])).toEqual([
    ['leases', 5],
    ['naive keys', 4],
  ]);
});

test('leases are written twice in 3.3 s for a million users, naive keys 33,333 times a second, which a billion users need 167 primaries for', () => {
  const { writes } = conclude([row('renewal of a lease', 500), row('refresh of a naive key', 3)]);
  expect(writes[0]).toEqual({ form: 'leases', writesPerSecondPerMillionUsers: 0.6, serverCoresPerMillionUsers: 0.0003, primaries: 1 });
  expect(writes[1]!.writesPerSecondPerMillionUsers).toBeCloseTo(33_333.3, 0);
  expect(writes[1]!.serverCoresPerMillionUsers).toBeCloseTo(0.1, 3);
  expect(writes[1]!.primaries).toBe(167);
});

test('of a server that is not seen nothing is concluded', () => {
  const { primaries, writes } = conclude([row('read of a user who is there')]);
  expect(primaries).toEqual([]);
  expect(writes[0]!.serverCoresPerMillionUsers).toBeNull();
  expect(writes[0]!.primaries).toBeNull();
});
