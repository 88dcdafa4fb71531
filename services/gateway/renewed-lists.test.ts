/** Files of user keys and revocations that others replace, as a kubelet does with a secret: nobody tells the box. */
import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { BoxProcess } from './box-process.harness.ts';
import { eventually } from './test-box.harness.ts';
import { TestClient } from './test-client.harness.ts';

test('a user key that is added counts, and a revocation acts, without a word to the box', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'parley-lists-'));
  const [keysFile, revocationsFile] = [join(directory, 'user-keys.json'), join(directory, 'revocations.json')];
  const keys = ['old', 'new'].map((kid) => ({ kid, ...generateKeyPairSync('ed25519') }));
  const listed = (...of: typeof keys) =>
    writeFileSync(
      keysFile,
      JSON.stringify(of.map(({ kid, publicKey }) => ({ kid, publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }) }))),
    );
  const token = (user: number, { kid, privateKey }: (typeof keys)[number]) => {
    const iat = Math.floor(Date.now() / 1_000) - 1;
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    return createSigner({ key, algorithm: 'EdDSA', kid })({ sub: String(user), dev: 0, iat, exp: iat + 600 });
  };
  listed(keys[0]!);
  writeFileSync(revocationsFile, '[]');
  const box = await BoxProcess.start(
    ...['--edges', '1', '--user-keys-file', keysFile, '--revocations-file', revocationsFile, '--keys-check-seconds', '1'],
  );
  try {
    await expect(TestClient.connect(box.endpoint, token(7, keys[1]!))).rejects.toThrow('401');
    listed(...keys);
    await eventually(
      () => box.stderr.includes('"userKeys":2'),
      () => `the second key: ${box.stderr}`,
    );
    const client = await TestClient.live(box.endpoint, token(7, keys[1]!));
    writeFileSync(revocationsFile, JSON.stringify([{ user: 7, issuedBefore: Math.floor(Date.now() / 1_000) }]));
    expect(await client.closed(10_000)).toBe('revoked');
  } finally {
    await box.end();
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);
