/**
 * Client WebSocket frames [RFC 6455 §5.2]. The mask is all zeros, which the RFC's masking rule allows on the wire (XOR with
 * zero changes nothing) and saves touching each byte; it would be wrong in a browser, where the mask protects proxies.
 *
 *   frame := 0x80|opcode  0x80|length  [length16 | length64]  0 0 0 0  payload
 */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const MASK_BYTES = 4;

/** One frame around the parts, in order. */
export function clientFrame(opcode: number, ...parts: readonly Uint8Array[]): Uint8Array {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  const lengthBytes = bytes < 126 ? 0 : bytes < 65_536 ? 2 : 8;
  const frame = new Uint8Array(2 + lengthBytes + MASK_BYTES + bytes);
  frame[0] = 0x80 | opcode;
  if (lengthBytes === 0) frame[1] = 0x80 | bytes;
  else if (lengthBytes === 2) {
    frame[1] = 0x80 | 126;
    frame[2] = bytes >>> 8;
    frame[3] = bytes;
  } else {
    frame[1] = 0x80 | 127;
    new DataView(frame.buffer).setBigUint64(2, BigInt(bytes));
  }
  let at = 2 + lengthBytes + MASK_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}

export function binaryFrame(...parts: readonly Uint8Array[]): Uint8Array {
  return clientFrame(OPCODES.binary, ...parts);
}

export function closeFrame(code: number): Uint8Array {
  return clientFrame(OPCODES.close, Uint8Array.of(code >>> 8, code & 0xff));
}
