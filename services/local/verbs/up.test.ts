/** What `up` and its kin say where nothing can be started: quick, no server runs. */
import { describe, expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { STACK_ROOT } from './shown.ts';

const PARLEY = join(import.meta.dir, '..', '..', '..', 'parley.ts');
const NAME = `test-${process.pid}-none`;

async function parley(args: readonly string[], path = process.env.PATH): Promise<{ code: number; out: string; err: string }> {
  const child = Bun.spawn([process.execPath, PARLEY, ...args], { stdout: 'pipe', stderr: 'pipe', env: { ...process.env, PATH: path } });
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

describe('a machine without the tools', () => {
  test('is told what is missing and how to get it, and nothing is made', async () => {
    const { code, err } = await parley(['up', '--name', NAME], '/nowhere');
    expect(code).toBe(3);
    expect(err).toContain('java is not on the PATH: apt-get install openjdk-17-jre-headless');
    expect(err).toContain('mvn is not on the PATH: apt-get install maven');
    expect(err).toContain('python is not on the PATH: apt-get install python3-pip');
    expect(existsSync(join(STACK_ROOT, 'stacks', NAME))).toBeFalse();
  });

  test('is told by status too', async () => {
    const { code, out } = await parley(['status', '--name', NAME, '--json'], '/nowhere');
    expect(code).toBe(3);
    expect(JSON.parse(out).missing.join()).toContain('java is not on the PATH');
  });
});

describe('a wrong option', () => {
  test('names itself and what it takes', async () => {
    const { code, err } = await parley(['up', '--name', NAME, '--brokers', '2', '--kafka-heap-mb', '5']);
    expect(code).toBe(3);
    expect(err).toContain('--brokers: 2 is none of 1, 3');
    expect(err).toContain('--kafka-heap-mb: 5 is no whole number');
  });

  test('of a name that is no folder’s is refused', async () => {
    expect(await parley(['up', '--name', '../elsewhere'])).toMatchObject({ code: 3 });
  });
});

test('down of a stack that never was ends well and says so', async () => {
  const { code, out } = await parley(['down', '--name', NAME]);
  expect(code).toBe(0);
  expect(out).toContain('there is no stack');
});
