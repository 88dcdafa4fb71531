/**
 * The fake box as a process that looks like `parley gateway` from outside: `--state-dir DIR`, box.json, keys.json, an
 * admin port with /box, /metrics and /readyz, SIGTERM; `--lies NAME` makes it misbehave. For tests of the load engine only.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FakeBox } from './fake-box.ts';
import { BOX_LIES, type BoxLie } from './lying.ts';

const stateDir = resolve(process.argv[process.argv.indexOf('--state-dir') + 1]!);
mkdirSync(stateDir, { recursive: true });
const box = new FakeBox();
const lies = process.argv.indexOf('--lies');
if (lies >= 0) BOX_LIES[process.argv[lies + 1] as BoxLie](box);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const keys = {
  region: { kid: 'region-test', secretBase64Url: randomBytes(32).toString('base64url'), tokenSeconds: 900 },
  user: {
    kid: 'test-user',
    privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }),
    publicKeyPem: publicKey.export({ format: 'pem', type: 'spki' }),
  },
};
writeFileSync(join(stateDir, 'keys.json'), JSON.stringify(keys), { mode: 0o600 });

const admin = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  routes: {
    '/readyz': () => new Response('ready\n'),
    '/box': () => Response.json(describe()),
    '/metrics': () => new Response(metrics()),
  },
  fetch: () => new Response('', { status: 404 }),
});
writeFileSync(join(stateDir, 'box.json.new'), JSON.stringify(describe()));
renameSync(join(stateDir, 'box.json.new'), join(stateDir, 'box.json'));
process.on('SIGTERM', () => process.exit(0));
process.on('SIGINT', () => {});

function describe(): Record<string, unknown> {
  return {
    schema: 1,
    url: `ws://127.0.0.1:${box.port}/v1`,
    adminUrl: `http://127.0.0.1:${admin.port}`,
    tls: false,
    gateway: 1,
    build: box.build,
    keysFile: join(stateDir, 'keys.json'),
    pids: { supervisor: process.pid, edges: [process.pid] },
    config: { edges: 1 },
  };
}

function metrics(): string {
  return [
    `parley_edge_connections ${box.open}`,
    `parley_edge_heartbeats_total ${box.counts.heartbeats}`,
    `parley_edge_sessions_total ${box.counts.hellos}`,
    '',
  ].join('\n');
}
