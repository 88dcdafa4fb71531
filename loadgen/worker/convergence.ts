/**
 * Whether all that should have spread has spread. Tails: what one member of a conversation was handed, or was told of his own
 * message, the others have too, though nothing new came to show them a gap. Receipts: what a member acknowledged or read
 * is what another member is shown. Both of what is known when the check begins, among this worker's connections.
 */

import type { FrameOf } from '../../services/protocol/frames.ts';
import type { Session } from '../client/session.ts';

export interface Convergence {
  /** Places (a device in a conversation) and how many of them lack something at the end. */
  readonly tails: number;
  readonly tailsBehind: number;
  /** Marks (a member as another one sees him); 0 where the server answers nobody who asks for them. */
  readonly receipts: number;
  readonly receiptsBehind: number;
}

interface Mark {
  /** Whose mark, on the server. */
  readonly user: number;
  readonly sequence: number;
}

interface Question {
  readonly connection: number;
  readonly conversation: number;
  readonly open: Mark[];
  readonly kind: number;
}

/** After which what lacks is behind. Longer than a gap takes to be asked for again. */
const LIMIT_MS = 10_000;
const ASK_AGAIN_MS = 500;
const QUESTIONS = 200;

export class ConvergenceCheck {
  private readonly session: Session;
  private readonly userOf: (connection: number) => number;
  private readonly done: (result: Convergence) => void;
  private readonly known = new Map<number, number>();
  private readonly wanted = new Map<number, number>();
  private readonly questions = new Map<string, Question>();
  private readonly untilMs: number;
  private readonly tails: number;
  private readonly receipts: number;
  private pages = 0;
  private askAgainMs = 0;

  /** `done` is called once, from `tick`. */
  constructor(session: Session, userOf: (connection: number) => number, nowMs: number, done: (result: Convergence) => void) {
    this.session = session;
    this.userOf = userOf;
    this.done = done;
    this.untilMs = nowMs + LIMIT_MS;
    const { memberships } = session;
    const places = new Map<number, number[]>();
    for (let slot = 0; slot < memberships.size; slot++) {
      const conversation = memberships.conversations[slot]!;
      this.known.set(conversation, Math.max(this.known.get(conversation) ?? 0, memberships.cursors[slot]!));
      const others = places.get(conversation);
      if (others === undefined) places.set(conversation, [slot]);
      else others.push(slot);
    }
    for (let slot = 0; slot < memberships.size; slot++)
      if (session.isOpen(memberships.connections[slot]!)) this.wanted.set(slot, this.known.get(memberships.conversations[slot]!)!);
    this.receipts = this.choose([...places.values()].filter((slots) => slots.length > 1));
    this.tails = this.wanted.size;
  }

  get nextMs(): number {
    return this.askAgainMs;
  }

  receiptsPage(connection: number, page: FrameOf<'receiptsPage'>): void {
    const key = keyOf(connection, page.conversation);
    const question = this.questions.get(key);
    this.pages++;
    if (question === undefined) return;
    for (const { user, kind, sequence } of page.receipts) {
      const at = question.open.findIndex((mark) => mark.user === user && kind >= question.kind && sequence >= mark.sequence);
      if (at >= 0) question.open.splice(at, 1);
    }
    if (page.more === 1 && question.open.length > 0) this.session.askReceipts(connection, page.conversation, page.position);
    if (question.open.length === 0) this.questions.delete(key);
  }

  tick(nowMs: number): void {
    if (nowMs < this.askAgainMs) return;
    this.askAgainMs = nowMs + ASK_AGAIN_MS;
    const { memberships, isOpen } = this.session;
    for (const [slot, sequence] of this.wanted)
      if (memberships.cursors[slot]! >= sequence || !isOpen(memberships.connections[slot]!)) this.wanted.delete(slot);
    if ((this.wanted.size === 0 && this.questions.size === 0) || nowMs >= this.untilMs) {
      this.askAgainMs = Number.POSITIVE_INFINITY;
      let receiptsBehind = 0;
      for (const { open } of this.questions.values()) receiptsBehind += open.length;
      const tails = { tails: this.tails, tailsBehind: this.wanted.size };
      return this.done(
        this.pages === 0 ? { ...tails, receipts: 0, receiptsBehind: 0 } : { ...tails, receipts: this.receipts, receiptsBehind },
      );
    }
    for (const { connection, conversation } of this.questions.values())
      if (isOpen(connection)) this.session.askReceipts(connection, conversation, NO_POSITION);
  }

  /** One asks about another's mark, in conversations of which at least two members are ours. Gives the marks that were chosen. */
  private choose(conversations: ReadonlyArray<readonly number[]>): number {
    const { memberships, cursors, isOpen } = this.session;
    const step = Math.max(1, Math.floor(conversations.length / QUESTIONS));
    let marks = 0;
    for (let at = 0; at < conversations.length; at += step) {
      const [asking, ...others] = conversations[at]! as [number, ...number[]];
      const connection = memberships.connections[asking]!;
      const conversation = memberships.serverIds[asking]!;
      if (conversation === 0 || !isOpen(connection)) continue;
      const open = others
        .map((slot) => ({ user: this.userOf(memberships.connections[slot]!), sequence: cursors.acknowledgedOf(slot) }))
        .filter(({ user, sequence }) => sequence > 0 && user !== this.userOf(connection));
      if (open.length === 0) continue;
      marks += open.length;
      const kind = this.session.cursors.kindOf(asking);
      this.questions.set(keyOf(connection, conversation), { connection, conversation, open, kind });
    }
    return marks;
  }
}

const NO_POSITION = new Uint8Array(0);

function keyOf(connection: number, conversation: number): string {
  return `${connection} ${conversation}`;
}
