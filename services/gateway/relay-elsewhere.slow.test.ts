/**
 * A box in its parts as stacks start them, on real systems: migrations, dispatch, the relay and the edges each by its own verb.
 * The relay is killed and another started while everybody stays connected.
 */
import { afterAll, afterEach, expect } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { requires } from '../runtime/requires.ts';
import { BoxProcess } from './box-process.harness.ts';
import { eventually } from './test-box.harness.ts';

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const START_MS = 60_000;

const own = new OwnBackends();
afterAll(() => own.giveBack(), 60_000);
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

/** A verb in the foreground, ended with the test. `said`: what it wrote on standard output. */
function start(args: readonly string[]): { readonly said: () => string; kill(): Promise<void> } {
  const child = Bun.spawn([process.execPath, PARLEY, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PARLEY_GATEWAY: '0' },
  });
  let said = '';
  void (async () => {
    const text = new TextDecoder();
    for await (const chunk of child.stdout) said += text.decode(chunk, { stream: true });
  })();
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  ends.push(kill);
  return { said: () => said, kill };
}

requires('kafka', 'cassandra', 'valkey').test(
  'edges keep their connections and everything arrives while another relay takes over',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'parley-parts-'));
    ends.push(() => rmSync(directory, { recursive: true, force: true }));
    const backends = join(directory, 'backends.json');
    writeFileSync(backends, JSON.stringify(await own.make()));
    const secrets = ['link', 'region'].map((name) => {
      writeFileSync(join(directory, name), `a secret of the ${name}`);
      return join(directory, name);
    });
    const migrated = Bun.spawn([process.execPath, PARLEY, 'migrate', '--backends', backends], { stdio: ['ignore', 'ignore', 'inherit'] });
    expect(await migrated.exited).toBe(0);
    const dispatch = start(['dispatch', '--backends', backends]);
    const port = freePort();
    const shared = ['--link-secret-file', secrets[0]!, '--region-secret-file', secrets[1]!];
    const relay = () => start(['relay', '--backends', backends, '--edges', '2', '--port', String(port), ...shared]);
    const first = relay();
    const box = new BoxProcess(['--edges', '2', '--relay', `127.0.0.1:${port}`, ...shared]);
    ends.push(() => box.end());
    await eventually(
      () => box.stdout.includes('ready:'),
      () => `the box: ${box.stderr}`,
      START_MS,
    );
    await eventually(() => dispatch.said().includes('ready'), 'dispatch', START_MS);

    const users = await Promise.all([1, 2, 3].map((user) => box.user(user)));
    ends.push(() => {
      for (const user of users) user.leave();
    });
    const conversation = await users[0]!.create(2, 3);
    users[0]!.say(conversation, 'by the first relay');
    await eventually(() => users.every((user) => user.cursor(conversation) === 2), 'the first message', START_MS);
    await first.kill();
    users[1]!.say(conversation, 'by nobody yet');
    const second = relay();
    await eventually(() => second.said().includes('ready'), 'the second relay', START_MS);
    users[2]!.say(conversation, 'by the second');
    await eventually(() => users.every((user) => user.cursor(conversation) === 4 && user.unanswered === 0), 'all messages', START_MS);
    expect(await box.metric('parley_edge_upgrades_total')).toBe(3);
    expect(await box.isReady()).toBe(true);
  },
  240_000,
);
