/** Options by their table, and what is said of words that can't be read. */
import { expect, test } from 'bun:test';
import { flag, oneOf, read, readOptions, share, whole, word, words } from './options.ts';

const TABLE = {
  connections: whole(1_000, 20),
  calmSeconds: whole(10, 0),
  edges: whole(),
  tls: flag(),
  drop: oneOf(['clients', 'edges'], 'clients'),
  share: share(0.5, { zero: false }),
  box: word(),
  allowHost: words(),
  length: read((text) => text.length),
};

test('each option has its value under its name, or what it is when nothing is said', () => {
  expect(readOptions(TABLE, [])).toEqual({
    connections: 1_000,
    calmSeconds: 10,
    edges: undefined,
    tls: false,
    drop: 'clients',
    share: 0.5,
    box: undefined,
    allowHost: undefined,
    length: undefined,
  });
  const said = ['--connections', '50,000', '--calm-seconds=0', '--edges', '3', '--tls', '--drop', 'edges', '--share', '25%', '--box', 'b'];
  expect(readOptions(TABLE, [...said, '--allow-host', 'one', '--allow-host', 'two', '--length', 'four'])).toEqual({
    connections: 50_000,
    calmSeconds: 0,
    edges: 3,
    tls: true,
    drop: 'edges',
    share: 0.25,
    box: 'b',
    allowHost: ['one', 'two'],
    length: 4,
  });
});

test('what can’t be read is one line that names the option and what it takes', () => {
  const cases: ReadonlyArray<readonly [string[], string]> = [
    [['--connections', '19'], '--connections takes a whole number of at least 20, not "19"'],
    [['--calm-seconds', 'ten'], '--calm-seconds takes a whole number of at least 0, not "ten"'],
    [['--drop', 'all'], '--drop takes one of clients, edges, not "all"'],
    [['--share', '0'], '--share takes a share above 0 and up to 1, as 50% or 0.5, not "0"'],
    [['--share', '120%'], 'not "120%"'],
    [['--share', ''], 'not ""'],
    [['--conections', '5'], "Unknown option '--conections'"],
    [['stray'], 'stray'],
  ];
  for (const [args, words] of cases) expect(() => readOptions(TABLE, args)).toThrow(words);
});
