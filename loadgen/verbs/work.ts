/**
 * `parley work`: a machine that works for a coordinator elsewhere. Starts its workers, each of which joins by itself, and waits
 * for their end; with it ends all that it started.
 */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MadeRegionKeys } from '../../services/gateway/region-keys.ts';
import { ENGINE_SETTINGS } from '../../services/runtime/engine-settings.ts';
import { BEFORE_ALL, goBefore } from '../../services/runtime/precedence.ts';
import { EXIT, type Verb } from '../../services/runtime/verb.ts';
import { OptionError, wholeOption } from '../../services/runtime/whole-option.ts';
import { MOST_WORKERS_OF_A_HOST } from '../fleet/joined-workers.ts';
import { JOINED_EXIT, type WorkerTask } from '../fleet/worker-task.ts';
import { DEFAULT_JOIN_SECONDS, hostAndPort, readSecret } from './fleet-options.ts';

const OPTIONS = {
  coordinator: { type: 'string' },
  'secret-file': { type: 'string' },
  workers: { type: 'string' },
  name: { type: 'string' },
  keys: { type: 'string' },
  'region-secret-file': { type: 'string' },
  'token-seconds': { type: 'string' },
  'join-seconds': { type: 'string' },
} as const;

const WORKER_FILE = fileURLToPath(new URL('../fleet/main.ts', import.meta.url));
/** As a gateway's. */
const TOKEN_SECONDS = 900;
const END_LIMIT_MS = 5_000;

interface Work {
  /** Without its slot. */
  readonly task: Omit<WorkerTask, 'slot' | 'keysFile'>;
  readonly keysFile?: string;
  readonly region?: { readonly secretFile: string; readonly tokenSeconds: number };
}

export const verb: Verb = {
  summary: 'load a box from this machine for a coordinator elsewhere',
  help: `
Usage: parley work --coordinator HOST:PORT --secret-file FILE [options]

  --coordinator HOST:PORT  where parley hold or chat listens with --worker-hosts
  --secret-file FILE       what both know; it is proved, never sent
  --workers W              processes of this machine (one for each processor but one)
  --name WORD              of this machine, unlike those of the others (its host name)
  --keys FILE              keys.json of the box, for tokens of test users; without it where the coordinator has it
  --region-secret-file FILE instead of it: the secret that the region's keys are made of
  --token-seconds S        a period of those keys, as the gateway has it (${TOKEN_SECONDS})
  --join-seconds S         time to join (${DEFAULT_JOIN_SECONDS})

It sends nothing before it has joined, and nothing after its coordinator is gone or silent. The link is authenticated, not
encrypted, and no key travels on it. Ends with 0 when it was told to, 2 when it lost its coordinator, 3 when it could not join.

  parley work --coordinator loadgen-0.loadgen:7500 --secret-file /etc/parley/loadgen/secret`,
  run,
};

async function run(args: string[]): Promise<number> {
  let work: Work;
  try {
    work = readWork(args);
  } catch (failure) {
    if (!(failure instanceof OptionError)) throw failure;
    console.error(`parley work: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const keys = work.region === undefined ? undefined : new RegionKeysFile(work.region);
  try {
    return await workersEnd(work, keys?.path ?? work.keysFile);
  } finally {
    keys?.end();
  }
}

function readWork(args: readonly string[]): Work {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true });
  const { host, port } = hostAndPort('coordinator', values.coordinator);
  readSecret(values['secret-file']);
  const workers = wholeOption('workers', values.workers) ?? Math.max(1, availableParallelism() - 1);
  if (workers > MOST_WORKERS_OF_A_HOST) throw new OptionError(`--workers takes at most ${MOST_WORKERS_OF_A_HOST}. See --help.`);
  const name = values.name ?? hostname();
  if (!/^[\w.-]{1,253}$/.test(name)) throw new OptionError(`--name takes letters, digits, dots and dashes, not "${name}". See --help.`);
  if (values.keys !== undefined && values['region-secret-file'] !== undefined)
    throw new OptionError('--keys or --region-secret, not both. See --help.');
  const region = fileOption('region-secret-file', values['region-secret-file']);
  const keysFile = fileOption('keys', values.keys);
  return {
    task: {
      coordinatorHost: host,
      coordinatorPort: port,
      secretFile: values['secret-file']!,
      host: name,
      workers,
      joinSeconds: wholeOption('join-seconds', values['join-seconds']) ?? DEFAULT_JOIN_SECONDS,
    },
    ...(keysFile === undefined ? {} : { keysFile }),
    ...(region === undefined
      ? {}
      : { region: { secretFile: region, tokenSeconds: wholeOption('token-seconds', values['token-seconds']) ?? TOKEN_SECONDS } }),
  };
}

function fileOption(name: string, path: string | undefined): string | undefined {
  if (path !== undefined && !existsSync(path)) throw new OptionError(`--${name}: ${path} does not exist.`);
  return path;
}

/** Starts them all; the first that can't join ends the others, one that is lost within a run does not. */
async function workersEnd({ task }: Work, keysFile: string | undefined): Promise<number> {
  const children = Array.from({ length: task.workers }, (_, slot) => {
    const own: WorkerTask = { ...task, slot, ...(keysFile === undefined ? {} : { keysFile }) };
    const child = Bun.spawn([process.execPath, '--smol', WORKER_FILE, JSON.stringify(own)], {
      env: { ...process.env, ...ENGINE_SETTINGS },
      stdio: ['ignore', 'inherit', 'inherit'],
      // Nothing is said over it: its end tells them that whoever started them is gone.
      ipc: () => {},
    });
    goBefore(child.pid, BEFORE_ALL);
    return child;
  });
  const end = () => {
    for (const child of children) child.kill('SIGTERM');
    setTimeout(() => {
      for (const child of children) child.kill('SIGKILL');
    }, END_LIMIT_MS).unref();
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  try {
    const codes = await Promise.all(
      children.map(async (child) => {
        const code = await child.exited;
        if (code === JOINED_EXIT.notJoined) end();
        return code;
      }),
    );
    if (codes.includes(JOINED_EXIT.notJoined)) return EXIT.couldNotRun;
    return codes.every((code) => code === JOINED_EXIT.ended) ? EXIT.ok : EXIT.inconclusive;
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}

/** The region's key of now in a file that its workers read, renewed with the clock as every box does. */
class RegionKeysFile {
  private readonly folder = mkdtempSync(join(tmpdir(), 'parley-work-'));
  readonly path = join(this.folder, 'keys.json');
  private readonly keys: MadeRegionKeys;
  private readonly timer: ReturnType<typeof setInterval>;
  private readonly secretFile: string;

  constructor({ secretFile, tokenSeconds }: NonNullable<Work['region']>) {
    this.secretFile = secretFile;
    this.keys = new MadeRegionKeys(() => this.secret(), tokenSeconds, Date.now);
    this.write();
    this.timer = setInterval(() => {
      this.keys.rotate();
      this.write();
    }, this.keys.rotationMs);
  }

  end(): void {
    clearInterval(this.timer);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private secret(): Uint8Array {
    return readSecret(this.secretFile);
  }

  /** Whole at every moment, and nobody else's to read. */
  private write(): void {
    writeFileSync(`${this.path}.new`, JSON.stringify({ region: this.keys.current }), { mode: 0o600 });
    renameSync(`${this.path}.new`, this.path);
  }
}
