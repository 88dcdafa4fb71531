/** A box whose relay is a process of its own that others start and replace (`parley gateway --relay`, `parley relay`). */
import { afterEach, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoxProcess } from './box-process.harness.ts';
import { MadeRegionKeys } from './region-keys.ts';
import { eventually, TestBox } from './test-box.harness.ts';

const ends: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}

function secretFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'parley-secret-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  writeFileSync(join(directory, 'secret'), 'a secret of the region');
  return join(directory, 'secret');
}

describe('a box whose relay runs on its own', () => {
  test('is ready when the relay is there, and keeps every connection while it is replaced', async () => {
    const systems = await TestBox.start({ edges: 2, ownEdges: false, relayPort: freePort() });
    ends.push(() => systems.stop());
    const { address, secretFile: link } = systems.relayAt;
    await systems.killRelay();
    const box = new BoxProcess(['--edges', '2', '--relay', address, '--link-secret-file', link, '--region-secret-file', secretFile()]);
    ends.push(() => box.end());
    await Bun.sleep(1_000);
    expect(box.stdout).not.toContain('ready:');
    await systems.startRelay();
    await eventually(
      () => box.stdout.includes('ready:'),
      () => `the box: ${box.stderr}`,
      15_000,
    );

    const users = await Promise.all([1, 2, 3, 4].map((user) => box.user(user)));
    ends.push(() => {
      for (const user of users) user.leave();
    });
    const conversation = await users[0]!.create(2, 3, 4);
    await systems.killRelay();
    users[1]!.say(conversation, 'while there is no relay');
    await Bun.sleep(300);
    expect(await box.isReady()).toBe(true);
    await systems.startRelay();
    users[2]!.say(conversation, 'after it came back');
    await eventually(() => users.every((user) => user.cursor(conversation) === 3), 'both messages to reach everybody');
    expect(await box.metric('parley_edge_upgrades_total')).toBe(4);
    expect((await box.now()).pids.relay).toBeUndefined();
  }, 60_000);

  test('refuses to start without the secrets of that relay, or with an address that is none', async () => {
    for (const [settings, sentence] of [
      [['--relay', '127.0.0.1:7000'], '--region-secret-file'],
      [['--relay', 'somewhere'], 'is not host:port'],
      [['--relay', '127.0.0.1:7000', '--backends', 'file.json'], '--backends is told to the relay'],
    ] as const) {
      const box = new BoxProcess(settings);
      ends.push(() => box.end());
      expect(await box.exited).toBe(3);
      await eventually(
        () => box.stderr.includes(sentence),
        () => `${sentence}: ${box.stderr}`,
      );
    }
  }, 30_000);
});

describe('a relay that waits for its backends', () => {
  test('lives, is not ready, and stops when it is told to', async () => {
    const secret = secretFile();
    const backends = `${secret}.json`;
    const nowhere = '127.0.0.1:1';
    writeFileSync(
      backends,
      JSON.stringify({
        schema: 1,
        cell: 0,
        kafka: {
          brokers: [nowhere],
          driver: 'platformatic',
          prefix: 'test-',
          replicas: 1,
          inSyncReplicas: 1,
          partitions: { messages: 1, receipts: 1, deliveries: 1 },
        },
        cassandra: { contactPoints: [nowhere], dataCenter: 'one', keyspace: 'test', replicas: 1 },
        redis: { nodes: [nowhere], cluster: false, prefix: 'test:' },
      }),
    );
    const parley = new URL('../../parley.ts', import.meta.url).pathname;
    const args = ['--backends', backends, '--edges', '2', '--link-secret-file', secret, '--region-secret-file', secret];
    const relay = Bun.spawn([process.execPath, parley, 'relay', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PARLEY_GATEWAY: '3' },
    });
    ends.push(async () => {
      relay.kill('SIGKILL');
      await relay.exited;
    });
    const line = new TextDecoder().decode((await relay.stdout.getReader().read()).value);
    const admin = line.match(/admin: (\S+)/)![1]!;
    expect((await fetch(`${admin}/healthz`)).status).toBe(200);
    const ready = await fetch(`${admin}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, 'not ready: waits for its backends\n']);
    expect(await (await fetch(`${admin}/metrics`)).text()).toContain('parley_relay_');
    relay.kill('SIGTERM');
    expect(await relay.exited).toBe(0);
  }, 30_000);
});

describe('region keys that are made of a secret', () => {
  const at = (ms: number, secret = 'secret') =>
    new MadeRegionKeys(
      () => Buffer.from(secret),
      900,
      () => ms,
    );

  test('are the same for everybody who has the secret, and another in the next period', () => {
    expect(at(1_000).current).toEqual(at(899_000).current);
    expect(at(900_000).current).not.toEqual(at(899_000).current);
    expect(at(0, 'another').current).not.toEqual(at(0).current);
  });

  test('count for one period before and one after, so that a token lives its time whoever made it', () => {
    const kids = at(10 * 900_000).accepted.map(({ kid }) => kid);
    expect(kids).toEqual([9, 10, 11].map((period) => at(period * 900_000).current.kid));
  });
});
