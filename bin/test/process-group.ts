/**
 * A command in a process group of its own, so that what it leaves behind is seen and ended with it. Output is kept in
 * memory up to a limit, its end rather than its beginning.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const OUTPUT_LIMIT_CHARACTERS = 200_000;
const LAST_OUTPUT_MS = 500;
const LEAVING_MS = 3_000;
const LOOK_EVERY_MS = 100;

export interface CommandEnding {
  /** Of the command itself; undefined where it was not started. */
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly output: string;
  /** Why it was ended early, if it was. */
  readonly cut: string | undefined;
  /** Command lines of processes that were still there some seconds after the command itself had ended. */
  readonly leftBehind: readonly string[];
}

export interface CommandOptions {
  readonly folder: string;
  readonly limitMs: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Its reason is the text that `cut` gives. */
  readonly stop: AbortSignal;
  readonly onOutput?: (text: string) => void;
}

export async function runInGroup(command: readonly string[], options: CommandOptions): Promise<CommandEnding> {
  if (options.stop.aborted) return { pid: undefined, code: null, output: '', cut: String(options.stop.reason), leftBehind: [] };
  const child = spawn(command[0]!, command.slice(1), {
    cwd: options.folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.environment },
  });
  let output = '';
  let cut: string | undefined;
  const keep = (data: Buffer) => {
    const text = data.toString();
    output = (output + text).slice(-OUTPUT_LIMIT_CHARACTERS);
    options.onOutput?.(text);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const end = (reason: string) => {
    cut ??= reason;
    killGroup(child.pid);
  };
  const stop = () => end(String(options.stop.reason));
  const timer = setTimeout(() => end(`took more than ${options.limitMs / 1_000} s`), options.limitMs);
  options.stop.addEventListener('abort', stop);
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(null);
    });
    child.on('exit', (exitCode) => resolve(exitCode));
  });
  // What it left behind may hold the pipes open, so their end is not waited for without a limit.
  await Promise.race([closed, Bun.sleep(LAST_OUTPUT_MS)]);
  clearTimeout(timer);
  options.stop.removeEventListener('abort', stop);
  const leftBehind = cut === undefined ? await leftoversOf(child.pid) : [];
  killGroup(child.pid);
  return { pid: child.pid, code, output, cut, leftBehind };
}

async function leftoversOf(group: number | undefined): Promise<string[]> {
  if (group === undefined) return [];
  let members: string[] = [];
  for (let waitedMs = 0; waitedMs < LEAVING_MS; waitedMs += LOOK_EVERY_MS) {
    members = groupIsAlive(group) ? membersOf(group) : [];
    if (members.length === 0) break;
    await Bun.sleep(LOOK_EVERY_MS);
  }
  return members;
}

function groupIsAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function killGroup(group: number | undefined): void {
  if (group === undefined) return;
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** Command lines of a group's living processes. In /proc/PID/stat follow, after the name in brackets: state, parent, group. */
function membersOf(group: number): string[] {
  const members: string[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(processGroup) !== group || state === 'Z') continue;
      members.push(`${name} ${readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()}`);
    } catch {
      // It ended while we looked.
    }
  }
  return members;
}
