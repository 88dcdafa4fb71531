import { expect, test } from 'bun:test';
import { type CostPoint, fitCost } from './fit-cost.ts';

function points(perRequest: number, perPartition: number, perRecord: number): CostPoint[] {
  return [
    [1, 1],
    [1, 10],
    [1, 500],
    [5, 5],
    [20, 20],
    [100, 100],
  ].map(([partitions, records]) => ({
    partitions: partitions!,
    records: records!,
    us: perRequest + perPartition * partitions! + perRecord * records!,
  }));
}

test('the parts that a cost was made of come back', () => {
  const fit = fitCost(points(80, 12, 1.5));
  expect(fit.usPerRequest).toBeCloseTo(80, 6);
  expect(fit.usPerPartition).toBeCloseTo(12, 6);
  expect(fit.usPerRecord).toBeCloseTo(1.5, 6);
  expect(fit.worstRelativeError).toBeLessThan(1e-9);
});

test('a part that would be negative is nothing, and the others bear it', () => {
  const fit = fitCost(points(80, -0.5, 3));
  expect(fit.usPerPartition).toBe(0);
  expect(fit.usPerRequest).toBeGreaterThan(0);
  expect(fit.usPerRecord).toBeGreaterThan(0);
});
