/**
 * How keys are spread over a cluster: a user belongs to one of so many sections, and a section stands on one node. Each has a
 * mark, which is gone when the section was lost, as by the restart of a node without persistence.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { RedisClient, RedisCommand } from '../backends/redis-client.ts';
import type { UserId } from '../protocol/ids.ts';
import { MARK } from './routes-scripts.ts';

/** Never changed in place: other counts are another prefix. */
export const SECTIONS = 64;
const LIFE = /^(\d+)\./;

export function sectionOf(id: number): number {
  // Ids of a cell are neighbours: the low bits alone spread them, the high ones hold the cell.
  return Math.imul((id % 0x1_0000_0000) ^ (id / 0x1_0000_0000), 0x9e37_79b1) >>> 26;
}

/** `kind`: r routes, o those that they displaced, m mark, l leases, s last seen, p presence channel, t typing channel */
export function sectionKey(prefix: string, kind: string, section: number, id: UserId | '' = ''): string {
  return `${prefix}${kind}{${section}}${id}`;
}

export class SectionMarks {
  /** Of what is known, in few characters: two processes that know the same say the same. */
  digest = '';
  private readonly client: RedisClient;
  private readonly prefix: string;
  private readonly onLost: () => void;
  private known: readonly string[] = [];
  private reading: Promise<void> | undefined;

  constructor(client: RedisClient, prefix: string, onLost: () => void) {
    this.client = client;
    this.prefix = prefix;
    this.onLost = onLost;
  }

  /** Asks for a section's mark, ahead of commands about its keys. */
  ask(key: string): RedisCommand {
    return { name: 'get', key: this.keyOf(key) };
  }

  /** The mark that was answered for a key's section is the one that was known. */
  stands(key: string, mark: unknown): boolean {
    return mark !== null && mark === this.known[numberIn(key)];
  }

  /** The youngest section has been written for so long. */
  ageMs(nowMs: number): number {
    let ageMs = Number.POSITIVE_INFINITY;
    for (const mark of this.known) ageMs = Math.min(ageMs, nowMs - Number(LIFE.exec(mark)?.[1] ?? nowMs));
    return this.known.length === 0 ? 0 : ageMs;
  }

  /** Reads all marks, and sets those that are missing. Those who call meanwhile share the answer. */
  read(): Promise<void> {
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAll(): Promise<void> {
    const text = randomBytes(9).toString('base64url');
    const { replies } = await this.client.run(
      Array.from({ length: SECTIONS }, (_, section) => ({
        name: MARK.name,
        key: sectionKey(this.prefix, 'm', section),
        rest: [`${text}${section}`],
      })),
    );
    const before = this.known;
    this.known = replies.map(String);
    this.digest = createHash('sha256').update(this.known.join()).digest('base64url').slice(0, 12);
    if (before.length > 0 && before.some((mark, section) => mark !== this.known[section])) this.onLost();
  }

  private keyOf(key: string): string {
    return sectionKey(this.prefix, 'm', numberIn(key));
  }
}

function numberIn(key: string): number {
  return Number(key.slice(key.indexOf('{') + 1, key.indexOf('}')));
}
