/** What the relay asks of a store beside StoreReads, while the port is moved over. */
import type { ConversationId, DeviceKey, UserId } from '../../protocol/ids.ts';
import type { Refusal, Store, StoreReads } from '../../store/store.ts';

export interface StoreServices extends StoreReads, Pick<Store, 'conversations'> {
  receipts(
    user: UserId,
    conversation: ConversationId,
    position: Uint8Array,
    limit: number,
  ): Promise<
    | {
        readonly receipts: ReadonlyArray<{ readonly kind: 'delivered' | 'read'; readonly user: UserId; readonly sequence: number }>;
        readonly position: Uint8Array;
        readonly more: boolean;
      }
    | Refusal
  >;
  setReceiptPrivacy(user: UserId, withhold: boolean): Promise<void>;
  addDevice?(device: DeviceKey): Promise<void>;
}
