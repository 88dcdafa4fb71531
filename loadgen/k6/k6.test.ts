/** The k6 script without k6: its text coding beside the platform's, its tokens beside the box's, and the bundle against a real box. */
import { afterEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { BoxProcess } from '../../services/gateway/box-process.harness.ts';
import { bundleK6Script } from './bundle.ts';
import { PlainEncoder, StrictDecoder } from './text-coding.ts';

const ends: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('text without TextEncoder', () => {
  test('is the same bytes and the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(new PlainEncoder().encode(text)).toEqual(bytes);
        expect(new StrictDecoder().decode(bytes)).toBe(new TextDecoder().decode(bytes));
        const target = new Uint8Array(7);
        const expected = new Uint8Array(7);
        expect(new PlainEncoder().encodeInto(text, target)).toEqual(new TextEncoder().encodeInto(text, expected));
        expect(target).toEqual(expected);
      }),
    );
  });

  test('what is no UTF-8 throws, as the strict decoder of the platform does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
        const outcome = (decode: () => string) => {
          try {
            return decode();
          } catch {
            return 'throws';
          }
        };
        expect(outcome(() => new StrictDecoder().decode(bytes))).toBe(
          outcome(() => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});

/** Stand-ins of the modules of k6 that the script imports. What the metrics were told is printed at the end. */
const STAND_INS: Readonly<Record<string, string>> = {
  'k6/websockets': `
    const Native = globalThis.WebSocket;
    export class WebSocket {
      constructor(url, _protocols, params) {
        const { 'Sec-WebSocket-Protocol': protocol, ...headers } = params.headers;
        const socket = new Native(url, { headers, protocols: [protocol] });
        socket.binaryType = 'arraybuffer';
        return socket;
      }
    }`,
  'k6/crypto': `
    import { createHmac } from 'node:crypto';
    const bytes = (value) => (typeof value === 'string' ? value : Buffer.from(value));
    export function hmac(algorithm, secret, input, encoding) {
      const digest = createHmac(algorithm, bytes(secret)).update(bytes(input)).digest();
      if (encoding === 'binary') return digest.buffer.slice(digest.byteOffset, digest.byteOffset + digest.length);
      return encoding === 'hex' ? digest.toString('hex') : digest.toString('base64url');
    }`,
  'k6/encoding': 'export const b64encode = (text) => Buffer.from(text).toString("base64url");',
  'k6/execution': 'export default { get vu() { return { idInTest: globalThis.currentVu }; } };',
  'k6/metrics': `
    globalThis.told = {};
    class Metric { constructor(name) { this.name = name; } add(value) { (globalThis.told[this.name] ??= []).push(value); } }
    export class Counter extends Metric {}
    export class Trend extends Metric {}`,
};

const MAIN = `
  import { readFileSync } from 'node:fs';
  globalThis.__ENV = process.env;
  globalThis.open = (path) => { const read = readFileSync(path); return read.buffer.slice(read.byteOffset, read.byteOffset + read.length); };
  delete globalThis.TextEncoder;
  delete globalThis.TextDecoder;
  const { default: pair, options } = await import(process.argv[2]);
  for (globalThis.currentVu = 1; globalThis.currentVu <= options.scenarios.pairs.vus; globalThis.currentVu++) pair();
  process.on('exit', () => console.log(JSON.stringify(globalThis.told)));
`;

describe('the bundled script', () => {
  test('imports nothing but k6’s own modules', async () => {
    const text = await bundleK6Script();
    const imported = [...text.matchAll(/from\s*"([^"]+)"/g)].map(([, name]) => name!);
    expect([...new Set(imported)].toSorted()).toEqual(['k6/crypto', 'k6/encoding', 'k6/execution', 'k6/metrics', 'k6/websockets']);
    expect(text).not.toMatch(/\brequire\(|\bprocess\.|\bBuffer\b/);
  });

  test('holds pairs on a real box and talks: everything is accepted and delivered', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'parley-k6-'));
    ends.push(() => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, 'secret'), 'a secret of the region');
    const box = await BoxProcess.start('--edges', '1', '--region-secret-file', join(directory, 'secret'));
    ends.push(() => box.end());
    for (const [name, text] of Object.entries(STAND_INS)) {
      const folder = join(directory, 'node_modules', name);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'index.js'), text);
      writeFileSync(join(folder, 'package.json'), '{"type":"module","main":"index.js"}');
    }
    writeFileSync(join(directory, 'node_modules/k6/package.json'), '{"name":"k6","type":"module"}');
    writeFileSync(join(directory, 'chat.js'), await bundleK6Script());
    writeFileSync(join(directory, 'main.js'), MAIN);
    const child = Bun.spawn([process.execPath, 'main.js', join(directory, 'chat.js')], {
      cwd: directory,
      env: {
        ...process.env,
        PARLEY_URL: box.description.url,
        PARLEY_REGION_SECRET_FILE: join(directory, 'secret'),
        PARLEY_PAIRS: '3',
        PARLEY_RAMP_SECONDS: '1',
        PARLEY_HOLD_SECONDS: '2',
        PARLEY_SECONDS_BETWEEN_SENDS: '0.5',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    ends.push(() => child.kill('SIGKILL'));
    const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
    expect(error).toBe('');
    const told = JSON.parse(out) as Record<string, number[]>;
    expect({ opened: told.parley_opened?.length, failed: told.parley_failed?.length ?? 0, out: told }).toMatchObject({
      opened: 6,
      failed: 0,
    });
    expect(told.parley_failed ?? []).toEqual([]);
    expect(told.parley_sent!.length).toBeGreaterThanOrEqual(3 * 4);
    expect(told.parley_accepted).toHaveLength(told.parley_sent!.length);
    expect(told.parley_delivered).toHaveLength(told.parley_sent!.length);
    expect(told.parley_lost).toEqual([0, 0, 0]);
  }, 40_000);
});
