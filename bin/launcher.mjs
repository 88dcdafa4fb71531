/**
 * Starts Bun from plain Node 20: finds the one that package.json pins, installs the packages when nothing is installed,
 * and runs it with the same terminal, signals and exit code. What Bun runs is its callers' business.
 *
 * It sets no file limit: Node and Bun both raise their soft limit to the hard one when they start (seen in
 * /proc/PID/limits), and what they start inherits it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

const COULD_NOT_RUN = 3;
const INSTALL_LIMIT_MS = 15 * 60_000;
const PROGRESS_EVERY_MS = 10_000;
const BUN_PACKAGES = { x64: 'bun-linux-x64', arm64: 'bun-linux-aarch64' };
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

class CouldNotRun extends Error {}

export const root = dirname(dirname(realpathSync(fileURLToPath(import.meta.url))));

/** Runs Bun with these words and sets our exit code, or dies by the signal that Bun died by. */
export async function launchBun(words) {
  try {
    const bun = bunPath();
    if (!isInstalled(bun)) await installOnce(bun);
    await runBun(bun, words);
  } catch (error) {
    if (!(error instanceof CouldNotRun)) throw error;
    say(error.message);
    process.exitCode = COULD_NOT_RUN;
  }
}

function bunPath() {
  if (process.platform !== 'linux') throw new CouldNotRun(`Parley runs on Linux only, and this is ${process.platform}.`);
  const name = BUN_PACKAGES[process.arch];
  if (name === undefined) throw new CouldNotRun(`Parley runs on x64 and arm64 only, and this is ${process.arch}.`);
  return join(root, 'node_modules', '@oven', name, 'bin', 'bun');
}

/** npm writes its own copy of the lock file last, so an installation that was cut short does not count. */
function isInstalled(bun) {
  return existsSync(join(root, 'node_modules', '.package-lock.json')) && existsSync(bun);
}

/** Installs while holding an abstract socket as a lock: the kernel frees it with the process, so it can't go stale. */
async function installOnce(bun) {
  const name = `\0parley-install-${createHash('sha256').update(root).digest('hex').slice(0, 32)}`;
  const until = Date.now() + INSTALL_LIMIT_MS;
  let lock = await takeLock(name);
  while (lock === undefined && Date.now() < until) {
    say('another parley is installing the packages; waiting for it');
    await lockFreed(name, until - Date.now());
    lock = await takeLock(name);
  }
  if (lock === undefined)
    throw new CouldNotRun('Another parley has been installing the packages for 15 minutes. See what it is waiting for.');
  try {
    if (isInstalled(bun)) return;
    await install();
    if (!existsSync(bun)) {
      throw new CouldNotRun(`npm ci ended well but left no ${bun}.\nIs npm told to omit optional packages? Try: npm config get omit`);
    }
  } finally {
    for (const waiter of lock.waiters) waiter.destroy();
    lock.server.close();
  }
}

function takeLock(name) {
  return new Promise((resolve) => {
    const waiters = new Set();
    const server = createServer((waiter) => {
      waiters.add(waiter);
      waiter.on('close', () => waiters.delete(waiter)).on('error', () => {});
    });
    // The first releases of Node 20 know no abstract sockets: there it installs without a lock.
    server.on('error', (error) => resolve(error.code === 'EADDRINUSE' ? undefined : { server, waiters }));
    server.listen(name, () => resolve({ server, waiters }));
  });
}

/** Ends when the holder of the lock has gone, or after the given time. */
function lockFreed(name, limitMs) {
  return new Promise((resolve) => {
    const socket = connect(name);
    const timer = setTimeout(() => socket.destroy(), limitMs);
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
  });
}

/** `npm ci`, with its output on our standard error: standard output belongs to the verb. */
async function install() {
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
  // The development packages are part of what `npm test` needs, and the optional ones hold Bun.
  const command = [...npm, 'ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=warn'];
  say('nothing is installed yet: running npm ci');
  const startedAt = Date.now();
  const seconds = () => Math.round((Date.now() - startedAt) / 1_000);
  const progress = setInterval(() => say(`npm ci is still running, ${seconds()} s`), PROGRESS_EVERY_MS);
  const ending = await runChild(command, { cwd: root, stdio: ['ignore', 2, 2], timeout: INSTALL_LIMIT_MS });
  clearInterval(progress);
  if (ending.signal !== null && ending.byUs) return passOn(ending);
  if (ending.error !== undefined) throw new CouldNotRun(`npm could not be started (${ending.error.message}). It comes with Node.js.`);
  if (ending.code !== 0) {
    const how = ending.signal === null ? `exit code ${ending.code}` : ending.signal;
    throw new CouldNotRun(
      `npm ci failed (${how}) after ${seconds()} s; its messages stand above.\nMend the cause, then run the same command again.`,
    );
  }
  say(`npm ci ended after ${seconds()} s`);
}

async function runBun(bun, words) {
  const ending = await runChild([bun, ...words], { stdio: 'inherit' });
  if (ending.error !== undefined) {
    const hint = ending.error.code === 'ENOENT' ? ' It is built for glibc: on Alpine and other musl systems it has no loader.' : '';
    throw new CouldNotRun(`Bun could not be started: ${ending.error.message}.${hint}`);
  }
  if (ending.signal === 'SIGILL')
    throw new CouldNotRun('Bun was stopped by SIGILL: this processor lacks an instruction (AVX2) that this build needs.');
  return passOn(ending);
}

/** Runs a child to its end; from before its start our signals are its signals, so that none can leave it behind. */
function runChild(command, options) {
  let byUs = false;
  let child;
  const forward = (signal) => {
    byUs = true;
    // A terminal gives Ctrl-C and Ctrl-\ to the child as well. Twice would read as "at once".
    const fromTerminal = (signal === 'SIGINT' || signal === 'SIGQUIT') && isatty(0);
    if (!fromTerminal) child?.kill(signal);
  };
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  return new Promise((resolve) => {
    const done = (ending) => {
      for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
      resolve({ ...ending, byUs });
    };
    child = spawn(command[0], command.slice(1), options);
    child.on('error', (error) => done({ error, code: null, signal: null }));
    child.on('exit', (code, signal) => done({ error: undefined, code, signal }));
  });
}

function passOn({ code, signal }) {
  process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  if (signal !== null) process.kill(process.pid, signal);
}

function say(text) {
  process.stderr.write(`parley: ${text}\n`);
}
