/** What pages of every store are made of: the last message of a list row, and receipts in order of their users. Pure. */
import type { LogEntry } from '../bus/records.ts';
import type { UserId } from '../protocol/ids.ts';
import { LIMITS } from '../protocol/limits.ts';
import { writeReceiptsPosition } from './positions.ts';
import { type ListRow, type Receipt, type ReceiptPage, SNIPPET_BYTES } from './store.ts';

const NOTHING = new Uint8Array(0);

/** The fields of a list row about the last message; of one with a body per device nothing of a body is shown. */
export function lastMessageOf(message: LogEntry | undefined): Pick<ListRow, 'sender' | 'contentType' | 'snippet'> {
  if (message === undefined) return { sender: 0, contentType: 0, snippet: NOTHING };
  const body = message.bodies.find(({ device }) => device === 0)?.body ?? NOTHING;
  return { sender: message.sender, contentType: message.contentType, snippet: body.slice(0, SNIPPET_BYTES) };
}

/** Receipts of the members but `reader` who come after the user `after`. A user's two receipts stay on one page. */
export function receiptPage(
  members: readonly UserId[],
  reader: UserId,
  after: UserId,
  limit: number,
  visible: (user: UserId) => readonly Receipt[],
): ReceiptPage {
  const most = Math.min(Math.max(2, limit), LIMITS.receiptsPerPage.value);
  const receipts: Receipt[] = [];
  let last = after;
  for (const user of members) {
    if (user <= after || user === reader) continue;
    const its = visible(user);
    if (receipts.length + its.length > most) return { receipts, position: writeReceiptsPosition(last), more: true };
    receipts.push(...its);
    last = user;
  }
  return { receipts, position: writeReceiptsPosition(Math.max(0, last)), more: false };
}
