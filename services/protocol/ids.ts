/**
 * Identifiers as safe integers (below 2^53), so that they are numbers in memory and at most eight bytes on the wire.
 * Users and conversations reserve their home cell in the high bits.
 *
 *   user         12 bits cell · 33 bits local                 45 bits
 *   device key   45 bits user · 8 bits device                 53 bits
 *   conversation 12 bits cell · 41 bits local                 53 bits
 */
export type UserId = number;
export type DeviceKey = number;
export type ConversationId = number;

export const CELLS = 4_096;
export const USERS_PER_CELL = 2 ** 33;
export const DEVICES_PER_USER = 256;
export const CONVERSATIONS_PER_CELL = 2 ** 41;
export const MESSAGE_ID_BYTES = 16;

export const MAX_USER = CELLS * USERS_PER_CELL - 1;
export const MAX_ID = Number.MAX_SAFE_INTEGER;

export function userId(cell: number, local: number): UserId {
  return cell * USERS_PER_CELL + local;
}

export function conversationId(cell: number, local: number): ConversationId {
  return cell * CONVERSATIONS_PER_CELL + local;
}

export function deviceKey(user: UserId, device: number): DeviceKey {
  return user * DEVICES_PER_USER + device;
}

export function userOf(key: DeviceKey): UserId {
  return Math.floor(key / DEVICES_PER_USER);
}

export function deviceOf(key: DeviceKey): number {
  return key % DEVICES_PER_USER;
}

export function homeCellOfUser(user: UserId): number {
  return Math.floor(user / USERS_PER_CELL);
}

export function homeCellOfConversation(conversation: ConversationId): number {
  return Math.floor(conversation / CONVERSATIONS_PER_CELL);
}
