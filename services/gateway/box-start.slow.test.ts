/** Boxes that can't start as asked: a sentence, exit code 3, nothing left running. */
import { afterAll, expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { requires } from '../runtime/requires.ts';
import { demandNode, NotStartable } from './box-preconditions.ts';
import { BoxProcess } from './box-process.harness.ts';
import { StateDir } from './state-dir.ts';
import { eventually } from './test-box.harness.ts';
import { TestClient } from './test-client.harness.ts';

const directory = mkdtempSync(join(tmpdir(), 'parley-start-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content);
  return join(directory, name);
}

/** What it says, when it ends with 3 and leaves nothing. */
async function refusal(settings: readonly string[]): Promise<string> {
  const box = new BoxProcess(settings);
  try {
    expect(await box.exited).toBe(3);
    await eventually(() => box.processes().length === 0, 'nothing to be left');
    expect(box.stdout).toBe('');
    return box.stderr;
  } finally {
    await box.end();
  }
}

test.each([
  ['an unknown setting', ['--edgess', '2'], '--edgess: no such setting'],
  ['a value that is missing', ['--edges'], '--edges: a value is missing'],
  ['a number out of its range', ['--edges', '5000'], '--edges: 5000 is not a whole number from 0 to 1000'],
  ['no number', ['--port', 'http'], '--port: http is not a whole number'],
  ['an unknown word', ['--transport', 'http3'], '--transport: http3 is none of bun, ws'],
  [
    'a certificate that is missing',
    ['--tls', '--tls-certificate', '/nowhere/a', '--tls-key', '/nowhere/b'],
    '/nowhere/a can’t be read: ENOENT',
  ],
  ['a certificate without its key', ['--tls', '--tls-certificate', '/nowhere/a'], '--tls-certificate and --tls-key go together'],
  ['user keys that are missing', ['--user-keys-file', '/nowhere/keys'], '/nowhere/keys can’t be read: ENOENT'],
] as const)('%s is named', async (_, settings, sentence) => {
  expect((await refusal(settings)).replaceAll("'", '’')).toContain(sentence);
});

test('every problem of the settings is named at once', async () => {
  const said = await refusal(['--edges', '5000', '--nonsense', '--cell=9999']);
  for (const name of ['--edges', '--nonsense', '--cell']) expect(said).toContain(name);
});

test('a directory that can’t be made is named', async () => {
  expect(await refusal(['--state-dir', '/proc/nowhere'])).toContain("the box can't be started: ENOENT");
});

test('a port that is taken is named, also when its owner would share it', async () => {
  const alone = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => undefined } });
  const sharing = Bun.serve({ hostname: '127.0.0.1', port: 0, reusePort: true, fetch: () => new Response() });
  try {
    for (const port of [alone.port, sharing.port!]) {
      expect(await refusal(['--port', String(port)])).toContain(`--port ${port} on 127.0.0.1 can't be taken: EADDRINUSE`);
      expect(await refusal(['--admin-port', String(port)])).toContain(`--admin-port ${port} on 127.0.0.1 can't be taken: EADDRINUSE`);
    }
  } finally {
    alone.stop(true);
    await sharing.stop(true);
  }
});

test('files of keys and revocations that are none are named with their entry', async () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const bad: Array<[string, string, string]> = [
    ['--user-keys-file', '{', 'is not JSON'],
    ['--user-keys-file', '{}', 'is not a list of { kid, publicKeyPem }'],
    ['--user-keys-file', '[]', 'has no key'],
    ['--user-keys-file', JSON.stringify([{ kid: 'a', publicKeyPem }]), 'entry 0 is not { kid, publicKeyPem } of an Ed25519 public key'],
    ['--revocations-file', '[{"user":1,"issuedBefore":1},{"user":-1,"issuedBefore":1}]', 'entry 1 is not { user, device?, issuedBefore }'],
  ];
  for (const [setting, content, sentence] of bad) expect(await refusal([setting, file('bad.json', content)])).toContain(sentence);
}, 30_000);

requires('openssl').test('a key that does not belong to its certificate is named', async () => {
  const [one, two] = ['one', 'two'].map((name) => new StateDir(join(directory, name)).testCertificate());
  const said = await refusal(['--tls', '--tls-certificate', one!.certificate, '--tls-key', two!.key]);
  expect(said).toContain(`is not the key of the certificate in ${one!.certificate}`);
});

test('without openssl a certificate can’t be made, and that is said', () => {
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    expect(() => new StateDir(join(directory, 'three')).testCertificate()).toThrow('openssl, which is not on the PATH');
    expect(() => demandNode(1)).toThrow(NotStartable);
  } finally {
    process.env.PATH = path;
  }
});

test('a part that never starts is named after a handful of attempts, and the rest is stopped', async () => {
  const node = file('node', '#!/bin/sh\n[ "$1" = --version ] && echo v24.0.0 && exit 0\nexit 1\n');
  chmodSync(node, 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${directory}:${path}`;
  try {
    expect(await refusal(['--transport', 'ws', '--edges', '1'])).toContain(
      "the box can't be started: edge-0 does not start: see the log above",
    );
  } finally {
    process.env.PATH = path;
  }
}, 60_000);

test('a directory belongs to one box; the second says so and disturbs nothing', async () => {
  const box = await BoxProcess.start('--edges', '1', '--drain-seconds', '1');
  try {
    const second = new BoxProcess(['--edges', '1'], box.stateDir);
    expect(await second.exited).toBe(3);
    expect(second.stderr).toContain('another box uses this directory');
    const client = await TestClient.live(box.endpoint, box.token(1));
    expect(await client.create(2)).toBeGreaterThan(0);
  } finally {
    await box.end();
  }
}, 30_000);

test('keys and revocations are read again at SIGHUP, act on live sockets, and a broken file changes nothing', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const keys = file('keys.json', JSON.stringify([{ kid: 'one', publicKeyPem: pem }]));
  const revocations = file('revocations.json', '[]');
  const box = await BoxProcess.start('--edges', '1', '--drain-seconds', '1', '--user-keys-file', keys, '--revocations-file', revocations);
  const token = (user: number, kid: string) => {
    const iat = Math.floor(Date.now() / 1_000) - 1;
    return createSigner({ key, algorithm: 'EdDSA', kid })({ sub: String(user), dev: 0, iat, exp: iat + 600 });
  };
  try {
    const [revoked, spared] = [await TestClient.live(box.endpoint, token(1, 'one')), await TestClient.live(box.endpoint, token(2, 'one'))];
    writeFileSync(keys, 'not JSON');
    box.kill('SIGHUP');
    await eventually(() => box.stderr.includes('nothing reloaded'), 'the complaint');
    writeFileSync(keys, JSON.stringify([{ kid: 'two', publicKeyPem: pem }]));
    writeFileSync(revocations, JSON.stringify([{ user: 1, issuedBefore: Math.floor(Date.now() / 1_000) }]));
    box.kill('SIGHUP');
    expect(await revoked.closed()).toBe('revoked');
    expect(await TestClient.connect(box.endpoint, token(2, 'one')).catch((error: Error) => error.message)).toContain('unauthenticated');
    expect(await TestClient.connect(box.endpoint, token(1, 'two')).catch((error: Error) => error.message)).toContain('401 revoked');
    await TestClient.live(box.endpoint, token(3, 'two'));
    expect(spared.socket.closeCode).toBeUndefined();
  } finally {
    await box.end();
  }
}, 30_000);
