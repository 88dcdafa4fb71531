/**
 * What is true of receipts: how far each user has received and read, and which of his reads he withheld. A read counts as
 * withheld when it was made after the server had confirmed that it withholds, with no other wish under way.
 * One that is still on its way to the store when its user wishes to show his reads again may be shown.
 */
import type { ConversationId, DeviceKey, UserId } from '../protocol/ids.ts';
import { userOf } from '../protocol/ids.ts';

interface Privacy {
  withheld: boolean;
  /** Wishes of any of his devices that may still take effect: which of them is the last is not known before. */
  underWay: number;
  /** Of the last one under way, what it wished, and whether one beside it wished otherwise: their answers come in any order. */
  wished: boolean;
  contrary: boolean;
}

export class ReceiptTruth {
  private readonly privacy = new Map<UserId, Privacy>();
  /** Highest sequence that a user has read and may be shown as read. */
  private readonly shown = new Map<string, number>();
  private readonly received = new Map<string, number>();
  /** Highest read that was made while withheld, and highest that the store was told of. */
  private readonly hidden = new Map<string, number>();
  private readonly stored = new Map<string, number>();
  private readonly violated: (what: string) => void;

  constructor(violated: (what: string) => void) {
    this.violated = violated;
  }

  handed(device: DeviceKey, conversation: ConversationId, sequence: number): void {
    raise(this.received, `${userOf(device)}/${conversation}`, sequence);
  }

  read(device: DeviceKey, conversation: ConversationId, sequence: number): void {
    const marks = this.of(userOf(device)).withheld ? this.hidden : this.shown;
    raise(marks, `${userOf(device)}/${conversation}`, sequence);
  }

  /** A read reached the store, which decides what becomes of it. */
  marked(device: DeviceKey, conversation: ConversationId, sequence: number): void {
    raise(this.stored, `${userOf(device)}/${conversation}`, sequence);
  }

  asked(device: DeviceKey, withhold: boolean): void {
    const privacy = this.of(userOf(device));
    privacy.contrary ||= privacy.underWay > 0 && privacy.wished !== withhold;
    privacy.wished = withhold;
    privacy.underWay++;
    if (withhold) return;
    privacy.withheld = false;
    for (const [key, sequence] of this.hidden) {
      if (key.startsWith(`${userOf(device)}/`) && sequence > (this.stored.get(key) ?? 0)) raise(this.shown, key, sequence);
    }
  }

  confirmed(device: DeviceKey, withhold: boolean): void {
    const privacy = this.of(userOf(device));
    privacy.underWay--;
    privacy.withheld = withhold && privacy.underWay === 0 && !privacy.contrary;
    if (privacy.underWay === 0) privacy.contrary = false;
  }

  /** A device is shown how far another user is. */
  seen(device: DeviceKey, conversation: ConversationId, user: UserId, kind: 'delivered' | 'read', sequence: number): void {
    const key = `${user}/${conversation}`;
    const received = this.received.get(key) ?? 0;
    if (sequence > received)
      this.violated(`device ${device} is shown that user ${user} has ${sequence} of ${conversation}, who has ${received}`);
    // His own other devices follow what he read, whatever others may see.
    if (kind === 'delivered' || userOf(device) === user) return;
    const shown = this.shown.get(key) ?? 0;
    if (sequence > shown)
      this.violated(`device ${device} is shown that user ${user} has read ${sequence} of ${conversation}, who shows ${shown}`);
  }

  private of(user: UserId): Privacy {
    const privacy = this.privacy.get(user) ?? { withheld: false, underWay: 0, wished: false, contrary: false };
    this.privacy.set(user, privacy);
    return privacy;
  }
}

function raise(marks: Map<string, number>, key: string, sequence: number): void {
  if (sequence > (marks.get(key) ?? 0)) marks.set(key, sequence);
}
