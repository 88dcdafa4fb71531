/** What the clients of a schedule do, and the ids that they use for it. */
import { conversationOfCreate } from '../bus/conversation-of-create.ts';
import { encodeFrame } from '../protocol/codec.ts';
import { type ConversationId, conversationId, type DeviceKey, deviceKey, userId } from '../protocol/ids.ts';
import type { Operation, Schedule } from './schedule.ts';
import type { System } from './system.ts';

export function operate(system: System, operation: Operation, index: number): void {
  const { client, life } = system.devices[operation.client % system.devices.length]!;
  if (!life.alive) return;
  if (operation.kind === 'privacy') return client.setPrivacy(operation.withhold);
  const conversation = system.conversations[operation.conversation]!;
  const id = messageId(index);
  switch (operation.kind) {
    case 'create': {
      const members = operation.users.map((user) => ({ user: userId(0, user + 1) }));
      return client.request(id, conversation, encodeFrame('create', { id, members }));
    }
    case 'send': {
      const body = new Uint8Array(operation.bytes).fill(index & 255);
      return client.request(id, conversation, encodeFrame('send', { conversation, id, contentType: 0, bodies: [{ device: 0, body }] }));
    }
    case 'addMember':
    case 'removeMember':
      return client.request(id, conversation, encodeFrame(operation.kind, { conversation, id, user: userId(0, operation.user + 1) }));
    case 'leave':
      return client.request(id, conversation, encodeFrame('leave', { conversation, id }));
    case 'read':
      return client.read(conversation);
  }
}

export function keyOf(user: number, device: number): DeviceKey {
  return deviceKey(userId(0, user + 1), device);
}

function messageId(index: number): Uint8Array {
  const id = new Uint8Array(16);
  new DataView(id.buffer).setUint32(0, index + 1, true);
  return id;
}

/** Ids of the schedule's conversations: those that it creates, and numbers that nobody made for the rest. */
export function conversationsOf({ operations, clients }: Schedule): ConversationId[] {
  const conversations: ConversationId[] = [];
  operations.forEach((operation, index) => {
    if (operation.kind === 'privacy') return;
    conversations[operation.conversation] ??= conversationId(0, operation.conversation + 1);
    if (operation.kind !== 'create') return;
    const client = operation.client % clients.length;
    const user = clients[client]!;
    const device = clients.slice(0, client).filter((other) => other === user).length;
    conversations[operation.conversation] = conversationOfCreate(0, keyOf(user, device), messageId(index));
  });
  return conversations;
}
