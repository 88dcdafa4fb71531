import { expect, test } from 'bun:test';
import { cpu, disk, memory } from './quantity.ts';

const GIBI = 1_024 ** 3;

test.each([
  [cpu(1.5), '1500m'],
  [cpu(2), '2'],
  [cpu(0.1), '100m'],
  [cpu(1.9999), '1999m'],
  [cpu(0), '1m'],
  [memory(GIBI), '1Gi'],
  [memory(3.5 * GIBI), '3584Mi'],
  [memory(4e9), '3814Mi'],
  [memory(1_024 * GIBI), '1Ti'],
  [disk(1), '1Gi'],
  [disk(10.5 * GIBI), '11Gi'],
  [disk(1_024 * GIBI), '1Ti'],
])('%s is as the API server keeps it', (made, kept) => {
  expect(made).toBe(kept);
});
