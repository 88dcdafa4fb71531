/**
 * What a worker's ledger says was done before it was killed: which messages have their answer, which were sent, and how far
 * each of its connections is in each conversation. The ledger is the application here: what is in it was handed over, what
 * the process held beside it was not.
 */
import type { Population } from '../plan/population.ts';
import { forEachArrival, messagesDue, type SchedulePlan } from '../plan/schedule.ts';
import { EVENTS, type LedgerHead } from './format.ts';
import { type LedgerChunks, visitLedger } from './reader.ts';

export const PAST = { untouched: 0, sent: 1, decided: 2 } as const;

export interface Past {
  /** By the number of a message: one of PAST. */
  readonly messages: Uint8Array;
  /** Conversations whose creation was answered. */
  readonly creations: ReadonlySet<number>;
  /** Calls back for each connection and conversation, both of the plan, of which something was handed over without a gap. */
  forEachCursor(visit: (connection: number, conversation: number, sequence: number) => void): void;
}

/** Undefined when the file has no head: then nothing was done. Throws when it is another's. */
export function readPast(chunks: LedgerChunks, head: LedgerHead, population: Population, schedule: SchedulePlan): Past | undefined {
  const messages = new Uint8Array(messagesDue(schedule));
  const conversationOf = new Uint32Array(messages.length);
  for (let second = 0; second < schedule.seconds; second++)
    forEachArrival(schedule, population, second, (arrival) => {
      conversationOf[arrival.number] = arrival.conversation;
    });
  const creations = new Set<number>();
  const cursors = new Map<number, Cursor>();
  const conversations = Math.max(1, population.plan.conversations);
  const handedOver = (connection: number, conversation: number, sequence: number) => {
    const key = connection * conversations + conversation;
    const cursor = cursors.get(key) ?? { contiguous: 0, ahead: new Set<number>() };
    cursors.set(key, cursor);
    if (sequence > cursor.contiguous) cursor.ahead.add(sequence);
    while (cursor.ahead.delete(cursor.contiguous + 1)) cursor.contiguous++;
  };
  const found = visitLedger(chunks, ({ kind, number, connection, sequence }) => {
    switch (kind) {
      case EVENTS.sent:
      case EVENTS.accepted:
        if (messages[number] === PAST.untouched) messages[number] = PAST.sent;
        return;
      case EVENTS.sequenced:
        messages[number] = PAST.decided;
        return handedOver(connection, conversationOf[number]!, sequence);
      case EVENTS.rejected:
      case EVENTS.unsent:
        messages[number] = PAST.decided;
        return;
      case EVENTS.delivered:
        return handedOver(connection, conversationOf[number]!, sequence);
      case EVENTS.created:
        creations.add(number);
        return handedOver(connection, number, sequence);
      case EVENTS.creationRejected:
        creations.add(number);
        return;
      case EVENTS.creationDelivered:
        return handedOver(connection, number, sequence);
    }
  });
  if (found === undefined) return undefined;
  if (found.nonce !== head.nonce || found.worker !== head.worker) throw new Error('the ledger is of another run or worker');
  return {
    messages,
    creations,
    forEachCursor: (visit) => {
      for (const [key, { contiguous }] of cursors)
        if (contiguous > 0) visit(Math.floor(key / conversations), key % conversations, contiguous);
    },
  };
}

interface Cursor {
  contiguous: number;
  /** One's own entries are known by their answer, which may come before what stands below them. */
  readonly ahead: Set<number>;
}
