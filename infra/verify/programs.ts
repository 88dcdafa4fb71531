/**
 * Programs that the ladder runs and that package registries carry as Go modules only: built once, kept by version outside
 * the tree, shared by all checkouts. Which versions stands in programs/MODULE/go.mod, every dependency's hash in go.sum.
 * Go's own settings (proxy, flags, caches) come from the environment.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { lockWhenFree } from '../../services/runtime/directory-lock.ts';
import { howToInstall, locate } from '../../services/runtime/tools.ts';

interface Program {
  /** The folder below programs/ with its go.mod. */
  readonly module: 'kubernetes' | 'kwok' | 'opentofu';
  /** Of the module whose version is the program's. */
  readonly versionOf: string;
  readonly package: string;
  /** Processor time of a first build (seconds, user and system), so that nobody thinks it hangs. */
  readonly buildCpuSeconds: number;
}

export const PROGRAMS = {
  etcd: {
    module: 'kubernetes',
    versionOf: 'go.etcd.io/etcd/server/v3',
    package: 'go.etcd.io/etcd/server/v3',
    buildCpuSeconds: 65,
  },
  'kube-apiserver': {
    module: 'kubernetes',
    versionOf: 'k8s.io/kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-apiserver',
    buildCpuSeconds: 470,
  },
  'kube-scheduler': {
    module: 'kubernetes',
    versionOf: 'k8s.io/kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-scheduler',
    buildCpuSeconds: 85,
  },
  'kube-controller-manager': {
    module: 'kubernetes',
    versionOf: 'k8s.io/kubernetes',
    package: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    buildCpuSeconds: 90,
  },
  tofu: {
    module: 'opentofu',
    versionOf: 'github.com/opentofu/opentofu',
    package: 'github.com/opentofu/opentofu/cmd/tofu',
    buildCpuSeconds: 305,
  },
  kwok: { module: 'kwok', versionOf: 'sigs.k8s.io/kwok', package: 'sigs.k8s.io/kwok/cmd/kwok', buildCpuSeconds: 110 },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

const MODULES = join(import.meta.dir, 'programs');
/** No debugging tables: a fifth of the time of a build. */
const COMPILER = '-gcflags=all=-dwarf=false';
const BUILD_LIMIT_MS = 25 * 60_000;
const LOCK_WAIT_MS = BUILD_LIMIT_MS;
const PROGRESS_MS = 15_000;

export interface BuiltProgram {
  readonly path: string;
  readonly version: string;
}

/** Paths of these programs, built first where they are not in the cache. Two at once build once. */
export async function programs<Name extends ProgramName>(
  names: readonly Name[],
  say: (line: string) => void,
  cache = cacheDirectory(),
): Promise<Readonly<Record<Name, BuiltProgram>>> {
  const built: Partial<Record<Name, BuiltProgram>> = {};
  for (const name of names) built[name] = await program(name, say, cache);
  return built as Record<Name, BuiltProgram>;
}

/** Where they stand, or undefined: nothing is built. */
export function cachedProgram(name: ProgramName, cache = cacheDirectory()): BuiltProgram | undefined {
  const found = { path: join(folderOf(name, cache), name), version: versionOf(name) };
  return existsSync(found.path) ? found : undefined;
}

export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.PARLEY_CACHE ?? join(environment.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'parley');
}

export function versionOf(name: ProgramName): string {
  const { module, versionOf: of } = PROGRAMS[name];
  const file = readFileSync(join(MODULES, module, 'go.mod'), 'utf8');
  const version = new RegExp(`^(?:require)?\\s*${of.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(file)?.[1];
  if (version === undefined) throw new Error(`programs/${module}/go.mod names no version of ${of}`);
  return version;
}

async function program(name: ProgramName, say: (line: string) => void, cache: string): Promise<BuiltProgram> {
  const there = cachedProgram(name, cache);
  if (there !== undefined) return there;
  const go = locate('go');
  if (go === undefined) throw new BackendError('missing', `${name} is built with Go: ${howToInstall('go')}`, false);
  const folder = folderOf(name, cache);
  mkdirSync(folder, { recursive: true });
  const lock = await lockWhenFree(join(folder, `${name}.lock`), LOCK_WAIT_MS);
  try {
    if (cachedProgram(name, cache) === undefined) await build(go, name, folder, say);
    return cachedProgram(name, cache)!;
  } finally {
    lock.release();
  }
}

async function build(go: string, name: ProgramName, folder: string, say: (line: string) => void): Promise<void> {
  const { module, package: what, buildCpuSeconds } = PROGRAMS[name];
  const version = versionOf(name);
  const work = join(folder, `${name}.new`);
  say(`building ${name} ${version} from its Go module: some ${buildCpuSeconds} processor seconds, once on this machine`);
  const startedMs = performance.now();
  const elapsed = () => `${((performance.now() - startedMs) / 1_000).toFixed(0)} s`;
  const command = [go, 'build', '-v', '-trimpath', COMPILER, '-ldflags', linkerWords(module, version), '-o', work, what];
  const child = Bun.spawn(command, {
    cwd: join(MODULES, module),
    env: { ...process.env, CGO_ENABLED: '0' },
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'pipe',
    timeout: BUILD_LIMIT_MS,
  });
  let compiled = 0;
  const words: string[] = [];
  const progress = setInterval(() => say(`${name}: ${compiled} packages compiled after ${elapsed()}`), PROGRESS_MS);
  try {
    const decoder = new TextDecoder();
    for await (const chunk of child.stderr) {
      const lines = decoder.decode(chunk, { stream: true }).split('\n');
      compiled += lines.length - 1;
      words.push(...lines.filter((line) => line.includes(' ') && !line.startsWith('go: downloading')));
    }
    if ((await child.exited) !== 0) {
      rmSync(work, { force: true });
      const why = child.signalCode === null ? words.slice(-4).join(' ') : `ended after ${elapsed()}`;
      throw new BackendError('notBuilt', `${name} ${version} could not be built: ${why}`, true);
    }
  } finally {
    clearInterval(progress);
    child.kill();
  }
  renameSync(work, join(folder, name));
  const { userCPUTime, systemCPUTime } = cpuOf(child.resourceUsage());
  say(`${name} ${version}: built in ${elapsed()} (${(userCPUTime + systemCPUTime).toFixed(0)} processor seconds)`);
}

/** Charts ask the server for its version; without these words it would say v0.0.0. */
function linkerWords(module: Program['module'], version: string): string {
  if (module !== 'kubernetes') return '-s -w';
  const [major, minor] = version.slice(1).split('.');
  const said = { gitVersion: version, gitMajor: major, gitMinor: minor };
  return ['-s -w', ...Object.entries(said).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ');
}

/** Changes with the versions, the hashes and how it is built. */
function folderOf(name: ProgramName, cache: string): string {
  const { module } = PROGRAMS[name];
  const hash = createHash('sha256').update(COMPILER).update(process.arch);
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(MODULES, module, file)));
  return join(cache, 'programs', `${module}-${hash.digest('hex').slice(0, 12)}`);
}

function cpuOf(usage: ReturnType<Bun.Subprocess['resourceUsage']>): { userCPUTime: number; systemCPUTime: number } {
  const seconds = (time: number | bigint | undefined) => Number(time ?? 0) / 1e6;
  return { userCPUTime: seconds(usage?.cpuTime.user), systemCPUTime: seconds(usage?.cpuTime.system) };
}
