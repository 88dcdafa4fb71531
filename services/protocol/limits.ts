/**
 * Every limit of the wire in one table. PROTOCOL.md and a test derive from it; nothing else states these numbers.
 */
export interface Limit {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
  readonly client: string;
}

function limit(value: number, unit: string, meaning: string, client: string): Limit {
  return { value, unit, meaning, client };
}

export const LIMITS = {
  frameBytes: limit(
    131_072,
    'bytes',
    'largest frame, its type and length included',
    'split the work; a larger frame closes the connection',
  ),
  webSocketMessageBytes: limit(
    262_144,
    'bytes',
    'largest WebSocket message; it carries one or more whole frames',
    'send several messages; a larger one closes the connection, one larger by far with 1009',
  ),
  framesPerMessage: limit(
    256,
    'frames',
    'frames in one WebSocket message of a client, heartbeats and unknown ones included',
    'send several messages; more frames close the connection',
  ),
  bodyBytes: limit(65_536, 'bytes', 'largest body, and largest sum of the bodies of one send', 'send media by reference'),
  bodiesPerSend: limit(1_024, 'bodies', 'bodies of one send: one for all, or one per recipient device', 'send in parts'),
  positionBytes: limit(1_024, 'bytes', 'longest opaque resume position', 'store it as it came'),
  tokenBytes: limit(4_096, 'bytes', 'longest token, at the upgrade or in a frame', 'ask for a token with fewer claims'),
  textBytes: limit(256, 'bytes', 'longest text of an error', 'show it to a developer, never parse it'),
  membersPerConversation: limit(1_024, 'users', 'members of a conversation, its creator included', 'use a channel product'),
  changesPerPage: limit(256, 'conversations', 'changed conversations in one page', 'ask for the next page with the position of this one'),
  messagesPerPage: limit(256, 'messages', 'messages in one page of history or of a gap', 'ask again from where the page ended'),
  conversationsPerPage: limit(
    256,
    'conversations',
    'rows in one page of the conversation list',
    'ask again with the position of this page',
  ),
  snippetBytes: limit(64, 'bytes', 'beginning of the last message’s body in a row of the list', 'read the message for the rest'),
  receiptsPerPage: limit(512, 'receipts', 'receipts in one page of a conversation', 'ask again with the position of this page'),
  presencePerSubscribe: limit(1_024, 'users', 'users in one presence subscription', 'subscribe to those on the screen'),
  conversationsPerSubscribe: limit(
    64,
    'conversations',
    'different conversations in one presence subscription; users of any more are answered as not known',
    'subscribe to those on the screen',
  ),
  typingSeconds: limit(3, 's', 'between two TYPING of a connection in a conversation; one that comes sooner is dropped', 'send no sooner'),
  marksPerSecond: limit(
    1_024,
    'frames',
    'ACK and READ of one connection in a second, a TYPING counting 64; more are dropped',
    'send the highest of each conversation; after a pause send it again',
  ),
  heartbeatMinSeconds: limit(
    1,
    's',
    'shortest heartbeat period a client may ask for',
    'ask for a longer one; the answer in WELCOME counts',
  ),
  heartbeatMaxSeconds: limit(1_800, 's', 'longest heartbeat period', 'ask for a shorter one; the answer in WELCOME counts'),
  helloSeconds: limit(10, 's', 'time from the upgrade to a HELLO', 'send HELLO first and at once'),
  silentPeriods: limit(2, 'heartbeat periods', 'silence after which a connection is closed', 'send a heartbeat each period'),
  messageIdSeconds: limit(600, 's of log time', 'how long a message id is remembered', 'resend within it, with the same id'),
  pendingSendsPerConnection: limit(256, 'sends', 'sends of one connection without ACCEPTED', 'wait for ACCEPTED before sending more'),
} as const satisfies Record<string, Limit>;
