import { describe, expect, test } from 'bun:test';
import { SECRET_NAMES } from './environment.ts';
import { readEnvironment } from './read-environment.ts';
import { isRefusal, refusalText } from './refusal.ts';
import { jsonFile } from './sources.harness.ts';

const NAMES = ['local', 'staging', 'production'];
// biome-ignore lint/suspicious/noExplicitAny: a document that tests spoil.
const document = (name = 'production'): any => jsonFile(`infra/environments/${name}.json`);

test.each(NAMES)('%s is an environment, and named as its file', (name) => {
  expect(readEnvironment(document(name), 'file')).toMatchObject({ name });
});

test('environments differ in data only: all of them have the same fields', () => {
  const fields = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, one]) => [key, ['plan', 'annotations', 'settings', 'digests'].includes(key) ? 0 : fields(one)]),
        )
      : typeof value;
  const [first, ...others] = NAMES.map((name) => fields({ ...document(name), cells: 0 }));
  for (const other of others) expect(other).toEqual(first);
});

describe('an environment with a mistake is refused by field and file', () => {
  const refusal = (change: (environment: ReturnType<typeof document>) => void) => {
    const environment = document();
    change(environment);
    const read = readEnvironment(environment, 'infra/environments/production.json');
    return isRefusal(read) ? refusalText(read).replace('infra/environments/production.json: ', '') : undefined;
  };

  test.each<[string, (environment: ReturnType<typeof document>) => void, string]>([
    [
      'a field with a typo',
      (e) => {
        e.nodes.reservedCore = 1;
      },
      'nodes.reservedCore: there is no such field; did you mean reservedCores?',
    ],
    [
      'a field that is missing',
      (e) => {
        delete e.topics;
      },
      'topics: expected an object, got nothing',
    ],
    [
      'a word that is none',
      (e) => {
        e.routes.operator = 'redis';
      },
      'routes.operator: expected one of ot-redis, valkey, got "redis"',
    ],
    [
      'a digest that is none',
      (e) => {
        e.images.digests.gateway = 'sha256:abc';
      },
      'images.digests.gateway: expected sha256: and 64 hexadecimal digits, got "sha256:abc"',
    ],
    [
      'no region',
      (e) => {
        e.regions = [];
      },
      'regions: a fleet is in one region at least',
    ],
    [
      'a zone twice',
      (e) => {
        e.regions[0].zones[1] = e.regions[0].zones[0];
      },
      'regions[0].zones: zones, each once, at least one',
    ],
    [
      'a place of states on one machine only',
      (e) => {
        e.state.placePrefix = '/var/state/';
      },
      'state.placePrefix: an absolute path would differ from machine to machine',
    ],
    [
      'a generation of topics that is not before',
      (e) => {
        e.topics.before = [{ generation: 1, partitions: { messages: 1, receipts: 1, deliveries: 1 } }];
      },
      'topics.before[0].generation: generation 1 is not before 1',
    ],
    [
      'another schema',
      (e) => {
        e.schema = 9;
      },
      'schema: expected one of 1, got 9',
    ],
  ])('%s', (_, change, message) => {
    expect(refusal(change)).toBe(message);
  });

  test.each(SECRET_NAMES)('a missing reference to the secret %s', (name) => {
    expect(refusal((environment) => delete environment.secrets[name])).toBe(`secrets.${name}: expected an object, got nothing`);
    expect(refusal((environment) => delete environment.secrets[name].key)).toStartWith(`secrets.${name}.key: `);
  });
});
