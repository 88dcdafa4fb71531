/**
 * Positions of groups in Kafka. Those of `messages` and `receipts` are one group's, whose members commit as such; each
 * partition of `deliveries` has a group of its own that nobody joins, so that a fleet of relays is spread over coordinators.
 * Of commits that come while one is on its way only the last is sent.
 */
import { BackendError } from '../runtime/backend-error.ts';
import type { Topic } from './bus.ts';
import { type GroupPlace, type KafkaDriver, NO_MEMBER } from './kafka-driver.ts';
import { asBackendError, CODES, codeOf, heals, isFencing } from './kafka-failure.ts';
import type { KafkaNames } from './kafka-names.ts';

/** As whom this process commits; undefined: as one who is in no group. */
export type Committer = (group: string, topic: Topic, partition: number) => GroupPlace | 'fenced' | undefined;

interface Position {
  readonly group: string;
  readonly topic: Topic;
  readonly partition: number;
  known: number | undefined;
  wanted: number;
  /** In which the last commit was taken. */
  seat: string;
  running: Promise<void> | undefined;
}

const DEADLINE_MS = 15_000;
const PAUSE_MS = 100;

export class KafkaPositions {
  private readonly driver: KafkaDriver;
  private readonly names: KafkaNames;
  private readonly committer: Committer;
  private readonly fenced: (group: string, topic: Topic, partition: number) => void;
  private readonly positions = new Map<string, Position>();
  private readonly coordinators = new Map<string, number>();

  constructor(
    driver: KafkaDriver,
    names: KafkaNames,
    committer: Committer,
    fenced: (group: string, topic: Topic, partition: number) => void,
  ) {
    this.driver = driver;
    this.names = names;
    this.committer = committer;
    this.fenced = fenced;
  }

  async committed(group: string, topic: Topic, partition: number): Promise<number | undefined> {
    const position = this.position(group, topic, partition);
    const name = this.groupOf(group, topic, partition);
    const found = await this.repeat(name, (coordinator) => this.driver.committed(coordinator, name, this.names.topic(topic), partition));
    position.known = found;
    return found;
  }

  /** Resolves when the group's position is there, or further. */
  async commit(group: string, topic: Topic, partition: number, next: number): Promise<void> {
    const position = this.position(group, topic, partition);
    if (position.known === undefined) await this.committed(group, topic, partition);
    do {
      const as = this.committer(group, topic, partition);
      if (as === 'fenced') this.refuse(group, topic, partition);
      // A member learns from the coordinator alone that it is one no longer, so its first commit in a seat always goes there.
      if ((position.known ?? -1) >= next && (as === undefined || position.seat === seatOf(as))) return;
      position.wanted = Math.max(position.wanted, next, position.known ?? 0);
      position.running ??= this.send(position).finally(() => {
        position.running = undefined;
      });
      await position.running;
    } while ((position.known ?? -1) < next);
  }

  /** What others may have moved meanwhile is asked for again. */
  forget(group: string, topic: Topic, partition: number): void {
    this.positions.delete(keyOf(group, topic, partition));
  }

  private async send(position: Position): Promise<void> {
    const { group, topic, partition } = position;
    const name = this.groupOf(group, topic, partition);
    // Commits of this turn go together.
    await Promise.resolve();
    const next = position.wanted;
    const until = Date.now() + DEADLINE_MS;
    for (;;) {
      const as = this.committer(group, topic, partition);
      if (as === 'fenced') this.refuse(group, topic, partition);
      try {
        const place = as ?? { ...NO_MEMBER, group: name };
        await this.repeat(name, (coordinator) => this.driver.commit(coordinator, place, this.names.topic(topic), partition, next));
        position.known = next;
        position.seat = seatOf(place);
        return;
      } catch (error) {
        const code = codeOf(error instanceof BackendError ? error.cause : error);
        const now = this.committer(group, topic, partition);
        // The group makes a new round: this member's place in it is not known yet, or has just changed.
        const renewed = typeof now === 'object' && typeof as === 'object' && now.generation !== as.generation;
        if ((code === CODES.rebalanceInProgress || (isFencing(code) && renewed)) && Date.now() < until) {
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
          continue;
        }
        if (isFencing(code)) this.refuse(group, topic, partition);
        throw error;
      }
    }
  }

  private refuse(group: string, topic: Topic, partition: number): never {
    this.fenced(group, topic, partition);
    throw new BackendError('fenced', `${topic}/${partition} is not with this member of ${group}`, false);
  }

  private position(group: string, topic: Topic, partition: number): Position {
    const key = keyOf(group, topic, partition);
    let position = this.positions.get(key);
    if (position === undefined) {
      position = { group, topic, partition, known: undefined, wanted: 0, seat: '', running: undefined };
      this.positions.set(key, position);
    }
    return position;
  }

  private groupOf(group: string, topic: Topic, partition: number): string {
    return topic === 'deliveries' ? this.names.single(group, topic, partition) : this.names.shared(group, topic);
  }

  /** Asks the group's coordinator; another one, and again, while the failure may heal. */
  private async repeat<T>(group: string, request: (coordinator: number) => Promise<T>): Promise<T> {
    const until = Date.now() + DEADLINE_MS;
    for (;;) {
      try {
        const coordinator = this.coordinators.get(group) ?? (await this.driver.coordinator(group));
        this.coordinators.set(group, coordinator);
        return await request(coordinator);
      } catch (error) {
        this.coordinators.delete(group);
        if (!heals(codeOf(error)) || Date.now() > until) throw asBackendError(error, `the position of ${group}`);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}

function keyOf(group: string, topic: Topic, partition: number): string {
  return `${group}/${topic}/${partition}`;
}

function seatOf({ memberId, generation }: GroupPlace): string {
  return `${memberId}/${generation}`;
}
