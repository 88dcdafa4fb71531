/**
 * A store that writes in steps as the one in Cassandra does (messages, states, progress; the newest cell of a row stands, members
 * are written where they change), and that forgets everything, or stands still, before any step that a test says.
 * Each read is a step too.
 */
import type { LogEntry } from '../bus/records.ts';
import { ENTRY_KINDS } from '../protocol/frame-table.ts';
import { type Conversation, type DecidedBatch, isMember, type Progress, type Store } from '../store/store.ts';
import type { Keepsake, Keepsakes } from './store-watch.ts';

type State = Omit<Conversation, 'id' | 'members'>;

function emptyTables() {
  return {
    entries: new Map<number, Map<number, { readonly entry: LogEntry; readonly offset: number }>>(),
    states: new Map<number, State>(),
    members: new Map<number, { readonly sequence: number; readonly members: Conversation['members'] }>(),
    rejections: new Map<string, number>(),
    progress: new Map<number, Progress>(),
    marks: new Map<number, Keepsake>(),
  };
}

export interface Mishaps {
  /** Numbers of steps. */
  readonly forgetsBefore?: readonly number[];
  /** So does the process whose step it is, but for its other steps. */
  readonly standsStillBefore?: number;
}

/** Longer than a watch takes to look. */
const STANDS_STILL_MS = 1_500;

export class ForgetfulStore {
  readonly store: Store;
  readonly keepsakes: Keepsakes = { read: () => this.read(), put: (marks) => this.put(marks) };
  /** Steps so far. */
  steps = 0;
  private tables = emptyTables();
  private readonly mishaps: Mishaps;

  constructor(mishaps: Mishaps = {}) {
    this.mishaps = mishaps;
    this.store = this.port();
  }

  forget(): void {
    this.tables = emptyTables();
  }

  /** Sequence of the state, and its entries 1..n as far as they have no gap; no step. */
  stored(conversation: number): { readonly lastSequence: number; readonly entries: readonly LogEntry[] } {
    const entries: LogEntry[] = [];
    const rows = this.tables.entries.get(conversation);
    for (let row = rows?.get(1); row !== undefined; row = rows?.get(entries.length + 1)) entries.push(row.entry);
    return { lastSequence: this.tables.states.get(conversation)?.lastSequence ?? 0, entries };
  }

  private async step(): Promise<typeof this.tables> {
    await Promise.resolve();
    const step = ++this.steps;
    if (this.mishaps.forgetsBefore?.includes(step)) this.forget();
    if (this.mishaps.standsStillBefore === step) await Bun.sleep(STANDS_STILL_MS);
    return this.tables;
  }

  private port(): Store {
    const own: Partial<Store> = {
      conversations: async (ids) => {
        const { states, members } = await this.step();
        const found = new Map<number, Conversation>();
        for (const id of ids) {
          const [state, its] = [states.get(id), members.get(id)];
          if (state !== undefined && its !== undefined) found.set(id, { ...state, id, members: its.members });
        }
        return found;
      },
      outcomesAt: async (places) => {
        const { entries, rejections } = await this.step();
        return places.map(({ conversation, offset }) => {
          const code = rejections.get(`${conversation}/${offset}`);
          if (code !== undefined) return { code };
          const found = [...(entries.get(conversation) ?? [])].find(([, row]) => row.offset === offset);
          return found === undefined ? undefined : { sequence: found[0] };
        });
      },
      write: (batch) => this.write(batch),
      progress: async (partition) => (await this.step()).progress.get(partition),
      entries: async (user, conversation, from, to, limit) => {
        const state = (await this.store.conversations([conversation])).get(conversation);
        if (state === undefined) return { refused: 'noConversation' };
        if (!isMember(state, user)) return { refused: 'notMember' };
        const rows = (await this.step()).entries.get(conversation);
        const entries: LogEntry[] = [];
        for (let sequence = from; sequence <= Math.min(to, state.lastSequence) && entries.length < limit; sequence++) {
          const row = rows?.get(sequence);
          if (row === undefined) return entries.length === 0 ? { refused: 'gone' } : { entries, more: true };
          entries.push(row.entry);
        }
        return { entries, more: false };
      },
      close: async () => undefined,
    };
    return own as Store;
  }

  private async write({ partition, applied, rejections, nextOffset, firstLoggedAtMs }: DecidedBatch): Promise<void> {
    const first = await this.step();
    for (const { entry, conversation } of applied) {
      const rows = first.entries.get(conversation.id) ?? new Map();
      first.entries.set(conversation.id, rows.set(entry.sequence, { entry, offset: conversation.offset }));
    }
    for (const { conversation, offset, code } of rejections) first.rejections.set(`${conversation}/${offset}`, code);
    const second = await this.step();
    for (const { entry, conversation } of applied) {
      const { id, members, ...state } = conversation;
      const sequence = state.lastSequence;
      if (sequence >= (second.states.get(id)?.lastSequence ?? 0)) second.states.set(id, state);
      if (entry.kind !== ENTRY_KINDS.message && sequence >= (second.members.get(id)?.sequence ?? 0))
        second.members.set(id, { sequence, members });
    }
    const third = await this.step();
    if (nextOffset > (third.progress.get(partition)?.nextOffset ?? 0)) third.progress.set(partition, { nextOffset, firstLoggedAtMs });
  }

  private async read(): Promise<ReadonlyMap<number, Keepsake>> {
    return new Map((await this.step()).marks);
  }

  private async put(put: ReadonlyMap<number, Keepsake>): Promise<void> {
    const { marks } = await this.step();
    for (const [slot, mark] of put) if (mark.value >= (marks.get(slot)?.value ?? 0)) marks.set(slot, mark);
  }
}
