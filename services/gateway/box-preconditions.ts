/** What must hold before a box starts, each with a sentence for people where it does not. Nothing is started to find out. */
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DEVICES_PER_USER, MAX_USER } from '../protocol/ids.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { lockDirectory } from '../runtime/directory-lock.ts';
import { locate } from '../runtime/tools.ts';
import type { Revocation } from './edge/tokens.ts';
import type { StateDir, UserKey } from './state-dir.ts';

export class NotStartable extends Error {}

/** First Node whose servers share a port. */
const SHARING_NODE = [23, 1] as const;

/**
 * The port is ours alone to share: edges listen with SO_REUSEPORT, so beside another box that does the same they would
 * start without a word and each get half of the other's clients.
 */
export function demandFreePort(host: string, port: number, setting: string): void {
  if (port === 0) return;
  try {
    Bun.listen({ hostname: host, port, socket: { data: () => undefined } }).stop(true);
  } catch (error) {
    throw new NotStartable(`${setting} ${port} on ${host} can't be taken: ${(error as Error & { code?: string }).code ?? error}`);
  }
}

export function demandCertificate(certificateFile: string, keyFile: string): void {
  const [certificate, key] = [read(certificateFile, '--tls-certificate'), read(keyFile, '--tls-key')];
  let fits: boolean;
  try {
    fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new NotStartable(`${certificateFile} and ${keyFile} are not a certificate and a private key in PEM: ${(error as Error).message}`);
  }
  if (!fits) throw new NotStartable(`${keyFile} is not the key of the certificate in ${certificateFile}`);
}

/** When the first certificate of a file ends, in seconds since 1970. */
export function certificateEndsSeconds(certificateFile: string): number {
  return Date.parse(new X509Certificate(read(certificateFile, '--tls-certificate')).validTo) / 1_000;
}

export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

/** The pair that a box is told, or one that is made for tests. */
export function certificateOf(
  { tlsCertificate, tlsKey }: { readonly tlsCertificate: string; readonly tlsKey: string },
  forTests: () => CertificateFiles,
): CertificateFiles {
  if (tlsCertificate === '' && tlsKey === '') return forTests();
  if (tlsCertificate === '' || tlsKey === '') throw new NotStartable('--tls-certificate and --tls-key go together');
  demandCertificate(tlsCertificate, tlsKey);
  return { certificate: tlsCertificate, key: tlsKey };
}

/** The keys of a file of user keys. */
export function readUserKeys(file: string): UserKey[] {
  const keys = readList(file, '--user-keys-file', '{ kid, publicKeyPem }');
  if (keys.length === 0) throw new NotStartable(`${file} has no key: nobody could sign in`);
  return keys.map((key, index) => {
    try {
      const { kid, publicKeyPem } = (key ?? {}) as Partial<UserKey>;
      if (typeof kid === 'string' && createPublicKey(String(publicKeyPem)).asymmetricKeyType === 'ed25519')
        return { kid, publicKeyPem: publicKeyPem! };
    } catch {
      // Said below.
    }
    throw new NotStartable(`${file}: entry ${index} is not { kid, publicKeyPem } of an Ed25519 public key`);
  });
}

export function openFilesLimit(): number {
  const line = readFileSync('/proc/self/limits', 'utf8')
    .split('\n')
    .find((text) => text.startsWith('Max open files'));
  return Number(line?.trim().split(/\s{2,}/)[1] ?? 1_024);
}

export interface RelayAddress {
  readonly host: string;
  readonly port: number;
}

/** The address of a relay that somebody else starts, and the secrets without which edges and relay do not understand each other. */
export function demandRelay(config: {
  readonly relay: string;
  readonly backends: string;
  readonly linkSecretFile: string;
  readonly regionSecretFile: string;
}): RelayAddress {
  const [, host, port] = /^([^\s:/]+|\[[0-9a-f:]+\]):(\d{1,5})$/i.exec(config.relay) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) throw new NotStartable(`--relay ${config.relay} is not host:port`);
  if (config.backends !== '') throw new NotStartable('--backends is told to the relay, where that runs on its own (--relay)');
  if (config.linkSecretFile === '' || config.regionSecretFile === '')
    throw new NotStartable('--relay needs the two secrets of that relay: --link-secret-file and --region-secret-file');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** What no longer counts, of a file of revocations. */
export function readRevocations(file: string): Revocation[] {
  const revocations = readList(file, '--revocations-file', '{ user, device?, issuedBefore }');
  return revocations.map((entry, index) => {
    const { user, device, issuedBefore } = (entry ?? {}) as Partial<Record<keyof Revocation, unknown>>;
    const whole = (value: unknown, most: number) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
    if (!whole(user, MAX_USER) || !whole(issuedBefore, 0xffff_ffff) || !(device === undefined || whole(device, DEVICES_PER_USER - 1))) {
      throw new NotStartable(`${file}: entry ${index} is not { user, device?, issuedBefore } in whole numbers`);
    }
    return entry as Revocation;
  });
}

/** The Node that runs ws edges. */
export function demandNode(edges: number): void {
  const node = locate('node');
  if (node === undefined) throw new NotStartable('--transport ws needs node, which is not on the PATH');
  if (edges === 1) return;
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  const [major, minor] = version.slice(1).split('.').map(Number) as [number, number];
  if (major > SHARING_NODE[0] || (major === SHARING_NODE[0] && minor >= SHARING_NODE[1])) return;
  throw new NotStartable(
    `${edges} edges can't share a port on Node ${version}: take Node ${SHARING_NODE.join('.')} or newer, or --edges 1`,
  );
}

function readList(file: string, setting: string, of: string): unknown[] {
  const text = read(file, setting);
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new NotStartable(`${file} is not JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(list)) throw new NotStartable(`${file} is not a list of ${of}`);
  return list;
}

function read(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new NotStartable(`${setting} ${file} can't be read: ${(error as Error & { code?: string }).code ?? error}`);
  }
}

/** Released by who took it. Throws where another box has it. */
export function lockStateDir(dir: StateDir): { release(): void } {
  try {
    return lockDirectory(dir.file('lock'));
  } catch (error) {
    if (error instanceof BackendError) throw new NotStartable(`another box uses this directory: ${error.message}`);
    throw error;
  }
}
