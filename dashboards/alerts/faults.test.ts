/** Every failure mode and every fault of prove has an alert, or a reason for none. */
import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { placeOf } from '../board-check.ts';
import { FAILURE_MODES, faultFindings, PROVED_FAULTS } from './faults.ts';

const FILE = 'dashboards/alerts/faults.ts';
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const place = (word: string) => placeOf(FILE, read(FILE), [word]);

/** Nothing here may import the load engine, so its table of faults is read as text. */
function faultsOfProve(): readonly string[] {
  const source = read('loadgen/prove/faults.ts');
  const list = (text: string) => [...text.matchAll(/'([a-z]+)'/g)].map(([, name]) => name!);
  const kinds = list(/const ALL: readonly Kind\[\] = \[([^\]]+)\]/.exec(source)![1]!);
  const crawling = list(/\.\.\.\(\[([^\]]+)\] as const\)\.map\(crawling\)/.exec(source)![1]!);
  const start = source.indexOf('export const FAULTS');
  const table = source.slice(start, source.indexOf('\n];', start));
  const named = [...table.matchAll(/name: '([a-z-]+)'|neverDone\(\s*'([a-z-]+)'/g)].map(([, name, never]) => (name ?? never)!);
  const made = [
    ['kill', kinds],
    ['pause', kinds],
    ['crawl', crawling],
  ] as const;
  return [...made.flatMap(([verb, of]) => of.map((kind) => `${verb}-${kind}`)), ...named];
}

test('every fault of prove and every failure mode of the source document has its alerts or its reason', () => {
  expect(faultsOfProve().length).toBeGreaterThan(25);
  expect(faultFindings(faultsOfProve(), place)).toEqual([]);
  expect(Object.keys(FAILURE_MODES)).toEqual(['gateway flap', 'battery drain', 'hot conversation', 'lost ack']);
});

test('a fault without a row, a row without a fault, and a row that says nothing are named with their line', () => {
  const { 'kill-relay': _, ...without } = PROVED_FAULTS;
  expect(faultFindings(faultsOfProve(), place, without)).toEqual([`${place('PROVED_FAULTS')}: no row for the fault kill-relay`]);
  const fewer = faultsOfProve().filter((fault) => fault !== 'two-relays');
  expect(faultFindings(fewer, place)).toEqual([`${place("'two-relays'")}: prove has no fault two-relays`]);
  expect(faultFindings(faultsOfProve(), place, { ...PROVED_FAULTS, 'kill-edge': { alerts: [] } })[0]).toStartWith(place("'kill-edge'"));
});
