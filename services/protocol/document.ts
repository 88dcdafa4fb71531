/**
 * PROTOCOL.md from the tables of the wire, so that the document can't say anything else than the code does. Only the
 * order of things in a connection is prose, and stands here.
 *
 *   node bin/bun.mjs services/protocol/document.ts      writes PROTOCOL.md
 */
import { readFileSync } from 'node:fs';
import { closeCode, ERROR_CODES, type ErrorCode, type ErrorName } from './error-codes.ts';
import {
  type Direction,
  ENTRY_KINDS,
  type Field,
  FRAMES,
  type FrameSpec,
  HELLO_FLAGS,
  PRESENCE_STATES,
  RECEIPT_KINDS,
  SUBPROTOCOLS,
  TOKEN_SUBPROTOCOL_PREFIX,
} from './frame-table.ts';
import { LIMITS, type Limit } from './limits.ts';

export const DOCUMENT_FILE = new URL('PROTOCOL.md', import.meta.url).pathname;
export const DOCUMENT_COMMAND = 'node bin/bun.mjs services/protocol/document.ts';

export function protocolDocument(): string {
  return `${[
    `<!-- Made from the tables in this folder by \`${DOCUMENT_COMMAND}\`. Change the tables, not this file. -->`,
    '# The wire',
    CONNECTION,
    '## Grammar',
    codeBlock('frame-table.ts', /^ {3}(message|frame|bare|type|length|varint) /),
    'Fields follow one another without names or padding. Kinds: `number` is a varint; `id` is 16 bytes; `bytes` and `text` are a varint length and that many bytes, text in UTF-8; `list` is a varint count and that many structures. A frame must end with its last field. Every value has one encoding. `vectors.json` holds every frame as bytes and as fields, and broken input with the failure it gives.',
    '## Identifiers',
    'Numbers below 2^53. The high bits of a user and a conversation are its home cell.',
    codeBlock('ids.ts', /^ {3}(user|device key|conversation) /),
    '## Frames',
    ...Object.entries(FRAMES).map(([name, spec]) => frameSection(name, spec)),
    '## Values',
    valueTable('`flags` of HELLO, added up', HELLO_FLAGS),
    valueTable('`kind` of a receipt', RECEIPT_KINDS),
    valueTable('`state` of PRESENCE', PRESENCE_STATES),
    valueTable('`kind` of an entry. The body of a membership entry is the user concerned, as a number', ENTRY_KINDS),
    '## Limits',
    limitTable(),
    '## Errors',
    'A code travels in ERROR, REJECTED and GO_AWAY. Where there is a close code, the server closes the WebSocket with it. Where there is an HTTP status, the server may refuse the upgrade with it, and with the name in the header `parley-error`. A code that is not in the table comes from a newer server: below 32 treat it as `admission`, else as `internal`.',
    errorTable(),
  ].join('\n\n')}\n`;
}

const CONNECTION = `A connection is a WebSocket at \`/v1\`, and each binary message on it holds one or more whole frames. Text messages are refused.

**Opening.** The client offers the subprotocol ${SUBPROTOCOLS.map((name) => `\`${name}\``).join(' or ')} and shows a token (JWT) in the header \`authorization: Bearer\`, or, where it can't set a header, as one more subprotocol entry \`${TOKEN_SUBPROTOCOL_PREFIX}\` followed by the token, or in the cookie \`parley_token\`, which needs an allowed origin. A refusal comes before the upgrade: an HTTP status, the error's name in \`parley-error\`, and where waiting helps \`retry-after\` in seconds and \`parley-retry-ms\`. Reset the backoff only after a session has lived for a while.

**First frames.** HELLO is the first frame; WELCOME answers it, and its values count. Then come CHANGED pages with the conversations that changed since the position in HELLO. For each, compare the last sequence with your cursor and PULL the gap.

**Cursors.** A cursor is the highest sequence of a conversation below which nothing is missing. Only SEQUENCED and DELIVER move it. A frame at or below it is a repetition: drop it. A frame further than one above it shows a gap: PULL. Store the position of CHANGED only after the gaps of its page are closed.

**Sending.** Make the id, keep the message, and send it again with the same id until SEQUENCED or REJECTED comes: after some seconds, after a minute or more once ACCEPTED came, and at once after a reconnection. ACCEPTED says that the message is durable, not that it has its place: sent again it gets none sooner, and is one more record for who is behind.

**Receipts.** ACK says what this device has, READ what its user has read; both are cumulative, so only the highest of a short time need be sent, and the highest known again after a reconnection. RECEIPT tells the senders of messages, and on the reader's other devices how far he has read. Each is sent, not kept for who is away: after a resume ask with RECEIPTS. In a group each member counts once, whatever his devices: "seen by" is the number of members whose read receipt is at or above the sequence.

**Presence and typing.** Neither is kept or sure to arrive. A user is seen through a conversation that both are members of; who leaves it is seen no more.

**Refusals.** REJECTED is an outcome, recorded under the id. ERROR about a SEND says only that this try was not taken: an earlier one under the same id may have been. So \`notMember\` and \`noConversation\` may come as either.

**Heartbeats.** Send one each period. HEARTBEAT_NEWER means that something may have been missed: send RESUME.

**Skipping.** A receiver skips a frame whose type it does not know: a bare one is one byte, any other has its length.`;

/** Lines of the opening comment of a source file that belong to the given block. */
function codeBlock(file: string, line: RegExp): string {
  const source = readFileSync(new URL(file, import.meta.url), 'utf8');
  const comment = source.slice(0, source.indexOf('*/')).split('\n');
  const lines = comment.map((text) => text.slice(' *'.length)).filter((text) => line.test(text));
  return ['```', ...lines.map((text) => text.slice(3)), '```'].join('\n');
}

function frameSection(name: string, spec: FrameSpec): string {
  const heading = `### ${constantCase(name)} · ${hexByte(spec.type)} · ${SENDERS[spec.from]}`;
  if (spec.fields.length === 0) return `${heading}\n\n${sentence(spec.meaning)} One byte.`;
  const rows = spec.fields.flatMap((field) => fieldRows(field, ''));
  return `${heading}\n\n${sentence(spec.meaning)}\n\n${table(['field', 'kind', 'at most'], rows)}`;
}

const SENDERS: Readonly<Record<Direction, string>> = { client: 'from the client', server: 'from the server', both: 'from both' };

function fieldRows(field: Field, prefix: string): string[][] {
  const name = `\`${prefix}${field.name}\``;
  switch (field.kind) {
    case 'varint':
      return [[name, 'number', count(field.max)]];
    case 'id':
      return [[name, 'id', '']];
    case 'bytes':
    case 'text':
      return [[name, field.kind, `${count(field.maxBytes)} bytes`]];
    case 'list':
      return [
        [name, 'list', `${count(field.maxCount)} items`],
        ...field.of.flatMap((inner) => fieldRows(inner, `${prefix}${field.name}[].`)),
      ];
  }
}

function valueTable(title: string, values: Readonly<Record<string, number>>): string {
  const rows = Object.entries(values).map(([name, value]) => [String(value), `\`${name}\``]);
  return `${title}:\n\n${table(['value', 'name'], rows)}`;
}

function limitTable(): string {
  const rows = Object.entries(LIMITS).map(([name, { value, unit, meaning, client }]: [string, Limit]) => [
    `\`${name}\``,
    `${count(value)} ${unit}`,
    meaning,
    client,
  ]);
  return table(['limit', 'value', 'meaning', 'what the client should do'], rows);
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CODES).map(([name, error]: [string, ErrorCode]) => [
    String(error.code),
    `\`${name}\``,
    error.closes ? String(closeCode(name as ErrorName)) : '',
    error.httpStatus === undefined ? '' : String(error.httpStatus),
    error.meaning,
    error.client,
  ]);
  return table(['code', 'name', 'close', 'HTTP', 'meaning', 'what the client should do'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function constantCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function hexByte(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`;
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?!]$/.test(capital) ? capital : `${capital}.`;
}

function count(value: number): string {
  if (value === 2 ** 53 - 1) return '2^53 - 1';
  if (value === 2 ** 45 - 1) return '2^45 - 1';
  return value === 2 ** 32 - 1 ? '2^32 - 1' : value.toLocaleString('en');
}

if (import.meta.main) await Bun.write(DOCUMENT_FILE, protocolDocument());
