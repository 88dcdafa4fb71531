/** A certificate is renewed under connections: those that are open go on, new ones see the new one. Real boxes. */
import { afterEach, describe, expect } from 'bun:test';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { requires } from '../runtime/requires.ts';
import { BoxProcess } from './box-process.harness.ts';
import { StateDir } from './state-dir.ts';
import { eventually } from './test-box.harness.ts';

const ends: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A pair of files as a box is told, and what replaces them. */
function certificates(): { readonly certificate: string; readonly key: string; renew(what?: 'both' | 'certificate'): void } {
  const directory = mkdtempSync(join(tmpdir(), 'parley-certificates-'));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  const [certificate, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  const renew = (what: 'both' | 'certificate' = 'both') => {
    const made = new StateDir(mkdtempSync(join(directory, 'made-'))).testCertificate();
    if (what === 'both') cpSync(made.key, key);
    cpSync(made.certificate, certificate);
  };
  renew();
  return { certificate, key, renew };
}

/** The certificate that a new connection is shown. One that stood in the queue of a listener that ended is reset, and comes again. */
async function shown(port: number): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await shownOnce(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET' || attempt === 3) throw error;
    }
  }
}

function shownOnce(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a certificate that is renewed', () => {
  for (const transport of ['bun', 'ws'] as const) {
    requires('openssl').test(
      `drops no connection, on ${transport}`,
      async () => {
        const files = certificates();
        const edges = transport === 'bun' ? '2' : '1';
        const settings = [
          '--transport',
          transport,
          '--edges',
          edges,
          '--tls',
          '--tls-certificate',
          files.certificate,
          '--tls-key',
          files.key,
        ];
        const box = await BoxProcess.start(...settings, '--tls-check-seconds', '1');
        ends.push(() => box.end());
        const before = await shown(box.endpoint.port);
        const users = await Promise.all([1, 2, 3, 4, 5, 6].map((user) => box.user(user)));
        ends.push(() => {
          for (const user of users) user.leave();
        });
        const conversation = await users[0]!.create(2, 3, 4, 5, 6);
        files.renew();
        const seen = new Set<string>();
        await eventually(async () => {
          seen.clear();
          for (let look = 0; look < 12; look++) seen.add(await shown(box.endpoint.port));
          return !seen.has(before);
        }, 'every edge to show the new certificate');
        users[0]!.say(conversation, 'after the renewal');
        await eventually(
          () => users.every((user) => user.cursor(conversation) === 2),
          'the message to reach all that were connected before',
        );
        expect(await box.metric('parley_edge_upgrades_total')).toBe(6);
        const late = await box.live(7);
        expect(await box.metric('parley_edge_upgrades_total')).toBe(7);
        expect(late.lastError).toBeUndefined();
      },
      30_000,
    );
  }

  requires('openssl').test(
    'is not taken while its key is not there, and the box says so',
    async () => {
      const files = certificates();
      const box = await BoxProcess.start('--edges', '1', '--tls', '--tls-certificate', files.certificate, '--tls-key', files.key);
      ends.push(() => box.end());
      const before = await shown(box.endpoint.port);
      files.renew('certificate');
      box.kill('SIGHUP');
      await eventually(() => box.stderr.includes('certificate not renewed'), 'the log to say so');
      expect(await shown(box.endpoint.port)).toBe(before);
      const key = readFileSync(files.key);
      files.renew();
      expect(readFileSync(files.key)).not.toEqual(key);
      box.kill('SIGHUP');
      await eventually(async () => (await shown(box.endpoint.port)) !== before, 'the pair to be taken');
      writeFileSync(files.certificate, 'nothing');
      box.kill('SIGHUP');
      await eventually(() => box.stderr.includes('not a certificate and a private key'), 'the log to name the files');
      expect(await shown(box.endpoint.port)).not.toBe(before);
    },
    30_000,
  );
});
