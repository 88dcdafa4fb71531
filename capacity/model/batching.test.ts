import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { distinctPartitions, fewestSenders, recordsPerRequest, usPerRecord } from './batching.ts';
import { GATEWAY_COEFFICIENTS } from './coefficients-gateway.ts';

interface HopRow {
  readonly brokers: number;
  readonly lingerMs: number;
  readonly records: number;
  readonly requests: number;
  readonly recordsPerSecond: number;
  readonly clientUs: number;
  readonly ackP99Ms: number;
}
const RECORD = JSON.parse(readFileSync(join(import.meta.dirname, '../measurements/batching.json'), 'utf8')) as { relayHop: HopRow[] };
/** Where answers took so long that records piled up, requests are fuller than their linger makes them: no measure of it. */
const CALM = RECORD.relayHop.filter((row) => row.ackP99Ms < 50);

describe('records per request', () => {
  test('were measured as one more than come in a linger, within a third', () => {
    expect(CALM.length).toBeGreaterThanOrEqual(5);
    for (const row of CALM) {
      const predicted = recordsPerRequest(row.recordsPerSecond, row.brokers, row.lingerMs / 1e3);
      expect(Math.abs(predicted / (row.records / row.requests) - 1)).toBeLessThan(0.35);
    }
  });

  test('are one where nothing comes meanwhile, and the less the more targets there are', () => {
    expect(recordsPerRequest(0, 5, 0.005)).toBe(1);
    expect(recordsPerRequest(2_500, 1, 0.005)).toBe(13.5);
    expect(recordsPerRequest(2_500, 100, 0.005)).toBe(1.125);
  });
});

describe('the relay’s cost of a record', () => {
  test('lies about what was measured: a ÷ records per request + b, within the intervals', () => {
    const { relayUsPerRequest: a, relayUsPerRecord: b } = GATEWAY_COEFFICIENTS;
    for (const row of CALM) {
      const perRequest = row.records / row.requests;
      expect(row.clientUs).toBeGreaterThanOrEqual(0.8 * usPerRecord({ usPerRequest: a.low, usPerRecord: b.low }, perRequest));
      expect(row.clientUs).toBeLessThanOrEqual(1.2 * usPerRecord({ usPerRequest: a.high, usPerRecord: b.high }, perRequest));
    }
  });
});

describe('different partitions among records at random', () => {
  test('are one of one, almost as many as the records where there are many', () => {
    expect(distinctPartitions(10, 1)).toBe(1);
    expect(distinctPartitions(2, 1_000)).toBeCloseTo(2, 2);
    expect(distinctPartitions(1_000, 12)).toBeCloseTo(12, 6);
  });
});

describe('the fewest senders', () => {
  const load = {
    recordsPerSecond: 100_000,
    targets: 6,
    lingerSeconds: 0.005,
    cost: { usPerRequest: 94, usPerRecord: 1 },
    usPerRecordElsewhere: 50,
    utilisation: 0.6,
  };

  test('carry the rate, and one fewer would not', () => {
    const { senders, coresAll } = fewestSenders(load)!;
    expect(coresAll / senders).toBeLessThanOrEqual(0.6);
    const one = recordsPerRequest(load.recordsPerSecond / (senders - 1), 6, 0.005);
    expect((load.recordsPerSecond * (usPerRecord(load.cost, one) + 50)) / 1e6 / (senders - 1)).toBeGreaterThan(0.6);
  });

  test('are more, and each record dearer, where more targets share the rate', () => {
    const few = fewestSenders(load)!;
    const many = fewestSenders({ ...load, targets: 600 })!;
    expect(many.senders).toBeGreaterThan(few.senders);
    expect(many.recordsPerRequest).toBeLessThan(few.recordsPerRequest);
  });
});
