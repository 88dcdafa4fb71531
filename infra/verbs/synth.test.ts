import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../../services/runtime/verb.ts';
import { IMAGES } from '../image.ts';
import { jsonFile, planOf } from '../sources.harness.ts';
import { CHARTS, FOREIGN_IMAGES } from '../versions.ts';
import { verb } from './synth.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-synth-'));
});
afterAll(() => rmSync(folder, { recursive: true }), 60_000);
setDefaultTimeout(60_000);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function ran(...args: string[]): Promise<Ran> {
  const [log, error] = [console.log, console.error];
  let [out, err] = ['', ''];
  console.log = (line: string) => {
    out += `${line}\n`;
  };
  console.error = (line: string) => {
    err += `${line}\n`;
  };
  try {
    return { code: await verb.run(args), out, err };
  } finally {
    [console.log, console.error] = [log, error];
  }
}

function file(name: string, document: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof document === 'string' ? document : JSON.stringify(document));
  return path;
}

function filesIn(out: string): ReadonlyMap<string, string> {
  const paths = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    paths.map((entry) => [
      join(entry.parentPath, entry.name).slice(out.length + 1),
      readFileSync(join(entry.parentPath, entry.name), 'utf8'),
    ]),
  );
}

describe('parley synth', () => {
  test('writes every stack of every cell, in two folders the same bytes', async () => {
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    const first = await ran('production', '--out', one, '--json');
    expect([first.code, first.err]).toEqual([EXIT.ok, '']);
    await ran('production', '--out', two);
    expect(filesIn(two)).toEqual(filesIn(one) as Map<string, string>);
    const { cells, stacks, filesWritten } = JSON.parse(first.out);
    expect(cells).toBe((planOf({ plan: {} }) as { cells: number }).cells);
    expect(filesIn(one).size).toBe(filesWritten);
    expect(filesWritten).toBe(stacks + 1);
    for (const text of filesIn(one).values()) expect(text).not.toContain(folder);
  });

  test('finds that what it wrote matches, and a change that somebody made in it', async () => {
    const out = join(folder, 'checked');
    await ran('local', '--out', out);
    expect(JSON.parse((await ran('local', '--out', out, '--json')).out).filesWritten).toBe(0);
    expect(await ran('local', '--check', '--out', out)).toMatchObject({
      code: EXIT.ok,
      out: expect.stringContaining('are those of this plan'),
    });
    const path = join(out, 'local/cell-000-data/cdk.tf.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"clusterSize": 3', '"clusterSize": 30'));
    const found = await ran('local', '--check', '--out', out);
    expect(found.code).toBe(EXIT.refuted);
    expect(found.out).toContain('rediscluster_parley-data_routes spec.clusterSize is 30, and should be 3');
    expect(found.out).toContain('rows[redis.primariesPerCell].value');
  });

  test('has an order in which every stack comes after those that it needs', async () => {
    const out = join(folder, 'ordered');
    await ran('local', '--out', out);
    const { cells, kinds, secrets } = JSON.parse(readFileSync(join(out, 'local/order.json'), 'utf8'));
    for (const { name, after } of kinds) {
      const place = (kind: string) => [...cells[0].stacks, ...cells[0].onDemand].indexOf(`cell-000-${kind}`);
      for (const one of after) expect(place(one)).toBeLessThan(place(name));
    }
    expect(secrets).toContainEqual({ namespace: 'parley-data', name: 'parley-redis', keys: ['password'] });
  });
});

describe('bad input is refused with its field and file, and nothing is written', () => {
  const plan = () => planOf({ plan: {} }) as Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: a document that tests spoil.
  const environment = (change: (document: any) => void) => {
    const document = structuredClone(jsonFile('infra/environments/production.json'));
    change(document);
    return file('environment.json', document);
  };

  test.each<[string, () => string[], RegExp]>([
    ['no environment', () => [], /takes one environment: local, production, staging/],
    [
      'an environment with a typo',
      () => ['prodution'],
      /infra\/environments: there is no environment "prodution"; did you mean production\?/,
    ],
    [
      'a plan of another schema',
      () => ['production', '--plan', file('plan.json', { ...plan(), schema: 7 })],
      /plan\.json: schema: a plan of schema 7/,
    ],
    ['a plan that is not there', () => ['production', '--plan', join(folder, 'none.json')], /none\.json: can’t be read \(ENOENT\)/],
    ['a plan that is no JSON', () => ['production', '--plan', file('plan.json', '{')], /plan\.json: is no JSON/],
    [
      'a size that no machine has',
      () => [
        'production',
        '--plan',
        file('plan.json', {
          ...plan(),
          components: (plan().components as { machines: object }[]).map((one) => ({ ...one, machines: { ...one.machines, cores: 1e6 } })),
        }),
      ],
      /plan\.json: components\[gateway\]\.machines: no machine shape of .*carries it/,
    ],
    [
      'a secret that is not named',
      () => [environment((document) => delete document.secrets.redis)],
      /environment\.json: secrets\.redis: expected an object, got nothing/,
    ],
    [
      'a field with a typo',
      () => [
        environment((document) => {
          document.nodes.poolLable = '';
        }),
      ],
      /environment\.json: nodes\.poolLable: there is no such field; did you mean poolLabel\?/,
    ],
    [
      'a quantity that there is not',
      () => [
        environment((document) => {
          document.plan = { connectoins: '1M' };
        }),
      ],
      /environment\.json: plan: there is no quantity "connectoins"; did you mean connections\?/,
    ],
    [
      'a list of machines that is not there',
      () => [
        environment((document) => {
          document.machineShapes = 'none.json';
        }),
      ],
      /machineShapes: none\.json can’t be read/,
    ],
    [
      'a digest of an image that there is not',
      () => [
        environment((document) => {
          document.images.digests = { gatway: `sha256:${'0'.repeat(64)}` };
        }),
      ],
      /environment\.json: images\.digests\.gatway: no stack has a digest of that name; did you mean gateway\?/,
    ],
    [
      'what is still open, where all has to be filled in',
      () => ['production', '--complete'],
      /production\.json: certificates\.gatewayHost: is open: it is an example.*images\.registry.*charts\.digests\.certManager/,
    ],
    [
      'a hand-over that no service does',
      () => [
        environment((document) => {
          document.topics = { generation: 2, before: [{ generation: 1, partitions: { messages: 3, receipts: 4, deliveries: 5 } }] };
        }),
      ],
      /environment\.json: topics\.before: no service hands conversations over.*Grow by another cell/,
    ],
    [
      'an image without the digest that it must have',
      () => [
        environment((document) => {
          document.images.mustBePinned = true;
        }),
      ],
      /environment\.json: images\.digests\.\w+: missing/,
    ],
  ])('%s', async (_, args, message) => {
    const out = join(folder, 'never');
    const { code, err } = await ran(...args(), '--out', out);
    expect(code).toBe(EXIT.couldNotRun);
    expect(err).toMatch(message);
    expect(() => readdirSync(out)).toThrow('ENOENT');
  });

  test('an environment with nothing open is written where all has to be filled in', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const filled = environment((document) => {
      document.cells = [0];
      document.certificates.gatewayHost = '*.chat.acme.io';
      document.push.url = 'https://push.acme.io';
      const names = (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, digest]));
      document.images = {
        ...document.images,
        registry: 'registry.acme.io/parley',
        digests: names([...IMAGES, ...Object.keys(FOREIGN_IMAGES)]),
      };
      document.charts.digests = names(Object.keys(CHARTS));
    });
    const { code, out } = await ran(filled, '--complete', '--out', join(folder, 'complete'), '--json');
    expect(code).toBe(EXIT.ok);
    expect(JSON.parse(out).open).toEqual([]);
  });

  test('a topic that stands is not let go', async () => {
    const out = join(folder, 'gone');
    await ran('local', '--out', out);
    const path = join(out, 'local/cell-000-data/cdk.tf.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replaceAll('g1.messages', 'g0.messages').replaceAll('g1_messages', 'g0_messages'));
    const { code, err } = await ran('local', '--out', out);
    expect(code).toBe(EXIT.couldNotRun);
    expect(err).toMatch(/kafkatopic_parley-data_g0_messages: is .*should be not there: it would be destroyed with the messages in it/);
  });

  test('a partition count that stands is not written over', async () => {
    const out = join(folder, 'standing');
    await ran('local', '--out', out);
    const path = join(out, 'local/cell-000-data/cdk.tf.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"partitions": \d+/, '"partitions": 999'));
    const standing = filesIn(out);
    const { code, err } = await ran('local', '--out', out);
    expect(code).toBe(EXIT.couldNotRun);
    expect(err).toContain('a partition count is never changed in place');
    expect(filesIn(out)).toEqual(standing as Map<string, string>);
  });
});
