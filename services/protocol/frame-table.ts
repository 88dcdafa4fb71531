/**
 * The grammar of the wire: every frame with its type byte, who sends it, and its fields in order.
 *
 *   message := frame+                        one WebSocket binary message
 *   frame   := bare | type length payload
 *   bare    := 0x01 … 0x0f                   one byte, no payload: heartbeats
 *   type    := 0x10 … 0xff
 *   length  := varint                        bytes of the payload; an unknown type is skipped by it
 *   varint  := LEB128, at most 2^53 - 1, shortest form only
 *
 * Kinds of fields: `varint` a number; `id` 16 bytes; `bytes` and `text` a varint length and that many bytes (UTF-8);
 * `list` a varint count and that many structures.
 */

import { MAX_ID, MAX_USER } from './ids.ts';
import { LIMITS } from './limits.ts';

export type Direction = 'client' | 'server' | 'both';

export type Field =
  | { readonly name: string; readonly kind: 'varint'; readonly max: number }
  | { readonly name: string; readonly kind: 'id' }
  | { readonly name: string; readonly kind: 'bytes' | 'text'; readonly maxBytes: number }
  | { readonly name: string; readonly kind: 'list'; readonly maxCount: number; readonly of: readonly Field[] };

export interface FrameSpec {
  readonly type: number;
  readonly from: Direction;
  readonly meaning: string;
  readonly fields: readonly Field[];
}

const number = <N extends string>(name: N, max: number = MAX_ID) => ({ name, kind: 'varint', max }) as const;
const id = <N extends string>(name: N) => ({ name, kind: 'id' }) as const;
const bytes = <N extends string>(name: N, maxBytes: number) => ({ name, kind: 'bytes', maxBytes }) as const;
const text = <N extends string>(name: N) => ({ name, kind: 'text', maxBytes: LIMITS.textBytes.value }) as const;
const list = <N extends string, F extends readonly Field[]>(name: N, maxCount: number, of: F) =>
  ({ name, kind: 'list', maxCount, of }) as const;

const conversation = number('conversation');
const sequence = number('sequence');
const user = number('user', MAX_USER);
const code = number('code', 999);
const retryAfterMs = number('retryAfterMs', 86_400_000);
const position = bytes('position', LIMITS.positionBytes.value);
const more = number('more', 1);
const receiptKind = number('kind', 2);

/** One entry of a conversation's log as devices see it. `kind`: see ENTRY_KINDS. */
const entry = [
  sequence,
  number('kind', 15),
  number('sender', MAX_ID),
  id('id'),
  number('loggedAtMs'),
  number('contentType', 65_535),
  bytes('body', LIMITS.bodyBytes.value),
] as const;

export const FRAMES = {
  heartbeat: { type: 0x01, from: 'client', meaning: 'I am here', fields: [] },
  heartbeatReply: { type: 0x02, from: 'server', meaning: 'so am I; nothing newer is known', fields: [] },
  heartbeatNewer: { type: 0x03, from: 'server', meaning: 'something newer may exist: send RESUME', fields: [] },

  hello: {
    type: 0x10,
    from: 'client',
    meaning: 'first frame: what the client can do and what it has seen. An empty position means nothing. flags: see HELLO_FLAGS',
    fields: [number('capabilities', 0xffff_ffff), number('heartbeatSeconds', 86_400), number('flags', 255), position],
  },
  welcome: {
    type: 0x11,
    from: 'server',
    meaning: 'the session is open and its route is written; these values count. resumeToken is empty unless asked for',
    fields: [
      number('capabilities', 0xffff_ffff),
      number('heartbeatSeconds', 86_400),
      number('serverTimeMs'),
      bytes('resumeToken', LIMITS.tokenBytes.value),
    ],
  },
  resume: { type: 0x12, from: 'client', meaning: 'what changed since this position? Also asks for the next page', fields: [position] },
  changed: {
    type: 0x13,
    from: 'server',
    meaning: 'a page of changed conversations with their last sequence. Store the position; while more is 1, RESUME with it',
    fields: [position, more, list('changes', LIMITS.changesPerPage.value, [conversation, sequence] as const)],
  },

  send: {
    type: 0x20,
    from: 'client',
    meaning: 'a message. device 0 in bodies is the body for everyone; otherwise the recipient’s device key',
    fields: [
      conversation,
      id('id'),
      number('contentType', 65_535),
      list('bodies', LIMITS.bodiesPerSend.value, [number('device', MAX_ID), bytes('body', LIMITS.bodyBytes.value)] as const),
    ],
  },
  accepted: { type: 0x21, from: 'server', meaning: 'the message is durable; it carries no sequence yet', fields: [conversation, id('id')] },
  sequenced: {
    type: 0x22,
    from: 'server',
    meaning: 'the message, or the change of membership, has this sequence; it moves the sender’s cursor as a DELIVER would',
    fields: [conversation, id('id'), sequence, number('loggedAtMs')],
  },
  rejected: {
    type: 0x23,
    from: 'server',
    meaning: 'the message or the change was not taken, for good under this id',
    fields: [conversation, id('id'), code, retryAfterMs],
  },
  deliver: { type: 0x24, from: 'server', meaning: 'one entry of a conversation', fields: [conversation, ...entry] },
  ack: {
    type: 0x25,
    from: 'client',
    meaning: 'this device has everything up to this sequence; for the highest of a short time, not for each entry',
    fields: [conversation, sequence],
  },
  read: {
    type: 0x26,
    from: 'client',
    meaning: 'the user has read up to this sequence, and so received it',
    fields: [conversation, sequence],
  },
  receipt: {
    type: 0x27,
    from: 'server',
    meaning:
      'a member has received (1) or read (2) up to this sequence; who has read has received. Of the own user: read on another device',
    fields: [conversation, user, receiptKind, sequence],
  },
  pull: {
    type: 0x28,
    from: 'client',
    meaning: 'a gap: entries from fromSequence to toSequence, both included, answered by DELIVER frames and one PULLED',
    fields: [conversation, number('fromSequence'), number('toSequence')],
  },
  pulled: {
    type: 0x29,
    from: 'server',
    meaning: 'end of a pulled page: everything up to upToSequence was sent; PULL again while more is 1',
    fields: [conversation, number('upToSequence'), more],
  },
  history: {
    type: 0x2a,
    from: 'client',
    meaning: 'a page of entries before beforeSequence, newest first; 0 means from the newest',
    fields: [conversation, number('beforeSequence'), number('count', LIMITS.messagesPerPage.value)],
  },
  historyPage: {
    type: 0x2b,
    from: 'server',
    meaning: 'entries, newest first',
    fields: [conversation, more, list('entries', LIMITS.messagesPerPage.value, entry)],
  },
  list: {
    type: 0x2c,
    from: 'client',
    meaning: 'a page of the conversation list, latest change first; an empty position means the first page',
    fields: [position, number('count', LIMITS.conversationsPerPage.value)],
  },
  listPage: {
    type: 0x2d,
    from: 'server',
    meaning:
      'rows of the conversation list; while more is 1, LIST with this position. Unread are sequence less readSequence. sender, contentType and snippet are those of the last message, 0 and empty where there is none; the snippet is the beginning of its body for everyone',
    fields: [
      position,
      more,
      list('rows', LIMITS.conversationsPerPage.value, [
        conversation,
        sequence,
        number('loggedAtMs'),
        number('members', LIMITS.membersPerConversation.value),
        number('readSequence'),
        number('sender', MAX_ID),
        number('contentType', 65_535),
        bytes('snippet', LIMITS.snippetBytes.value),
      ] as const),
    ],
  },
  receipts: {
    type: 0x2e,
    from: 'client',
    meaning: 'a page of how far the other members of a conversation have received and read; an empty position means the first page',
    fields: [conversation, position],
  },
  receiptsPage: {
    type: 0x2f,
    from: 'server',
    meaning:
      'of each member how far he has read (2) and, where that is further, received (1); who withholds his read receipts has only the latter. While more is 1, RECEIPTS with this position',
    fields: [conversation, position, more, list('receipts', LIMITS.receiptsPerPage.value, [user, receiptKind, sequence] as const)],
  },

  create: {
    type: 0x30,
    from: 'client',
    meaning: 'a conversation of the sender and these users; the same id creates it once',
    fields: [id('id'), list('members', LIMITS.membersPerConversation.value - 1, [user] as const)],
  },
  created: {
    type: 0x31,
    from: 'server',
    meaning: 'the conversation exists; its first entry has sequence 1',
    fields: [id('id'), conversation],
  },
  addMember: { type: 0x32, from: 'client', meaning: 'add a user; answered as a send is', fields: [conversation, id('id'), user] },
  removeMember: { type: 0x33, from: 'client', meaning: 'remove a user; answered as a send is', fields: [conversation, id('id'), user] },
  leave: { type: 0x34, from: 'client', meaning: 'leave; answered as a send is', fields: [conversation, id('id')] },

  receiptPrivacy: {
    type: 0x38,
    from: 'both',
    meaning:
      'withhold (1) or show (0) the read receipts of this user; the server says the same when it holds for all that is read from then on',
    fields: [number('withhold', 1)],
  },
  typing: {
    type: 0x39,
    from: 'both',
    meaning:
      'the user types: taken in a conversation that the session looks at (PRESENCE_SUBSCRIBE), shown to those who look at it too, never kept. From the server user says who; from a client it counts for nothing',
    fields: [conversation, user],
  },
  presenceSubscribe: {
    type: 0x3a,
    from: 'client',
    meaning:
      'the users whose presence is wanted, each with a conversation that he shares with the subscriber, in place of those before. The session looks at these conversations: the own user is named to look at one for its typing alone. Answered by a PRESENCE for each, and by one at each change; to be sent again after a reconnection',
    fields: [list('users', LIMITS.presencePerSubscribe.value, [user, conversation] as const)],
  },
  presence: {
    type: 0x3b,
    from: 'server',
    meaning:
      'a user is offline (0), online (1) or not known (2), which is also said of one who may not be seen. lastSeenMs is 0 where nobody knows',
    fields: [user, number('state', 2), number('lastSeenMs')],
  },

  goAway: {
    type: 0x40,
    from: 'server',
    meaning: 'the connection will be closed; reconnect after the delay',
    fields: [code, number('reconnectAfterMs', 86_400_000)],
  },
  error: {
    type: 0x41,
    from: 'server',
    meaning: 'the frame of type aboutType failed; id is its id, or zeros',
    fields: [code, number('aboutType', 255), id('id'), retryAfterMs, text('detail')],
  },
} as const satisfies Record<string, FrameSpec>;

/** `flags` of HELLO. */
export const HELLO_FLAGS = { answerHeartbeats: 1, wantsResumeToken: 2 } as const;

/** `kind` of a receipt. */
export const RECEIPT_KINDS = { delivered: 1, read: 2 } as const;

/** `state` of a PRESENCE. */
export const PRESENCE_STATES = { offline: 0, online: 1, unknown: 2 } as const;

/** `kind` of an entry. A membership entry's body is the user concerned as a varint. */
export const ENTRY_KINDS = { message: 0, created: 1, memberAdded: 2, memberRemoved: 3, memberLeft: 4 } as const;

export const BARE_TYPE_MAX = 0x0f;

/** Subprotocol that names the version: the server answers with the newest that both know. */
export const SUBPROTOCOLS = ['parley.v1'] as const;

/** Prefix of the subprotocol entry that carries a token where a header can't be set. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'parley.token.';
