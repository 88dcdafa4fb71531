/**
 * Every error code in one table: what it means, what the client should do, and what the server does with the connection.
 * A code travels in ERROR, REJECTED and GO_AWAY frames; a close carries 4000 + code; a refusal before the upgrade carries
 * the HTTP status and the code in the header `parley-error`.
 */
export interface ErrorCode {
  readonly code: number;
  readonly meaning: string;
  readonly client: string;
  /** The server closes the connection with 4000 + code after it. */
  readonly closes: boolean;
  /** Status of the refusal where it can happen before the upgrade. */
  readonly httpStatus?: number;
}

function stays(code: number, meaning: string, client: string, httpStatus?: number): ErrorCode {
  return httpStatus === undefined ? { code, meaning, client, closes: false } : { code, meaning, client, closes: false, httpStatus };
}

function closes(code: number, meaning: string, client: string, httpStatus?: number): ErrorCode {
  return httpStatus === undefined ? { code, meaning, client, closes: true } : { code, meaning, client, closes: true, httpStatus };
}

export const ERROR_CODES = {
  malformed: closes(1, 'a frame could not be decoded', 'fix the encoder; reconnect with backoff'),
  tooLarge: closes(2, 'a frame, message or body is over its limit', 'split it; reconnect with backoff'),
  outOfOrder: closes(
    3,
    'a frame that is not allowed now, such as a send before HELLO or a second HELLO',
    'fix the client; reconnect with backoff',
  ),
  wrongDirection: closes(4, 'a frame that only the server sends', 'fix the client; reconnect with backoff'),
  helloLate: closes(5, 'no HELLO in time', 'send HELLO at once after the upgrade'),
  silent: closes(6, 'nothing was received for the heartbeat limit', 'reconnect and resume'),
  slowReader: closes(7, 'the connection did not read what was sent to it', 'reconnect and resume'),
  replaced: closes(8, 'a newer connection of the same device took over', 'do not reconnect from here'),
  expired: closes(9, 'the token of this connection expired', 'get a new token and reconnect'),
  revoked: closes(10, 'the token was revoked', 'sign in again', 401),
  draining: closes(11, 'the gateway is going away', 'reconnect after the delay that was given', 503),
  unsupportedVersion: closes(12, 'no common protocol version', 'update the client', 400),
  unauthenticated: closes(13, 'no token, or one that is not valid', 'get a new token', 401),
  forbiddenOrigin: closes(14, 'a cookie from an origin that is not allowed', 'connect from the application’s own origin', 403),
  addressRate: closes(15, 'too many attempts from this address', 'wait for the time that was given, then back off', 429),
  admission: closes(16, 'the gateway admits no more connections just now', 'wait for the time that was given, then back off', 503),
  boxFull: closes(17, 'the gateway holds as many connections as it may', 'connect to another gateway', 503),
  userConnections: closes(18, 'the user has as many connections as allowed', 'close another device', 429),
  relayAway: closes(19, 'the gateway can’t reach its relay', 'wait for the time that was given, then back off', 503),
  notMember: stays(32, 'the user is not a member of the conversation', 'stop sending to it; refresh the list'),
  noConversation: stays(33, 'no such conversation', 'refresh the list'),
  conversationRate: stays(
    34,
    'the conversation takes no more messages just now',
    'send again after the time that was given, with a new id',
  ),
  tooManyMembers: stays(35, 'the conversation has as many members as allowed', 'remove a member first'),
  notAllowed: stays(36, 'the user may not do this here', 'do not try again'),
  busy: stays(37, 'the server can’t take it just now; nothing was accepted', 'send again after the time that was given, with the same id'),
  tooManyPending: stays(38, 'too many sends without ACCEPTED', 'wait for ACCEPTED, then send again with the same id'),
  badPosition: stays(39, 'the resume position is not one of this server', 'resume without a position'),
  notAvailable: stays(40, 'this deployment does not offer the service', 'hide the feature'),
  gone: stays(41, 'the messages asked for are no longer kept', 'go on from the oldest that is kept'),
  bodyTooLarge: stays(42, 'the bodies of a send are over their limit', 'send media by reference'),
  internal: stays(43, 'the server failed at it', 'send again after the time that was given, with the same id'),
} as const satisfies Record<string, ErrorCode>;

export type ErrorName = keyof typeof ERROR_CODES;

const NAMES = new Map<number, ErrorName>(Object.entries(ERROR_CODES).map(([name, entry]) => [entry.code, name as ErrorName]));

/** The name of a code, or undefined for a code of a newer server. */
export function errorName(code: number): ErrorName | undefined {
  return NAMES.get(code);
}

/** WebSocket close code of an error. Range 4000 to 4999 is for applications [RFC 6455 §7.4.2]. */
export function closeCode(name: ErrorName): number {
  return 4000 + ERROR_CODES[name].code;
}
