/**
 * Push: tells a device that is surely offline that something waits. Carries no content: the device connects and asks. At
 * most one call per message and device succeeds; a repetition after an unknown outcome carries the same key.
 */
import type { ConversationId, DeviceKey } from '../protocol/ids.ts';

export interface PushNotice {
  readonly device: DeviceKey;
  readonly conversation: ConversationId;
  readonly sequence: number;
}

export type PushResult =
  | { readonly kind: 'taken' }
  /** The device is gone for good: it is told no more. */
  | { readonly kind: 'unregistered' }
  /** Not taken now; may be tried again after the time. */
  | { readonly kind: 'later'; readonly retryAfterMs: number };

export interface Push {
  /** Results in order of the notices. */
  send(notices: readonly PushNotice[]): Promise<readonly PushResult[]>;
  close(): Promise<void>;
}

/** What makes a repetition known as one: the sender's collapse and idempotency key. */
export function pushKey({ device, conversation, sequence }: PushNotice): string {
  return `${device}.${conversation}.${sequence}`;
}
