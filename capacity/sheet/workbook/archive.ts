/**
 * The parts of a workbook's zip, bounded: what it unpacks to is asked of its directory before a byte is unpacked, and a part
 * that is larger than it says is cut off with an error.
 */
import { strToU8, unzipSync, zipSync } from 'fflate';

export type Parts = ReadonlyMap<string, Uint8Array>;

const PARTS_LIMIT = 2_000;
const UNPACKED_BYTES_LIMIT = 64 * 1024 * 1024;
const PACKED_BYTES_LIMIT = 8 * 1024 * 1024;
/** What deflate may add to what it can't make smaller. */
const STORED_BLOCK_BYTES = 4 * 1024;

/** `wanted` says which parts are unpacked; the others are left out. */
export function openArchive(bytes: Uint8Array, wanted: (name: string) => boolean): Parts | { readonly unreadable: string } {
  let parts = 0;
  let packedBytes = 0;
  let unpackedBytes = 0;
  let tooLarge = false;
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, size, originalSize }) => {
        if (++parts > PARTS_LIMIT) tooLarge = true;
        if (tooLarge || !wanted(name)) return false;
        packedBytes += size;
        unpackedBytes += originalSize;
        // A directory that says less than what comes out costs time, not memory: so what is packed has its limit too.
        tooLarge = unpackedBytes > UNPACKED_BYTES_LIMIT || packedBytes > PACKED_BYTES_LIMIT || size > originalSize + STORED_BLOCK_BYTES;
        return !tooLarge;
      },
    });
    if (tooLarge) return { unreadable: `unpacks to more than ${UNPACKED_BYTES_LIMIT / 1024 / 1024} MiB: take out what is no table` };
    return new Map(Object.entries(files));
  } catch {
    return { unreadable: 'is a damaged zip: save it once more' };
  }
}

/** The same parts give the same bytes: every part has the first date that a zip can hold. */
export function packArchive(parts: Readonly<Record<string, string>>): Uint8Array {
  const files = Object.entries(parts).map(([name, text]) => [name, strToU8(text)] as const);
  return zipSync(Object.fromEntries(files), { mtime: new Date(1980, 0, 1) });
}
