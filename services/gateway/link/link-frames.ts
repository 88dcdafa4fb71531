/**
 * What an edge and the relay of its box say to each other. The first message each way agrees the version (versions.ts): an
 * edge says what it speaks, the relay answers with the newest that both know, and refuses where there is none. What an edge
 * keeps for its relay is older than that answer and may go to the relay before or after this one, so it reads the same in
 * every version that is accepted. The link carries sessions and deliveries, never WebSocket frames.
 *
 * A connection is u32: generation in the high 12 bits, slot in the low 20, so that a reused slot is another connection.
 * Numbered messages (open, request, close, marks) count up from 1 per edge incarnation; the edge keeps each until the relay has
 * acknowledged it, and sends it again to a relay that came back. The relay must take a repeated one as the same.
 *
 *   edge → relay
 *     hello     0x01 oldest:u8 newest:u8 edge:u16 incarnation:8 firstNumber:f64
 *     announce  0x02 count:u32 (connection:u32 device:f64 epoch:f64 opening:u8)*       its sessions, after hello
 *     open      0x03 connection:u32 device:f64 epoch:f64 flags:u8 heartbeat:u16 position…          numbered
 *     request   0x04 connection:u32 frame…                                                        numbered
 *     close     0x05 connection:u32 device:f64 epoch:f64                                          numbered
 *     marks     0x06 (kind:u8 connection:u32 conversation:f64 sequence:f64)*   those of a short time together; numbered.
 *                    Settled when they are in the log, so a relay that is killed loses none. kind: RECEIPT_KINDS
 *     confirm   0x07 batch:u32                                            this batch and all before it
 *     typing    0x08 connection:u32 conversation:f64
 *     looks     0x09 connection:u32 frame…     what a session subscribed to, for a relay that came back, after announce
 *   relay → edge
 *     hello     0x11 version:u8
 *     to        0x12 settles:u8 connection:u32 frames…        settles: 1 opens the session, otherwise weight of the request
 *     many      0x13 count:u16 connection:u32* frames…
 *     kick      0x14 connection:u32 reason:u16                 index in KICK_REASONS
 *     newer     0x15 connection:u32*                           in version 1 of one connection each
 *     batch     0x16 batch:u32
 *     taken     0x17 number:f64                               every numbered message up to this one is settled
 *     refused   0x18 text…                                    no common version
 */
import type { VersionRange } from '../../runtime/versions.ts';

/** Connections in one `newer`. */
export const NEWER_PAGE = 10_000;

export const SLOT_BITS = 20;
export const SLOT_MASK = (1 << SLOT_BITS) - 1;
export const GENERATIONS = 1 << (32 - SLOT_BITS);

/** True where the slot has been given to the other since: generations count up and begin anew. */
export function isOlder(connection: number, other: number): boolean {
  const ahead = ((other >>> SLOT_BITS) - (connection >>> SLOT_BITS) + GENERATIONS) % GENERATIONS;
  return ahead > 0 && ahead < GENERATIONS / 2;
}

export const TO_RELAY = {
  hello: 0x01,
  announce: 0x02,
  open: 0x03,
  request: 0x04,
  close: 0x05,
  marks: 0x06,
  confirm: 0x07,
  typing: 0x08,
  looks: 0x09,
} as const;
export const TO_EDGE = { hello: 0x11, to: 0x12, many: 0x13, kick: 0x14, newer: 0x15, batch: 0x16, taken: 0x17, refused: 0x18 } as const;

/** `settles` of a `to` message that makes the session live. Other values are weights of requests that are done. */
export const OPENS_SESSION = 255;

export interface AnnouncedSession {
  readonly connection: number;
  readonly device: number;
  readonly epoch: number;
  readonly opening: boolean;
}

/** Weights of requests against LIMITS.pendingSendsPerConnection: a read may give a page of bodies, a write one answer. */
export const WRITE_WEIGHT = 1;
export const READ_WEIGHT = 16;

/** Sessions in one announce message; a shorter one is the last. */
export const ANNOUNCE_PAGE = 10_000;
/** Names of ERROR_CODES for which a relay closes a session. */
export const KICK_REASONS = ['replaced', 'userConnections', 'relayAway'] as const;
export type KickReason = (typeof KICK_REASONS)[number];

export const MARK_BYTES = 21;

const ANNOUNCED_BYTES = 21;
export const OPEN_HEADER_BYTES = 24;
export const REQUEST_HEADER_BYTES = 5;
export const INCARNATION_BYTES = 8;

const scratch = new Float64Array(1);
const scratchBytes = new Uint8Array(scratch.buffer);

/** Little-endian reads and writes without a DataView per message; both ends are on one machine, which is little-endian. */
export function readU32(source: Uint8Array, at: number): number {
  return (source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24)) >>> 0;
}

export function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value & 255;
  target[at + 1] = (value >>> 8) & 255;
  target[at + 2] = (value >>> 16) & 255;
  target[at + 3] = value >>> 24;
}

export function readF64(source: Uint8Array, at: number): number {
  for (let index = 0; index < 8; index++) scratchBytes[index] = source[at + index]!;
  return scratch[0]!;
}

export function writeF64(target: Uint8Array, at: number, value: number): void {
  scratch[0] = value;
  for (let index = 0; index < 8; index++) target[at + index] = scratchBytes[index]!;
}

export function linkHello({ oldest, newest }: VersionRange, edge: number, incarnation: Uint8Array, firstNumber: number): Uint8Array {
  const message = new Uint8Array(5 + INCARNATION_BYTES + 8);
  message.set([TO_RELAY.hello, oldest, newest, edge & 255, edge >>> 8]);
  message.set(incarnation, 5);
  writeF64(message, 5 + INCARNATION_BYTES, firstNumber);
  return message;
}

export function announce(sessions: readonly AnnouncedSession[]): Uint8Array {
  const message = new Uint8Array(5 + sessions.length * ANNOUNCED_BYTES);
  message[0] = TO_RELAY.announce;
  writeU32(message, 1, sessions.length);
  sessions.forEach((session, index) => {
    const at = 5 + index * ANNOUNCED_BYTES;
    writeU32(message, at, session.connection);
    writeF64(message, at + 4, session.device);
    writeF64(message, at + 12, session.epoch);
    message[at + 20] = session.opening ? 1 : 0;
  });
  return message;
}

export function readAnnounce(message: Uint8Array): AnnouncedSession[] {
  return Array.from({ length: readU32(message, 1) }, (_, index) => {
    const at = 5 + index * ANNOUNCED_BYTES;
    return {
      connection: readU32(message, at),
      device: readF64(message, at + 4),
      epoch: readF64(message, at + 12),
      opening: message[at + 20] === 1,
    };
  });
}

export function openMessage(
  connection: number,
  device: number,
  epoch: number,
  flags: number,
  heartbeatSeconds: number,
  position: Uint8Array,
): Uint8Array {
  const message = new Uint8Array(OPEN_HEADER_BYTES + position.length);
  message[0] = TO_RELAY.open;
  writeU32(message, 1, connection);
  writeF64(message, 5, device);
  writeF64(message, 13, epoch);
  message[21] = flags;
  message[22] = heartbeatSeconds & 255;
  message[23] = heartbeatSeconds >>> 8;
  message.set(position, OPEN_HEADER_BYTES);
  return message;
}

export function requestMessage(connection: number, frame: Uint8Array): Uint8Array {
  const message = new Uint8Array(REQUEST_HEADER_BYTES + frame.length);
  message[0] = TO_RELAY.request;
  writeU32(message, 1, connection);
  message.set(frame, REQUEST_HEADER_BYTES);
  return message;
}

export function typingMessage(connection: number, conversation: number): Uint8Array {
  const message = new Uint8Array(13);
  message[0] = TO_RELAY.typing;
  writeU32(message, 1, connection);
  writeF64(message, 5, conversation);
  return message;
}

export function looksMessage(connection: number, frame: Uint8Array): Uint8Array {
  const message = requestMessage(connection, frame);
  message[0] = TO_RELAY.looks;
  return message;
}

export function closeMessage(connection: number, device: number, epoch: number): Uint8Array {
  const message = new Uint8Array(21);
  message[0] = TO_RELAY.close;
  writeU32(message, 1, connection);
  writeF64(message, 5, device);
  writeF64(message, 13, epoch);
  return message;
}
