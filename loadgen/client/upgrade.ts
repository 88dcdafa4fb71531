/**
 * The client's side of the opening handshake [RFC 6455 §4.1] as text in and out. The key is one for the whole process:
 * it guards against caches and confused servers, not against attackers, and a fresh one per connection would cost a hash.
 */
import { createHash } from 'node:crypto';
import { SUBPROTOCOLS } from '../../services/protocol/frame-table.ts';

const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A response head longer than this is a broken server. */
const LONGEST_HEAD_BYTES = 16_384;

export type UpgradeAnswer =
  | { readonly kind: 'incomplete' }
  /** `next`: where the first frame starts. */
  | { readonly kind: 'open'; readonly next: number }
  | { readonly kind: 'refused'; readonly status: number; readonly error: string; readonly retryMs: number }
  | { readonly kind: 'broken'; readonly reason: string };

const HTTP_1_1 = Buffer.from('HTTP/1.1 ', 'latin1');
const SWITCHING = Buffer.from('101', 'latin1');
const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');
const INCOMPLETE: UpgradeAnswer = { kind: 'incomplete' };

export class Upgrade {
  private readonly before: string;
  private readonly accept: Buffer;
  private readonly protocol = Buffer.from(SUBPROTOCOLS[0], 'latin1');
  /** Where accept and subprotocol stood in the last answer: a server writes its heads alike, so they are looked for there first. */
  private acceptAt = 0;
  private protocolAt = 0;

  constructor(host: string, path: string, key: string) {
    this.before =
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: ${SUBPROTOCOLS[0]}\r\nAuthorization: Bearer `;
    this.accept = Buffer.from(createHash('sha1').update(key).update(ACCEPT_GUID).digest('base64'), 'latin1');
  }

  request(token: string): string {
    return `${this.before}${token}\r\n\r\n`;
  }

  /** Reads what came so far; call again with more when it is incomplete. */
  answer(received: Buffer): UpgradeAnswer {
    const end = received.indexOf(HEAD_END);
    if (end < 0) {
      if (received.length > LONGEST_HEAD_BYTES) return { kind: 'broken', reason: 'response head without end' };
      return INCOMPLETE;
    }
    if (!standsAt(received, HTTP_1_1, 0)) return { kind: 'broken', reason: 'not an HTTP response' };
    if (!standsAt(received, SWITCHING, HTTP_1_1.length)) {
      return refusal(Number(received.toString('latin1', HTTP_1_1.length, HTTP_1_1.length + 3)), received.toString('latin1', 0, end));
    }
    this.acceptAt = find(received, this.accept, this.acceptAt, end);
    if (this.acceptAt < 0) return { kind: 'broken', reason: 'wrong Sec-WebSocket-Accept' };
    this.protocolAt = find(received, this.protocol, this.protocolAt, end);
    if (this.protocolAt < 0) return { kind: 'broken', reason: 'subprotocol not agreed' };
    return { kind: 'open', next: end + 4 };
  }
}

function find(received: Buffer, wanted: Buffer, guess: number, end: number): number {
  if (guess > 0 && guess + wanted.length <= end && standsAt(received, wanted, guess)) return guess;
  const at = received.indexOf(wanted);
  return at < 0 || at + wanted.length > end ? -1 : at;
}

function standsAt(received: Buffer, wanted: Buffer, at: number): boolean {
  for (let index = 0; index < wanted.length; index++) if (received[at + index] !== wanted[index]) return false;
  return true;
}

function refusal(status: number, head: string): UpgradeAnswer {
  if (!Number.isInteger(status) || status < 200) return { kind: 'broken', reason: `status ${status}` };
  let error = `http ${status}`;
  let retryMs = 0;
  for (const line of head.split('\r\n').slice(1)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'parley-error') error = value;
    if (name === 'parley-retry-ms') retryMs = Number(value) || retryMs;
    if (name === 'retry-after' && retryMs === 0) retryMs = (Number(value) || 0) * 1_000;
  }
  return { kind: 'refused', status, error, retryMs };
}
