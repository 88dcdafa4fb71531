/** Turns entries and answers of dispatch into the frames that clients see. */
import type { LogEntry } from '../../bus/records.ts';
import { encodeFrame } from '../../protocol/codec.ts';
import { ENTRY_KINDS } from '../../protocol/frame-table.ts';
import type { Entry } from '../../protocol/frames.ts';
import type { UserId } from '../../protocol/ids.ts';
import { readVarint } from '../../protocol/varint.ts';

const NO_BODY = new Uint8Array(0);

/** Index of the body that a device gets: its own, else the one for everyone, else -1: none was made for it. */
export function bodyIndexFor(entry: LogEntry, device: number): number {
  const own = entry.bodies.findIndex((body) => body.device === device);
  return own >= 0 ? own : entry.bodies.findIndex((body) => body.device === 0);
}

export function entryFrame(entry: LogEntry, bodyIndex: number): Entry {
  return {
    sequence: entry.sequence,
    kind: entry.kind,
    sender: entry.sender,
    id: entry.id,
    loggedAtMs: entry.loggedAtMs,
    contentType: entry.contentType,
    body: entry.bodies[bodyIndex]?.body ?? NO_BODY,
  };
}

export function deliverFrame(entry: LogEntry, bodyIndex: number): Uint8Array {
  return encodeFrame('deliver', { conversation: entry.conversation, ...entryFrame(entry, bodyIndex) });
}

/** Whom an entry about membership is about. */
export function concernedBy(entry: LogEntry): UserId | undefined {
  const source = entry.bodies[0]?.body ?? NO_BODY;
  const user = readVarint({ source, at: 0, end: source.length });
  return user < 0 ? undefined : user;
}

/** What the session that asked gets in place of DELIVER. A creation is told its conversation first. */
export function originFrames(entry: LogEntry): Uint8Array[] {
  const sequenced = encodeFrame('sequenced', {
    conversation: entry.conversation,
    id: entry.id,
    sequence: entry.sequence,
    loggedAtMs: entry.loggedAtMs,
  });
  return entry.kind === ENTRY_KINDS.created
    ? [encodeFrame('created', { id: entry.id, conversation: entry.conversation }), sequenced]
    : [sequenced];
}
