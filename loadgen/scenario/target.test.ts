/** Which targets may be loaded, and when one is to be left alone. */
import { afterAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Histogram } from '../../capacity/histogram.ts';
import { breachOf, type Reading, rampBreachOf } from './abort.ts';
import { absentBecause, checkKeys, notOurs, readTargets } from './target.ts';

const folder = mkdtempSync(join(tmpdir(), 'target-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('targets', () => {
  test('are addresses with commas between them, or a file of them with remarks', () => {
    const file = join(folder, 'targets');
    writeFileSync(file, '# two boxes\n10.0.0.1:443\n\nbox.example.org:8443 # the second\n');
    expect(readTargets('127.0.0.1:1,[::1]:2')).toEqual([
      { host: '127.0.0.1', port: 1 },
      { host: '::1', port: 2 },
    ]);
    expect(readTargets(file).map(({ host, port }) => `${host} ${port}`)).toEqual(['10.0.0.1 443', 'box.example.org 8443']);
  });

  test.each(['', 'box', 'box:0', 'box:65536', 'box:1,', 'http://box:1', 'box:1,b x:2'])('"%s" is one line and no target', (words) => {
    if (words === 'box:1,') expect(readTargets(words).length).toBe(1);
    else expect(() => readTargets(words)).toThrow('--targets');
  });

  test('are ours on this machine and where the scenario lists them, and nowhere else', () => {
    const targets = readTargets(
      '127.0.0.1:1,127.9.9.9:1,localhost:1,[::1]:1,Box.example.org:1,example.org:1,128.0.0.1:1,127.0.0.1.example.org:1',
    );
    expect(notOurs(targets, ['box.example.org']).map(({ host }) => host)).toEqual(['example.org', '128.0.0.1', '127.0.0.1.example.org']);
  });

  test('are there when somebody listens, who is sent nothing', async () => {
    const received: unknown[] = [];
    const server = net.createServer((socket) => socket.on('data', (chunk) => received.push(chunk)).on('error', () => {}));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    expect(await absentBecause({ host: '127.0.0.1', port }, false, false)).toBeUndefined();
    await new Promise((resolve) => server.close(resolve));
    expect(received).toEqual([]);
    expect(await absentBecause({ host: '127.0.0.1', port }, false, false)).toContain('ECONNREFUSED');
  });

  test('keys that sign nothing are named by their file, never by what is in it', () => {
    const file = join(folder, 'keys.json');
    for (const text of ['{ "user": { "kid": "k", "privateKeyPem": "SECRET" } }', 'SECRET', '{}']) {
      writeFileSync(file, text);
      let said = '';
      try {
        checkKeys(file, 'EdDSA');
      } catch (failure) {
        said = String(failure);
      }
      expect(said).toContain(file);
      expect(said).not.toContain('SECRET');
    }
    expect(() => checkKeys(join(folder, 'none'), 'EdDSA')).toThrow('does not exist');
  });
});

describe('a target is left alone', () => {
  const RULE = { windowSeconds: 5, acceptedP99Ms: 100, failedShare: 0.1 };
  const histogram = new Histogram('accepted');

  /** A reading a second at 50 sends/s; `ms` and `failed` of the second that it ends. */
  function readings(seconds: ReadonlyArray<{ readonly ms?: number; readonly failed?: number }>): Reading[] {
    histogram.reset();
    let failed = 0;
    const all: Reading[] = [{ tMs: 0, due: 0, failed: 0, accepted: histogram.toRecord() }];
    for (const [at, second] of seconds.entries()) {
      failed += second.failed ?? 0;
      if (second.ms !== undefined) for (let count = 0; count < 50; count++) histogram.record(second.ms * 1_000);
      all.push({ tMs: (at + 1) * 1_000, due: (at + 1) * 50, failed, accepted: histogram.toRecord() });
    }
    return all;
  }
  const well = Array.from({ length: 10 }, () => ({ ms: 20 }));
  const five = (second: object) => Array.from({ length: 5 }, () => second);

  test('when it is too slow over a window, and not for what lies before it', () => {
    expect(breachOf(readings(well), RULE)).toBeUndefined();
    expect(breachOf(readings([...well, ...five({ ms: 150 })]), RULE)).toContain('accepted p99 was 15');
    expect(breachOf(readings([...five({ ms: 150 }), ...well]), RULE)).toBeUndefined();
  });

  test('when too many fail, or nothing is answered at all', () => {
    expect(breachOf(readings([...well, { ms: 20, failed: 26 }]), RULE)).toContain('10.4 % failed');
    expect(breachOf(readings([...well, { ms: 20, failed: 24 }]), RULE)).toBeUndefined();
    expect(breachOf(readings([...well, ...five({})]), RULE)).toContain('nothing was accepted');
  });

  test('when it refuses connections, be it a share of many or twenty of few', () => {
    expect([rampBreachOf(20, 100, RULE), rampBreachOf(100, 1_000, RULE)]).toEqual([undefined, undefined]);
    expect(rampBreachOf(21, 100, RULE)).toContain('21 attempts');
    expect(rampBreachOf(101, 1_000, RULE)).toContain('at most 100 of 1000');
  });

  test('never before a whole window was seen', () => {
    expect(breachOf(readings([{ ms: 900 }, { ms: 900 }]), RULE)).toBeUndefined();
    expect(breachOf([], RULE)).toBeUndefined();
  });
});
