/**
 * Tar archives (ustar, POSIX.1-1988) that are the same bytes on every machine: entries in the order of their names, owned by
 * root, of no time. Only what an image's layer needs: files, folders, links.
 */

export interface TarEntry {
  /** `opt/parley/parley.ts`, without a slash before it. */
  readonly path: string;
  readonly mode: number;
  readonly content: { readonly file: Uint8Array } | { readonly folder: true } | { readonly link: string };
  /** Who it belongs to; root where it is not said. */
  readonly owner?: number;
}

const BLOCK = 512;

export function tar(entries: readonly TarEntry[]): Uint8Array {
  const sorted = entries.toSorted((left, right) => (left.path < right.path ? -1 : 1));
  const blocks = sorted.flatMap((entry) => [header(entry), ...('file' in entry.content ? [padded(entry.content.file)] : [])]);
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

function header({ path, mode, content, owner = 0 }: TarEntry): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (text: string, at: number, most: number) => {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > most) throw new Error(`${path} has a name that a tar can't hold`);
    block.set(bytes, at);
  };
  const octal = (value: number, at: number, digits: number) => put(value.toString(8).padStart(digits, '0'), at, digits);
  const name = 'folder' in content ? `${path}/` : path;
  const [prefix, rest] = split(name);
  put(rest, 0, 100);
  octal(mode, 100, 7);
  octal(owner, 108, 7);
  octal(owner, 116, 7);
  octal('file' in content ? content.file.length : 0, 124, 11);
  octal(0, 136, 11);
  put('        ', 148, 8);
  put('file' in content ? '0' : 'folder' in content ? '5' : '2', 156, 1);
  if ('link' in content) put(content.link, 157, 100);
  put('ustar\x0000', 257, 8);
  put(prefix, 345, 155);
  // The sum of all bytes, its own field taken as blanks.
  put(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    8,
  );
  return block;
}

/** A name above 100 bytes is told in two parts, cut at a slash. */
function split(name: string): readonly [prefix: string, rest: string] {
  if (name.length <= 100) return ['', name];
  const at = name.indexOf('/', name.length - 101);
  return at === -1 || at > 155 ? ['', name] : [name.slice(0, at), name.slice(at + 1)];
}

function padded(content: Uint8Array): Uint8Array {
  const whole = new Uint8Array(Math.ceil(content.length / BLOCK) * BLOCK);
  whole.set(content);
  return whole;
}
