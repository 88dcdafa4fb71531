/**
 * Which build a process is of: the version, the runtime, and a digest of the sources, since two trees of one version may say
 * different things. Results of two builds are never mixed.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Build {
  readonly parley: string;
  readonly bun: string;
  /** Of the sources that are not tests, twelve hexadecimal digits. */
  readonly sources: string;
}

/** Of a box: all sources from which its processes were started, one unless files were replaced under it. */
export interface BoxBuild extends Omit<Build, 'sources'> {
  readonly sources: readonly string[];
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of a box. */
const BOX_FOLDERS = ['capacity', 'services'];
const SOURCE = /(?<!\.(test|harness|contract|arbitrary))\.ts$/;
/** More different trees than anybody looks at. */
const MOST_TREES = 8;

export function buildOf(folders: readonly string[], root = ROOT): Build {
  const hash = createHash('sha256');
  for (const file of filesOf(folders, root)) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { parley: version, bun: process.versions.bun ?? 'none', sources: hash.digest('hex').slice(0, 12) };
}

/** What differs, in words; undefined when nothing does. */
export function differenceOf(one: Build, other: Build | undefined): string | undefined {
  const names = { parley: 'parley', bun: 'Bun', sources: 'sources' } as const;
  for (const [key, name] of Object.entries(names) as Array<[keyof Build, string]>)
    if (one[key] !== other?.[key]) return `it has ${name} ${other?.[key] ?? 'unknown'}, the coordinator ${name} ${one[key]}`;
  return undefined;
}

export function boxBuildText({ parley, bun, sources }: BoxBuild): string {
  return `parley ${parley}, Bun ${bun}, sources ${sources.join(' and ')}`;
}

/** What the processes of a box were started from. A look costs some milliseconds where no file has changed. */
export class BuildsOfBox {
  private readonly root: string;
  private readonly trees = new Set<string>();
  private marks = '';
  private build: Omit<Build, 'sources'> = { parley: 'unknown', bun: process.versions.bun ?? 'none' };

  constructor(root = ROOT) {
    this.root = root;
    this.look();
  }

  /** A process is about to be started. What can't be read, as in the moment in which a file is replaced, is a tree of its own. */
  look(): void {
    try {
      const marks = this.marksNow();
      if (marks === this.marks) return;
      const { sources, ...build } = buildOf(BOX_FOLDERS, this.root);
      this.marks = marks;
      this.build = build;
      this.add(sources);
    } catch {
      this.add('unknown');
    }
  }

  get said(): BoxBuild {
    return { ...this.build, sources: [...this.trees] };
  }

  private add(tree: string): void {
    if (this.trees.size < MOST_TREES) this.trees.add(tree);
  }

  private marksNow(): string {
    return filesOf(BOX_FOLDERS, this.root)
      .map((file) => {
        const { mtimeMs, size } = statSync(join(this.root, file));
        return `${file} ${mtimeMs} ${size}`;
      })
      .join('\n');
  }
}

function filesOf(folders: readonly string[], root: string): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => SOURCE.test(file))
      .sort()
      .map((file) => `${folder}/${file}`),
  );
}
