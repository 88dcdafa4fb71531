/**
 * The procedures that a machine without a cluster can carry out: their section "On one machine", block by block, on the run's stand.
 * What only a cluster has is said in their place.
 */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../check/project.ts';
import { appendPoison } from './connect.ts';
import type { Stand } from './stand.ts';

export interface ProcedureRun {
  readonly procedure: string;
  readonly on: string;
  /** Gives the environment of the blocks. What goes wrong first, as in a scenario. */
  readonly prepare: (stand: Stand) => Promise<Readonly<Record<string, string>>>;
  /** Queries that are asked before and after; both values are told. */
  readonly looks: Readonly<Record<string, string>>;
}

const CONNECTIONS = 'sum(parley_edge_connections{pod="edges-1"})';
const ACCEPTED = 'round(sum(rate(parley_relay_accepted_total[9s])))';

export const PROCEDURE_RUNS: readonly ProcedureRun[] = [
  {
    procedure: 'loss-of-a-broker',
    on: 'a broker under chat, ended with kill -9',
    prepare: async (stand) => killServer(stand, 'kafka'),
    looks: { connections: CONNECTIONS, 'accepted a second': ACCEPTED },
  },
  {
    procedure: 'loss-of-a-cassandra-node',
    on: 'one node under chat, ended with kill -9',
    prepare: async (stand) => killServer(stand, 'cassandra'),
    looks: { connections: CONNECTIONS, 'accepted a second': ACCEPTED },
  },
  {
    procedure: 'loss-of-a-redis-shard',
    on: 'one Valkey under chat, ended with kill -9',
    prepare: async (stand) => killServer(stand, 'valkey'),
    looks: { connections: CONNECTIONS, 'routes written again': 'sum(parley_relay_routes_rewritten_total)' },
  },
  {
    procedure: 'replay-dead-letters',
    on: 'a record on messages that no version reads',
    prepare: async (stand) => {
      await appendPoison(stand.backends);
      await Bun.sleep(3_000);
      return {};
    },
    looks: { 'dead letters': 'sum(parley_dispatch_poison_total)' },
  },
  {
    procedure: 'rotation',
    on: 'a box with TLS and a list of user keys of its own',
    prepare: boxWithKeys,
    looks: {},
  },
  // Last: the processes of the stand are others after it.
  {
    procedure: 'drain-and-upgrade',
    on: 'a box with its relay and two dispatchers, each its own process, under chat',
    prepare: async (stand) => ({
      RELAY_PID: String(stand.relayPid),
      GATEWAY_PID: String(stand.gateway.pid),
      DISPATCH_PID: String(stand.dispatchPids[0]),
      STATE_DIR: join(stand.children.folder, 'box'),
    }),
    looks: { connections: CONNECTIONS, 'accepted a second': ACCEPTED },
  },
];

/** Of procedures that are not, or not wholly, carried out here. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  'drain-and-upgrade': 'two versions of an image',
  'hot-conversation': 'a cell with more processes of dispatch; `parley hot` does it to one box',
  'loss-of-a-broker': 'a lost disk, which its operator replaces',
  'loss-of-a-cassandra-node': 'a lost disk among three nodes, which its operator replaces',
  'loss-of-a-redis-shard': 'a cluster with replicas',
  'loss-of-a-zone': 'zones: `parley verify production --rung 5` places a fleet’s pods without one, on fake nodes',
  'reconnect-storm': 'other gateways; `parley storm` does it to one box',
  'replay-dead-letters': 'a letter that a later version reads: a test replays one',
  'restore-from-backup': 'Medusa, which needs its operator; dispatch’s part is a test',
  rotation: 'cert-manager, and logins through operators',
  'scale-out-and-in': 'an autoscaler and nodes',
  'when-the-sheet-was-wrong': 'a measurement of 50,000 connections with the machine for itself',
};

function killServer(stand: Stand, kind: 'kafka' | 'cassandra' | 'valkey'): Record<string, string> {
  process.kill(stand.serverPid(kind), 'SIGKILL');
  return {};
}

/** With a certificate and one key of user tokens. */
async function boxWithKeys(stand: Stand): Promise<Record<string, string>> {
  const box = stand.otherBox('certificate');
  const at = (name: string) => join(stand.children.folder, name);
  const files = { TLS_CERTIFICATE: at('rotated.crt'), TLS_KEY: at('rotated.key'), USER_KEYS: at('user-keys.json') };
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=first'];
  const made = stand.children.start('openssl', ['openssl', ...request, '-keyout', files.TLS_KEY, '-out', files.TLS_CERTIFICATE], ROOT);
  await made.exited;
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(files.USER_KEYS, JSON.stringify([{ kid: 'old', publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) }]));
  const tls = ['--tls', '--tls-certificate', files.TLS_CERTIFICATE, '--tls-key', files.TLS_KEY, '--tls-check-seconds', '1'];
  await box.start([...tls, '--user-keys-file', files.USER_KEYS, '--keys-check-seconds', '1', '--max-connections', '100']);
  const { url } = JSON.parse(readFileSync(box.boxFile, 'utf8')) as { readonly url: string };
  return { ...files, PORT: new URL(url).port, NEW_USER_KEY: at('new-user-key.pem'), BOX_LOG: at(`${box.pod}.log`) };
}
