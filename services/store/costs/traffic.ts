/** Messages as dispatch decides them, for measuring: conversations of one size, each message of the next conversation in turn. */
import { ENTRY_KINDS } from '../../protocol/frame-table.ts';
import { deviceKey, type UserId } from '../../protocol/ids.ts';
import type { Applied, DecidedBatch } from '../store.ts';

export interface TrafficShape {
  readonly conversations: number;
  readonly members: number;
  /** Users that the conversations share; each is in conversations · members / users of them. */
  readonly users: number;
  readonly bodyBytes: number;
  /** As encrypted ones: nothing for a compressor. */
  readonly randomBodies?: true;
}

export class Traffic {
  readonly shape: TrafficShape;
  private readonly firstConversation: number;
  private readonly firstUser: number;
  private readonly sequences: number[];
  private offset = 0;

  constructor(shape: TrafficShape, firstConversation: number, firstUser: number) {
    this.shape = shape;
    this.firstConversation = firstConversation;
    this.firstUser = firstUser;
    this.sequences = new Array<number>(shape.conversations).fill(0);
  }

  userAt(index: number): UserId {
    return this.firstUser + (index % this.shape.users);
  }

  conversationAt(index: number): number {
    return this.firstConversation + (index % this.shape.conversations);
  }

  /** Each conversation with each of its members. */
  conversationMembers(): ReadonlyArray<readonly [conversation: number, user: UserId]> {
    return Array.from({ length: this.shape.conversations }, (_, index) => index).flatMap((index) =>
      this.membersOf(index).map((user) => [this.conversationAt(index), user] as const),
    );
  }

  /** The next `count` outcomes: first the creations, then messages. */
  next(count: number): DecidedBatch {
    const firstLoggedAtMs = 1_000_000 + this.offset;
    const applied = Array.from({ length: count }, () => this.one());
    return { partition: 0, applied, rejections: [], nextOffset: this.offset, firstLoggedAtMs };
  }

  private bodyOf(bytes: number): Uint8Array {
    const body = new Uint8Array(bytes);
    return this.shape.randomBodies === true ? crypto.getRandomValues(body) : body.fill(120);
  }

  private one(): Applied {
    const { conversations, bodyBytes } = this.shape;
    const index = this.offset % conversations;
    const offset = this.offset++;
    const sequence = ++this.sequences[index]!;
    const id = this.conversationAt(index);
    const members = this.membersOf(index);
    const loggedAtMs = 1_000_000 + offset;
    const entry = {
      conversation: id,
      sequence,
      kind: sequence === 1 ? ENTRY_KINDS.created : ENTRY_KINDS.message,
      sender: deviceKey(members[sequence % members.length]!, 1),
      id: new Uint8Array(16).fill(sequence),
      loggedAtMs,
      contentType: 1,
      bodies: [{ device: 0, body: this.bodyOf(bodyBytes) }],
    };
    const conversation = { id, lastSequence: sequence, members, offset, changedAtMs: loggedAtMs, restedAtMs: loggedAtMs };
    return { conversation, entry, recipients: members };
  }

  /** Spread over the users, so that neighbours in one conversation are not in all. */
  private membersOf(index: number): UserId[] {
    const { members, users } = this.shape;
    const found = new Set<UserId>();
    for (let step = 0; found.size < members; step++) found.add(this.userAt(index * members + step));
    return [...found].sort((a, b) => a - b).slice(0, Math.min(members, users));
  }
}
