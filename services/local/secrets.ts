/**
 * What a secured stack on one machine needs: an authority of its own, a certificate for the servers that it signed, and
 * passwords. Made once per stack; files that only their owner reads. For one machine and its tests, not for a fleet.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';

export interface StackSecrets {
  readonly authorityFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Key and certificate in one file, as Java servers read them. */
  readonly keyStoreFile: string;
  readonly user: string;
  readonly passwordFile: string;
  readonly password: () => string;
}

const DAYS = '365';

export async function stackSecrets(directory: string): Promise<StackSecrets> {
  const at = (name: string) => join(directory, name);
  const secrets: StackSecrets = {
    authorityFile: at('authority.pem'),
    certificateFile: at('server.pem'),
    keyFile: at('server.key'),
    keyStoreFile: at('server-store.pem'),
    user: 'parley',
    passwordFile: at('password'),
    password: () => readFileSync(at('password'), 'utf8').trim(),
  };
  if (existsSync(secrets.keyStoreFile)) return secrets;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(secrets.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  writeFileSync(at('names.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const run = $({ cwd: directory, quiet: true });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await run`openssl req -x509 ${curve} -keyout authority.key -out authority.pem -subj ${'/CN=parley local authority'} -days ${DAYS}`;
  await run`openssl req ${curve} -keyout server.key -out server.csr -subj ${'/CN=localhost'}`;
  await run`openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -out server.pem -days ${DAYS} -extfile names.ext`;
  await run`chmod 600 authority.key server.key`;
  writeFileSync(secrets.keyStoreFile, readFileSync(secrets.keyFile, 'utf8') + readFileSync(secrets.certificateFile, 'utf8'), {
    mode: 0o600,
  });
  return secrets;
}
