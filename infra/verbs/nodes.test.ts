import { afterAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readContract } from '../doctor/read-contract.ts';
import { isRefusal } from '../refusal.ts';

const PARLEY = new URL('../../parley.ts', import.meta.url).pathname;
const out = mkdtempSync(join(tmpdir(), 'parley-nodes-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const parley = (...args: readonly string[]) => {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, PARLEY, ...args], { timeout: 60_000 });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
};

test('the contracts that are written are those that the doctor reads', () => {
  const { exitCode, stdout } = parley('nodes', 'staging', '--out', out, '--json');
  expect(exitCode).toBe(0);
  const { written } = JSON.parse(stdout) as { written: readonly string[] };
  expect(written.map((path) => path.slice(out.length + 1)).toSorted()).toEqual(
    readdirSync(join(out, 'staging'))
      .map((name) => `staging/${name}`)
      .toSorted(),
  );
  const contracts = written.filter((path) => path.endsWith('.contract.json'));
  expect(contracts.length).toBeGreaterThan(5);
  for (const contract of contracts) expect([contract, isRefusal(readContract(contract))]).toEqual([contract, false]);
  const judged = parley('doctor', '--node', '--contract', join(out, 'staging/gateway.contract.json'), '--json');
  expect(JSON.parse(judged.stdout)).toMatchObject({ pool: 'gateway', keeps: judged.exitCode === 0 });
}, 60_000);

test('a typo writes nothing and names what it may have been; a contract that is none names file and field', () => {
  const typo = parley('nodes', 'stagin', '--out', join(out, 'typo'));
  expect([typo.exitCode, typo.stderr]).toEqual([3, expect.stringContaining('did you mean staging?')]);
  expect(existsSync(join(out, 'typo'))).toBe(false);
  const none = parley('doctor', '--node', '--contract', new URL('../environments/local.json', import.meta.url).pathname);
  expect([none.exitCode, none.stderr]).toEqual([3, expect.stringContaining('local.json')]);
  expect(parley('doctor', '--node')).toMatchObject({ exitCode: 3, stdout: '' });
}, 60_000);
