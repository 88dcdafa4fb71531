import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { HOST_LIMITS } from '../../capacity/host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from '../../capacity/host-limits-machine.ts';
import { type LimitReadings, readHostLimits } from '../../services/runtime/host/limits.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { tableOf } from '../verbs/check.ts';
import { judgePreflight, preflight, refusalLines } from './preflight.ts';

const READINGS: LimitReadings = {
  processFiles: { value: 20_000, text: '20000' },
  fileMax: { value: 2_466_170, text: '2466170' },
  localPorts: { value: 28_232, text: '32768 60999' },
  memoryAvailable: { value: 24_000_000_000, text: '24000000000' },
  sendBufferBytes: { value: 4_194_304, text: '4096 16384 4194304' },
  conntrack: { absent: 'no connection is tracked in this network namespace (count 0)' },
};

test('every limit of the table is read from the machine, and nothing that is not in it', () => {
  const names = HOST_LIMITS.map((limit) => limit.name);
  expect(Object.keys(readHostLimits(UNSAFE_POD_SYSCTLS)).toSorted()).toEqual(names.toSorted());
});

describe('a run that fits', () => {
  const found = judgePreflight({ connections: 500_000, bothEnds: true, cores: 2 }, READINGS);

  test('has the processes and addresses that the limits ask for, and no refusal', () => {
    expect(found.shape).toMatchObject({ edges: 29, workers: 26, destinationAddresses: 46 });
    expect(refusalLines(found)).toEqual([]);
  });

  test('its table ends with what the machine bears', () => {
    expect(tableOf(found)).toContain('500,000 connections, both ends: 29 edges, 26 workers, 46 addresses');
    expect(tableOf(found)).toMatch(/It fits\. This machine bears up to 1,2\d\d,\d\d\d connections, where fs\.file-max binds\.$/);
    expect(tableOf(found)).toContain('net.ipv4.tcp_wmem (third value) = 4,194,304, better at most 65,536');
  });
});

describe('a run that does not fit', () => {
  const found = judgePreflight({ connections: 500_000, bothEnds: true, cores: 2, edges: 4 }, READINGS);

  test('is refused with the limit, where it binds, and the command that lifts it', () => {
    expect(refusalLines(found)).toEqual([
      'RLIMIT_NOFILE (hard) = 20,000 stops at 69,217 of 500,000 connections, which need 143,850:',
      '    ulimit -Hn 143850   # in the shell that starts the box; a service: LimitNOFILE=143850',
      '    # or spread over more processes: --edges, --workers',
    ]);
    expect(tableOf(found)).toContain('As it is, this machine bears 69,217 connections');
  });
});

test('this machine holds a hundred connections, and no machine a hundred million in one process', () => {
  expect(preflight({ connections: 100, bothEnds: true }).stopped).toEqual([]);
  expect(preflight({ connections: 100_000_000, bothEnds: true, edges: 1, workers: 1 }).stopped.length).toBeGreaterThan(0);
});

describe('parley check', () => {
  test('ends with 0 when it fits and prints one JSON document', () => {
    const { exitCode, stdout } = check('--connections', '100', '--json');
    const document = JSON.parse(stdout);
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ schema: 1, connections: 100, fits: true });
    expect(document.limits.length).toBeGreaterThan(5);
    expect(document.limits.find((limit: { name: string }) => limit.name === 'localPorts').undo[0]).toContain('ip_local_port_range=');
  });

  test('ends with 3 and a command when it can’t', () => {
    const { exitCode, stdout } = check('--connections', '100,000,000', '--edges', '1');
    expect(exitCode).toBe(3);
    expect(stdout).toContain('It does not fit:');
  });

  test('a wrong number is named with its option and ends with 3', () => {
    const { exitCode, stderr } = check('--connections', 'many');
    expect(exitCode).toBe(3);
    expect(stderr).toBe('parley check: --connections takes a whole number of at least 1, not "many". See --help.\n');
  });
});

test('whole numbers are read as people write them, and nothing else', () => {
  expect(wholeOption('n', '500,000')).toBe(500_000);
  expect(wholeOption('n', '1_000_000')).toBe(1_000_000);
  expect(wholeOption('n', undefined)).toBeUndefined();
  expect(wholeOption('n', '0', 0)).toBe(0);
  for (const wrong of ['', '0', '-1', '1.5', '1e6', '5,00', '0x10']) expect(() => wholeOption('n', wrong)).toThrow(OptionError);
});

function check(...args: string[]): { exitCode: number; stdout: string; stderr: string } {
  const command = join(import.meta.dir, '..', '..', 'parley.ts');
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, command, 'check', ...args], { timeout: 20_000 });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
