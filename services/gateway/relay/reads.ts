/** Answers what a device asks the store for: changes since a position, a gap, history, the list, receipts and their privacy. */
import { decode, encodeFrame } from '../../protocol/codec.ts';
import { ERROR_CODES, type ErrorName } from '../../protocol/error-codes.ts';
import { FRAMES, RECEIPT_KINDS } from '../../protocol/frame-table.ts';
import type { Frame } from '../../protocol/frames.ts';
import { type DeviceKey, userOf } from '../../protocol/ids.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { ChangedPage, Refusal, StoreReads } from '../../store/store.ts';
import { bodyIndexFor, deliverFrame, entryFrame } from './delivery-frames.ts';

export type ReadRequest = Extract<Frame, { name: 'resume' | 'pull' | 'history' | 'list' | 'receipts' | 'receiptPrivacy' }>;

const NO_ID = new Uint8Array(16);
/** Leaves room in a frame for the fields around one largest body. */
const PAGE_BYTES = LIMITS.frameBytes.value - LIMITS.bodyBytes.value - 4_096;

/** The frames that answer a read. Rejects only when the store fails. */
export async function answerRead(store: StoreReads, device: DeviceKey, request: ReadRequest): Promise<Uint8Array[]> {
  const user = userOf(device);
  switch (request.name) {
    case 'resume':
      return [changedFrame(await store.changedSince(user, request.position, LIMITS.changesPerPage.value))];
    case 'pull': {
      const to = Math.min(request.toSequence, request.fromSequence + LIMITS.messagesPerPage.value - 1);
      const page = await store.entries(user, request.conversation, request.fromSequence, to, LIMITS.messagesPerPage.value, PAGE_BYTES);
      if ('refused' in page) return [refusal(page, 'pull')];
      const frames = page.entries.map((entry) => deliverFrame(entry, bodyIndexFor(entry, device)));
      const upToSequence = page.entries.at(-1)?.sequence ?? Math.max(0, request.fromSequence - 1);
      const more = page.entries.length > 0 && upToSequence < request.toSequence ? 1 : 0;
      return [...frames, encodeFrame('pulled', { conversation: request.conversation, upToSequence, more })];
    }
    case 'history': {
      const count = Math.max(1, request.count);
      const page = await store.history(user, request.conversation, request.beforeSequence, count, PAGE_BYTES);
      if ('refused' in page) return [refusal(page, 'history')];
      const entries = page.entries.map((entry) => entryFrame(entry, bodyIndexFor(entry, device)));
      return [encodeFrame('historyPage', { conversation: request.conversation, more: page.more ? 1 : 0, entries })];
    }
    case 'list': {
      const page = await store.list(user, request.position, Math.max(1, request.count));
      if ('refused' in page) return [refusal(page, 'list')];
      return [
        encodeFrame('listPage', {
          position: page.position,
          more: page.more ? 1 : 0,
          rows: page.rows,
        }),
      ];
    }
    case 'receipts': {
      const { conversation } = request;
      const page = await store.receipts(user, conversation, request.position, LIMITS.receiptsPerPage.value);
      if ('refused' in page) return [refusal(page, 'receipts')];
      const receipts = page.receipts.map((receipt) => ({ ...receipt, kind: RECEIPT_KINDS[receipt.kind] }));
      return [encodeFrame('receiptsPage', { conversation, position: page.position, more: page.more ? 1 : 0, receipts })];
    }
    case 'receiptPrivacy':
      await store.setReceiptPrivacy(user, request.withhold === 1);
      return [encodeFrame('receiptPrivacy', { withhold: request.withhold })];
  }
}

/** CHANGED, or the error that says to resume without a position. */
export function changedFrame(page: ChangedPage | Refusal): Uint8Array {
  if ('refused' in page) return refusal(page, 'resume');
  return encodeFrame('changed', { position: page.position, more: page.more ? 1 : 0, changes: page.changes });
}

export function errorFrame(name: ErrorName, aboutType: number, id: Uint8Array = NO_ID, retryAfterMs = 0): Uint8Array {
  return encodeFrame('error', { code: ERROR_CODES[name].code, aboutType, id, retryAfterMs, detail: '' });
}

function refusal(refused: Refusal, about: 'resume' | 'pull' | 'history' | 'list' | 'receipts'): Uint8Array {
  return errorFrame(refused.refused, FRAMES[about].type);
}

/** The one frame of a request as the edge forwarded it; the edge has checked it. */
export function requestFrame(bytes: Uint8Array): Frame | undefined {
  const decoded = decode(bytes);
  return decoded.ok ? decoded.frame : undefined;
}
