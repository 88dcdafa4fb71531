/** The launcher as a process of Node, in a folder of its own with a stand-in for Bun and for npm: no network, no verb. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requires } from '../services/runtime/requires.ts';

const BUN_PACKAGE = process.arch === 'arm64' ? 'bun-linux-aarch64' : 'bun-linux-x64';
const STAND_IN_BUN = `#!/bin/sh
# Arguments: three flags, parley.ts, the verb and its words.
shift 4
case "$1" in
  say) echo "$2"; exit 7 ;;
  trap) exec node -e "$TRAP" ;;
  die) kill -KILL $$ ;;
esac
`;

/** In JavaScript, as a shell can't trap a signal that was ignored when it started. */
const TRAP = `
  process.on('SIGINT', () => { console.log('got INT'); process.exit(5); });
  process.on('SIGTERM', () => { console.log('got TERM'); process.exit(6); });
  setTimeout(() => process.exit(9), 20_000);
  console.log('ready');
`;

let folder: string;
let started: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-launcher-'));
  started = [];
  mkdirSync(join(folder, 'bin'));
  for (const file of ['parley.mjs', 'launcher.mjs']) cpSync(join(import.meta.dir, file), join(folder, 'bin', file));
  writeFileSync(join(folder, 'parley.ts'), '');
  executable(join(folder, 'stand-in-bun'), STAND_IN_BUN);
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

requires('node').describe('the launcher', () => {
  test('gives the verb its words and ends with its exit code', async () => {
    install();
    const ending = await run(['say', 'two words']).ending;
    expect(ending).toEqual({ code: 7, signal: null, stdout: 'two words\n', stderr: '' });
  });

  test('forwards SIGTERM and SIGINT when no terminal does', async () => {
    install();
    for (const [signal, code, said] of [
      ['SIGTERM', 6, 'ready\ngot TERM\n'],
      ['SIGINT', 5, 'ready\ngot INT\n'],
    ] as const) {
      const launcher = run(['trap']);
      await launcher.firstOutput;
      launcher.child.kill(signal);
      const ending = await launcher.ending;
      expect(ending.stdout).toBe(said);
      expect(ending.code).toBe(code);
    }
  });

  test('dies by the signal that its child died by', async () => {
    install();
    const ending = await run(['die']).ending;
    expect(ending.code).toBeNull();
    expect(ending.signal).toBe('SIGKILL');
  });

  test('runs npm ci once for several callers when nothing is installed', async () => {
    standInNpm(`echo run >> '${folder}/runs'; sleep 0.3; ${installCommands()}`);
    const endings = await Promise.all([run(['say', 'a']).ending, run(['say', 'b']).ending, run(['say', 'c']).ending]);
    expect(endings.map((ending) => [ending.code, ending.stdout])).toEqual([
      [7, 'a\n'],
      [7, 'b\n'],
      [7, 'c\n'],
    ]);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('run\n');
  });

  test('lets the next caller install when the one that was installing was killed', async () => {
    standInNpm(`echo $$ > '${folder}/npm-pid.new'; mv '${folder}/npm-pid.new' '${folder}/npm-pid'; exec sleep 5`);
    const first = run(['say', 'first']);
    await until(() => existsSync(join(folder, 'npm-pid')));
    standInNpm(installCommands());
    const second = run(['say', 'second']);
    await second.firstOutput;
    first.child.kill('SIGKILL');
    process.kill(Number(readFileSync(join(folder, 'npm-pid'), 'utf8')), 'SIGKILL');
    expect((await second.ending).stdout).toBe('second\n');
  });

  test('installs again over an installation that was cut short', async () => {
    install();
    rmSync(join(folder, 'node_modules', '.package-lock.json'));
    standInNpm(`echo run >> '${folder}/runs'; ${installCommands()}`);
    expect((await run(['say', 'a']).ending).code).toBe(7);
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('run\n');
  });

  test('says that npm ci failed and ends with 3, and keeps npm off standard output', async () => {
    standInNpm('echo no such registry; exit 9');
    const ending = await run(['say', 'a']).ending;
    expect(ending.code).toBe(3);
    expect(ending.stdout).toBe('');
    expect(ending.stderr).toContain('no such registry');
    expect(ending.stderr).toContain('npm ci failed (exit code 9)');
  });

  test('says what to look at when npm left out the package with Bun', async () => {
    standInNpm('mkdir node_modules; touch node_modules/.package-lock.json');
    const ending = await run(['say', 'a']).ending;
    expect(ending.code).toBe(3);
    expect(ending.stderr).toContain('npm config get omit');
  });
});

describe('the flags that the launcher gives to Bun', () => {
  test('keep a .env and a bunfig.toml of the current folder out', () => {
    writeFileSync(join(folder, '.env'), 'PARLEY_STRAY=1\n');
    writeFileSync(join(folder, 'bunfig.toml'), 'preload = ["./stray.ts"]\n');
    writeFileSync(join(folder, 'stray.ts'), 'console.log("stray preload");\n');
    writeFileSync(join(folder, 'print.ts'), 'console.log(process.env.PARLEY_STRAY ?? "clean");\n');
    const flags = /const flags = (\[.*\]);/.exec(readFileSync(join(import.meta.dir, 'parley.mjs'), 'utf8'))?.[1];
    expect(flags).toBeDefined();
    const words: string[] = JSON.parse(flags!.replaceAll("'", '"'));
    const { stdout } = Bun.spawnSync([process.execPath, ...words, 'print.ts'], { cwd: folder });
    expect(stdout.toString()).toBe('clean\n');
  });
});

function installCommands(): string {
  const target = `node_modules/@oven/${BUN_PACKAGE}/bin`;
  return `mkdir -p ${target}; cp stand-in-bun ${target}/bun; touch node_modules/.package-lock.json`;
}

function install(): void {
  Bun.spawnSync(['sh', '-c', installCommands()], { cwd: folder });
}

function standInNpm(commands: string): void {
  mkdirSync(join(folder, 'path'), { recursive: true });
  executable(join(folder, 'path', 'npm'), `#!/bin/sh\n${commands}\n`);
}

function executable(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: string[]): { child: ChildProcess; firstOutput: Promise<void>; ending: Promise<Ending> } {
  const { npm_execpath: _, ...environment } = process.env;
  const child = spawn('node', [join(folder, 'bin', 'parley.mjs'), ...args], {
    env: { ...environment, TRAP, PATH: `${join(folder, 'path')}:${environment.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let stdout = '';
  let stderr = '';
  const firstOutput = new Promise<void>((resolve) => {
    child.stdout!.on('data', (data) => {
      stdout += data;
      resolve();
    });
    child.stderr!.on('data', (data) => {
      stderr += data;
      resolve();
    });
  });
  const ending = new Promise<Ending>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })));
  return { child, firstOutput, ending };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !condition(); turn++) await Bun.sleep(10);
  expect(condition()).toBeTrue();
}
