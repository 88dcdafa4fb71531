import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { NodeSetting } from './node-settings.ts';
import { tunerScript } from './tuner-script.ts';

const SETTINGS: readonly NodeSetting[] = [
  { name: 'fs.file-max', value: '2000000', when: 'below', limit: 'fileMax', why: 'files' },
  { name: 'net.ipv4.tcp_mem', value: '8192 10923 16384', when: 'below', limit: 'tcpMemoryPages', why: 'pages' },
  { name: 'net.netfilter.nf_conntrack_tcp_timeout_established', value: '86400', when: 'above', limit: 'conntrackSeconds', why: 'seconds' },
];

describe('the tuner', () => {
  let sys: string;
  beforeAll(() => {
    sys = mkdtempSync(join(tmpdir(), 'parley-tuner-'));
  });
  afterAll(() => rmSync(sys, { recursive: true, force: true }));

  const put = (path: string, value: string) => {
    mkdirSync(dirname(join(sys, path)), { recursive: true });
    writeFileSync(join(sys, path), value);
  };
  const run = (settings: readonly NodeSetting[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(['/bin/sh', '-c', tunerScript(settings)], {
      env: { SYS: sys, PATH: process.env.PATH! },
    });
    expect(stderr.toString()).toBe('');
    return { exitCode, lines: stdout.toString().trim().split('\n') };
  };

  test('sets what is less safe, keeps what is safer, says what is absent, and how to go back', () => {
    put('fs/file-max', '1000000\n');
    put('net/ipv4/tcp_mem', '287898\t383866\t575796\n');
    put('net/netfilter/nf_conntrack_tcp_timeout_established', '432000\n');
    const { exitCode, lines } = run([...SETTINGS, { ...SETTINGS[0]!, name: 'net.not.there' }]);
    expect(lines).toEqual([
      'set     fs.file-max = 2000000   # undo: sysctl -w fs.file-max="1000000"',
      'kept    net.ipv4.tcp_mem = 287898 383866 575796',
      'set     net.netfilter.nf_conntrack_tcp_timeout_established = 86400   # undo: sysctl -w net.netfilter.nf_conntrack_tcp_timeout_established="432000"',
      'absent  net.not.there (no such setting in this kernel or network namespace)',
    ]);
    expect(exitCode).toBe(0);
    expect(readFileSync(join(sys, 'net/ipv4/tcp_mem'), 'utf8')).toBe('287898\t383866\t575796\n');
  });

  test('run again it keeps all', () => {
    expect(run(SETTINGS).lines.every((line) => line.startsWith('kept'))).toBe(true);
  });

  test('a large number is compared as a number', () => {
    put('fs/file-max', '9223372036854775807\n');
    expect(run([SETTINGS[0]!]).lines).toEqual(['kept    fs.file-max = 9223372036854775807']);
  });
});
