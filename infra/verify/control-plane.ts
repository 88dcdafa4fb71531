/**
 * A Kubernetes API server with its etcd, both real, on loopback, empty at each start and gone at the end: data, keys and
 * logs in a folder of their own. No controllers run, so a namespace that is deleted stays; start a new one instead.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subprocess } from 'bun';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { freePorts } from '../../services/runtime/free-ports.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { type BuiltProgram, programs } from './programs.ts';

const READY_MS = 120_000;
const POLL_MS = 50;

export interface ControlPlane {
  readonly api: KubernetesApi;
  readonly version: string;
  /** For programs that take one. */
  readonly kubeconfigFile: string;
  readonly directory: string;
  /** Signs the tokens of service accounts. */
  readonly signingKeyFile: string;
  stop(): Promise<void>;
}

/** Ready when it resolves. The caller stops it. */
export async function startControlPlane(say: (line: string) => void, extraWords: readonly string[] = []): Promise<ControlPlane> {
  const { etcd, 'kube-apiserver': apiServer } = await programs(['etcd', 'kube-apiserver'], say);
  const directory = mkdtempSync(join(tmpdir(), 'parley-control-plane-'));
  const running: Subprocess[] = [];
  const stop = async () => {
    // Nothing here is worth a farewell; a graceful end would wait for open watches.
    for (const child of running.toReversed()) child.kill('SIGKILL');
    await Promise.all(running.map((child) => child.exited));
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const [clients, peers, port] = (await freePorts(3, 0)) as [number, number, number];
    const signingKeyFile = join(directory, 'service-accounts.key');
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(signingKeyFile, privateKey, { mode: 0o600 });
    const token = randomBytes(24).toString('base64url');
    const tokensFile = join(directory, 'tokens.csv');
    writeFileSync(tokensFile, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
    const certificates = join(directory, 'certificates');
    mkdirSync(certificates);

    running.push(spawn(directory, 'etcd', etcd, etcdWords(directory, clients, peers)));
    const server = spawn(directory, 'kube-apiserver', apiServer, [
      ...apiServerWords({ clients, port, certificates, signingKeyFile, tokensFile }),
      ...extraWords,
    ]);
    running.push(server);
    const url = `https://127.0.0.1:${port}`;
    const api = new KubernetesApi({ url, token, authority: () => readFileSync(join(certificates, 'apiserver.crt'), 'utf8') });
    await ready(api, server, join(directory, 'kube-apiserver.log'));
    const kubeconfigFile = join(directory, 'kubeconfig');
    writeFileSync(kubeconfigFile, kubeconfig(url, token), { mode: 0o600 });
    return { api, version: apiServer.version, kubeconfigFile, directory, signingKeyFile, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Logs to a file of its name. It ends with this process at the latest: see `stop`. */
export function spawn(directory: string, name: string, { path }: BuiltProgram, words: readonly string[]): Subprocess {
  const log = openSync(join(directory, `${name}.log`), 'a', 0o600);
  const child = Bun.spawn([path, ...words], { cwd: directory, stdio: ['ignore', log, log] });
  closeSync(log);
  return child;
}

function etcdWords(directory: string, clients: number, peers: number): string[] {
  const [clientUrl, peerUrl] = [`http://127.0.0.1:${clients}`, `http://127.0.0.1:${peers}`];
  return [
    ...['--data-dir', join(directory, 'etcd'), '--unsafe-no-fsync', '--log-level', 'warn'],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`],
  ];
}

interface ApiServerFiles {
  readonly clients: number;
  readonly port: number;
  readonly certificates: string;
  readonly signingKeyFile: string;
  readonly tokensFile: string;
}

function apiServerWords({ clients, port, certificates, signingKeyFile, tokensFile }: ApiServerFiles): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${clients}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${certificates}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${signingKeyFile}`,
    `--service-account-signing-key-file=${signingKeyFile}`,
    '--service-cluster-ip-range=10.0.0.0/16',
    '--authorization-mode=RBAC',
    `--token-auth-file=${tokensFile}`,
    // A node's tuner may be privileged where its namespace allows it: that is the namespace's to refuse.
    '--allow-privileged=true',
    '--endpoint-reconciler-type=none',
  ];
}

async function ready(api: KubernetesApi, server: Subprocess, logFile: string): Promise<void> {
  const untilMs = performance.now() + READY_MS;
  const lastWords = () => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-3).join('\n  ');
  while (!(await api.isReady())) {
    if (server.exitCode !== null) throw new BackendError('died', `kube-apiserver ended at its start:\n  ${lastWords()}`, false);
    if (performance.now() > untilMs) {
      throw new BackendError('notReady', `kube-apiserver is not ready after ${READY_MS / 1_000} s:\n  ${lastWords()}`, true);
    }
    await Bun.sleep(POLL_MS);
  }
}

function kubeconfig(server: string, token: string): string {
  const named = <Kind extends string, Value>(kind: Kind, value: Value) => [{ name: 'verify', [kind]: value }];
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'verify',
    clusters: named('cluster', { server, 'insecure-skip-tls-verify': true }),
    users: named('user', { token }),
    contexts: named('context', { cluster: 'verify', user: 'verify' }),
  });
}
