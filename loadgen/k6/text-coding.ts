/**
 * UTF-8 for a runtime without TextEncoder and TextDecoder, as k6's is: what the codec needs of them, put in their place before
 * it is loaded. Strict, as the codec asks: what is no UTF-8 throws.
 */
class Encoder {
  encode(text: string): Uint8Array {
    return Uint8Array.from(bytesOf(text));
  }

  encodeInto(text: string, target: Uint8Array): { read: number; written: number } {
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = bytesOf(character);
      if (written + bytes.length > target.length) break;
      target.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

class Decoder {
  decode(source: Uint8Array): string {
    let text = '';
    for (let at = 0; at < source.length; ) {
      const first = source[at]!;
      const more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc2 ? 1 : -1;
      if (more < 0 || first > 0xf4 || at + more >= source.length) throw new TypeError('not UTF-8');
      let point = more === 0 ? first : first & (0x3f >> more);
      for (let index = 1; index <= more; index++) {
        const byte = source[at + index]!;
        if ((byte & 0xc0) !== 0x80) throw new TypeError('not UTF-8');
        point = (point << 6) | (byte & 0x3f);
      }
      const least = [0, 0x80, 0x800, 0x1_0000][more]!;
      if (point < least || point > 0x10_ffff || (point >= 0xd800 && point <= 0xdfff)) throw new TypeError('not UTF-8');
      text += String.fromCodePoint(point);
      at += more + 1;
    }
    return text;
  }
}

function bytesOf(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const found = character.codePointAt(0)!;
    const point = found >= 0xd800 && found <= 0xdfff ? 0xfffd : found;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x1_0000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
  }
  return bytes;
}

const place = globalThis as unknown as { TextEncoder?: unknown; TextDecoder?: unknown };
place.TextEncoder ??= Encoder;
place.TextDecoder ??= Decoder;

export { Decoder as StrictDecoder, Encoder as PlainEncoder };
