/**
 * What is in the layers. `base`: Bun and the C library that it is linked with, out of Debian's package; no shell, no package
 * manager. `parley`: the project's sources without tests, and the packages that they import. `shell`: a static busybox.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { debianFolder } from '../verify/debian-program.ts';
import { IMAGE_USER } from './image-table.ts';
import type { Layer } from './oci-layout.ts';
import { type TarEntry, tar } from './tar.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = ['services', 'loadgen', 'capacity', 'bin'];
const SINGLE_FILES = ['parley.ts', 'package.json', 'LICENSE'];
const NOT_IN_IMAGES = /\.(test|harness|contract)\.ts$/;
const TRIPLET = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
const LOADER = process.arch === 'arm64' ? 'lib/ld-linux-aarch64.so.1' : 'lib64/ld-linux-x86-64.so.2';
const LIBRARIES = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libresolv.so.2', 'libnss_dns.so.2', 'libnss_files.so.2'];
/** Where a container runtime mounts its own. */
const MOUNTED = ['dev', 'proc', 'sys'].map((path): TarEntry => ({ path, mode: 0o555, content: { folder: true } }));
const C_LIBRARY = { package: 'libc6', file: `lib/${TRIPLET}/libc.so.6` } as const;
const BUSYBOX = { package: 'busybox-static', file: 'bin/busybox' } as const;

export async function imageLayers(say: (line: string) => void): Promise<Layer[]> {
  return [
    { name: 'base', tar: tar(withFolders(await base(say))) },
    { name: 'parley', tar: tar(withFolders(project())) },
    { name: 'shell', tar: tar(withFolders(await shell(say))) },
  ];
}

async function base(say: (line: string) => void): Promise<TarEntry[]> {
  const library = await debianFolder(C_LIBRARY, say);
  const found = LIBRARIES.map((name) => `lib/${TRIPLET}/${name}`).filter((path) => existsSync(join(library, path)));
  const loader = join(library, 'lib', TRIPLET, basename(LOADER));
  return [
    ...found.map((path) => file(path, readFileSync(join(library, path)), 0o755)),
    file(LOADER, readFileSync(loader), 0o755),
    file('usr/bin/bun', readFileSync(process.execPath), 0o755),
    file('etc/passwd', text(`root:x:0:0::/:/none\nparley:x:${IMAGE_USER}:${IMAGE_USER}::/tmp:/none\n`), 0o644),
    file('etc/group', text(`root:x:0:\nparley:x:${IMAGE_USER}:\n`), 0o644),
    file('etc/nsswitch.conf', text('hosts: files dns\n'), 0o644),
    { path: 'tmp', mode: 0o1777, content: { folder: true } },
    ...MOUNTED,
    { path: 'var/lib/parley', mode: 0o750, content: { folder: true }, owner: IMAGE_USER },
  ];
}

async function shell(say: (line: string) => void): Promise<TarEntry[]> {
  const busybox = join(await debianFolder(BUSYBOX, say), BUSYBOX.file);
  const links = [
    'sh',
    'cat',
    'echo',
    'sleep',
    'sysctl',
    'mkdir',
    'test',
    'nsenter',
    'chroot',
    'grep',
    'sed',
    'awk',
    'ls',
    'head',
    'tr',
    'seq',
    'expr',
    'date',
    'printf',
    'true',
  ];
  return [
    file('bin/busybox', readFileSync(busybox), 0o755),
    ...links.map((name): TarEntry => ({ path: `bin/${name}`, mode: 0o777, content: { link: 'busybox' } })),
    { path: 'tmp', mode: 0o1777, content: { folder: true } },
    ...MOUNTED,
  ];
}

function project(): TarEntry[] {
  const sources = SOURCES.flatMap((folder) => filesBelow(folder)).filter((path) => !NOT_IN_IMAGES.test(path));
  const entries = [...SINGLE_FILES, ...sources].map((path) => file(`opt/parley/${path}`, readFileSync(join(ROOT, path)), 0o644));
  const packages = packagesOf(entries).flatMap((name) => filesBelow(name));
  return [...entries, ...packages.map((path) => file(`opt/parley/${path}`, readFileSync(join(ROOT, path)), 0o644))];
}

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Folders of the packages that the sources import and of those that they need, as the lock file has them. */
function packagesOf(sources: readonly TarEntry[]): string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages as Readonly<Record<string, LockedPackage>>;
  const found = new Set<string>();
  const need = (name: string, from: string) => {
    const place = placeOf(name, from, lock);
    if (place === undefined || found.has(place)) return;
    found.add(place);
    for (const dependency of Object.keys(lock[place]!.dependencies ?? {})) need(dependency, place);
  };
  for (const { path, content } of sources) {
    if (!path.endsWith('.ts') || !('file' in content)) continue;
    for (const [, name] of Buffer.from(content.file)
      .toString()
      .matchAll(/(?:from|import\() ?'((?:@[\w-]+\/)?[\w-]+)[^']*'/g))
      need(name!, '');
  }
  return [...found].toSorted();
}

/** The nearest: in the package's own folder, else up to the root's. */
function placeOf(name: string, from: string, lock: Readonly<Record<string, LockedPackage>>): string | undefined {
  for (let at = from; ; ) {
    const place = at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`;
    if (lock[place] !== undefined) return place;
    if (at === '') return undefined;
    const up = at.lastIndexOf('/node_modules/');
    at = up === -1 ? '' : at.slice(0, up);
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    // Packages inside of a package are found by the lock file.
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Every folder on the way, since a layer that leaves one out leaves its rights to whoever unpacks it. */
function withFolders(entries: readonly TarEntry[]): TarEntry[] {
  const there = new Set(entries.map(({ path }) => path));
  const folders = new Set(
    entries.flatMap(({ path }) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join('/')),
    ),
  );
  return [
    ...entries,
    ...[...folders].filter((path) => !there.has(path)).map((path): TarEntry => ({ path, mode: 0o755, content: { folder: true } })),
  ];
}

function file(path: string, content: Uint8Array, mode: number): TarEntry {
  return { path, mode, content: { file: content } };
}

const text = (content: string) => new TextEncoder().encode(content);
