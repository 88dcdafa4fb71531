/** The files of a box: the secret its processes share, keys for test tokens, a certificate, box.json. Secrets are 0600. */
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { locate } from '../runtime/tools.ts';
import { NotStartable } from './box-preconditions.ts';
import type { RegionKey } from './region-keys.ts';

export interface UserKey {
  readonly kid: string;
  readonly publicKeyPem: string;
}

export class StateDir {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** A secret that the processes of this box share; made at the first start. */
  secretFile(): string {
    const path = this.file('link.secret');
    if (!existsSync(path)) writeFileSync(path, randomBytes(32), { mode: 0o600 });
    return path;
  }

  /** The key pair of test users, kept between starts. */
  testUserKey(): UserKey & { readonly privateKeyPem: string } {
    const path = this.file('user-key.pem');
    if (!existsSync(path)) {
      const { privateKey } = generateKeyPairSync('ed25519');
      writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    }
    const privateKeyPem = readFileSync(path, 'utf8');
    const publicKeyPem = createPublicKey(privateKeyPem).export({ format: 'pem', type: 'spki' }).toString();
    return { kid: 'test-user', privateKeyPem, publicKeyPem };
  }

  /** Keys with which a load engine on this machine mints test tokens. */
  writeKeys(region: RegionKey, user: UserKey & { readonly privateKeyPem: string }): string {
    return this.write('keys.json', { region, user }, 0o600);
  }

  /** A self-signed P-256 certificate for tests and first steps. */
  testCertificate(): { readonly certificate: string; readonly key: string } {
    const certificate = this.file('tls.crt');
    const key = this.file('tls.key');
    if (!existsSync(certificate)) {
      const openssl = locate('openssl');
      if (openssl === undefined) {
        throw new NotStartable('--tls without --tls-certificate makes a certificate with openssl, which is not on the PATH');
      }
      execFileSync(
        openssl,
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-days',
          '30',
          '-subj',
          '/CN=localhost',
          '-addext',
          'subjectAltName=DNS:localhost,IP:127.0.0.1',
          '-keyout',
          key,
          '-out',
          certificate,
        ],
        { stdio: 'ignore' },
      );
      chmodSync(key, 0o600);
    }
    return { certificate, key };
  }

  remove(name: string): void {
    rmSync(this.file(name), { force: true });
  }

  write(name: string, value: unknown, mode = 0o644): string {
    const path = this.file(name);
    writeFileSync(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode });
    renameSync(`${path}.new`, path);
    return path;
  }
}
