/**
 * The project's own TypeScript as data for the rules about it: each file with its length and its imports with their
 * lines. Imports are found by their form, as the formatter writes them, not by a parser of the language.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `import type` and `export type`: gone when the program runs. */
  readonly typeOnly: boolean;
  /** Path of the imported file of the project; undefined for a package. */
  readonly target: string | undefined;
}

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

const NOT_OURS = new Set(['node_modules', 'runs', '.parley', '.git']);
const IMPORT = /^(?:import|export)\b(\s+type\b)?[^;'"]*?(?:\bfrom\s*)?'([^'\n]+)'|\bimport\('([^'\n]+)'\)/gm;

export function readSourceTree(root: string): SourceFile[] {
  return pathsBelow(root, '')
    .sort()
    .map((path) => sourceFile(path, readFileSync(join(root, path), 'utf8')));
}

export function sourceFile(path: string, text: string): SourceFile {
  const imports: Import[] = [];
  for (const match of text.matchAll(IMPORT)) {
    const specifier = match[2] ?? match[3]!;
    // `export const a = 'b'` has the form of an import up to its quote.
    if (match[2] !== undefined && !/^import\b|\bfrom\s*'/.test(match[0])) continue;
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
    const line = text.slice(0, match.index).split('\n').length;
    imports.push({ specifier, line, typeOnly: match[1] !== undefined, target });
  }
  return { path, lines: text.trimEnd().split('\n').length, imports };
}

/** Names of the packages that package.json declares. */
export function declaredPackages(root: string): { readonly run: ReadonlySet<string>; readonly development: ReadonlySet<string> } {
  const file = join(root, 'package.json');
  const { dependencies = {}, devDependencies = {} } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  return { run: new Set(Object.keys(dependencies)), development: new Set(Object.keys(devDependencies)) };
}

function pathsBelow(root: string, folder: string): string[] {
  const paths: string[] = [];
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory() && !NOT_OURS.has(entry.name)) paths.push(...pathsBelow(root, path));
    else if (entry.isFile() && entry.name.endsWith('.ts')) paths.push(path);
  }
  return paths;
}
