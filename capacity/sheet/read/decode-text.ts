/**
 * The text of a file whose encoding nobody tells: UTF-8, UTF-16 with its mark or without, and the 8-bit code pages that spreadsheets of
 * western and Russian systems still write. Binary bytes are no text.
 */
export interface NoText {
  readonly unreadable: string;
}

const SAMPLE_BYTES = 64 * 1024;

export function decodeText(bytes: Uint8Array): string | NoText {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return new TextDecoder('utf-8').decode(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2]!++;
  const half = sample.length / 2;
  if (zeros[0]! + zeros[1]! > 0) {
    // Text of Latin letters in UTF-16 has a zero in every other byte.
    if (zeros[1]! > half * 0.4 && zeros[0]! < half * 0.05) return new TextDecoder('utf-16le').decode(bytes);
    if (zeros[0]! > half * 0.4 && zeros[1]! < half * 0.05) return new TextDecoder('utf-16be').decode(bytes);
    return binary();
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return codePage(bytes, sample);
  }
}

function codePage(bytes: Uint8Array, sample: Uint8Array): string | NoText {
  let control = 0;
  for (const byte of sample) if (byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) control++;
  if (control > sample.length * 0.01) return binary();
  const western = new TextDecoder('windows-1252').decode(bytes);
  // A Russian word read as a western one is a row of letters with accents.
  const accents = western.match(/[À-ÿ]{3,}/g)?.length ?? 0;
  return accents > 2 ? new TextDecoder('windows-1251').decode(bytes) : western;
}

function binary(): NoText {
  return { unreadable: 'is neither text nor a workbook: a sheet is .xlsx, .md, .csv, .tsv or text' };
}
