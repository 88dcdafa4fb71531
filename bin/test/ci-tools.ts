/**
 * In CI, brings the tools that the tests ask for by `requires('NAME')` and that Debian has, where the user is root and
 * apt-get is there. Elsewhere it does nothing: on a person's machine such tests are skipped and say why.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { STACK_TOOLS, stacksRequired } from '../../services/runtime/test-servers.ts';
import { locate, TOOLS, type Tool, type ToolName } from '../../services/runtime/tools.ts';
import { runInGroup } from './process-group.ts';

const INSTALL_LIMIT_MS = 15 * 60_000;
/** Another apt-get on the machine holds the lock for as long as it installs. */
const LOCK_WAIT_SECONDS = 600;

export async function installMissingTools(root: string, testFiles: readonly string[], stop: AbortSignal): Promise<void> {
  const packages = missingPackages(testFiles.map((path) => readFileSync(join(root, path), 'utf8')));
  if (packages.length === 0) return;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    console.error(`The tests need ${packages.join(', ')}, and only root with apt-get can install that here.`);
    return;
  }
  const lock = `-oDPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`;
  await aptGet(root, [lock, 'update'], stop);
  await aptGet(root, [lock, 'install', '--yes', '--no-install-recommends', ...packages], stop);
}

/** Packages of the tools that some of these sources require and this machine lacks. */
export function missingPackages(sources: readonly string[], path = process.env.PATH): string[] {
  const packages: string[] = [];
  const forServers = stacksRequired(sources).length > 0 ? STACK_TOOLS : [];
  for (const name of Object.keys(TOOLS) as ToolName[]) {
    const tool: Tool = TOOLS[name];
    if (tool.aptPackage === undefined || locate(name, path) !== undefined) continue;
    const asked = sources.some((source) => new RegExp(`requires\\([^)]*'${name}'`).test(source));
    if (asked || forServers.includes(name)) packages.push(tool.aptPackage);
  }
  return packages;
}

/** A failure is shown and not fatal: the tests that needed the tool fail then, and say so. */
async function aptGet(root: string, words: readonly string[], stop: AbortSignal): Promise<void> {
  const command = ['apt-get', ...words];
  console.error(`$ ${command.join(' ')}`);
  const ending = await runInGroup(command, {
    folder: root,
    limitMs: INSTALL_LIMIT_MS,
    environment: { DEBIAN_FRONTEND: 'noninteractive' },
    stop,
    onOutput: (text) => process.stderr.write(text),
  });
  if (ending.code !== 0) console.error(`apt-get did not end well: ${ending.cut ?? `exit code ${ending.code}`}`);
}
