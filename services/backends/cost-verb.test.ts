import { expect, spyOn, test } from 'bun:test';
import { readCostArguments } from './cost-verb.ts';

const NUMBERS = { users: { default: 100_000, least: 1_000 }, seconds: { default: 3, least: 0.1 } };

function said(read: () => unknown): [unknown, string[]] {
  const errors = spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    return [read(), errors.mock.calls.map(([line]) => String(line))];
  } finally {
    errors.mockRestore();
  }
}

test('numbers have their defaults, flags are off', () => {
  expect(readCostArguments('costs', ['--backends', 'file.json'], NUMBERS, ['disk'])).toEqual({
    backendsFile: 'file.json',
    write: false,
    json: false,
    numbers: { users: 100_000, seconds: 3 },
    flags: { disk: false },
  });
});

test('what is given counts', () => {
  const args = ['--backends', 'f', '--users', '2000', '--seconds', '0.5', '--write', '--json', '--disk'];
  expect(readCostArguments('costs', args, NUMBERS, ['disk'])).toEqual({
    backendsFile: 'f',
    write: true,
    json: true,
    numbers: { users: 2_000, seconds: 0.5 },
    flags: { disk: true },
  });
});

test('all that is wrong is said by name, and nothing is measured', () => {
  expect(said(() => readCostArguments('costs', ['--users', '10', '--seconds', 'soon'], NUMBERS))).toEqual([
    undefined,
    [
      'parley costs: --backends FILE is needed',
      'parley costs: --users takes 1000 or more, not 10',
      'parley costs: --seconds takes 0.1 or more, not soon',
    ],
  ]);
});
