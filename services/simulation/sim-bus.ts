/**
 * The bus of a simulation: logs that keep everything, groups, and a coordinator that gives partitions to members and takes
 * them away; and the client of it that a process holds, over a courier. A member that was replaced goes on until it hears of
 * it, as in Kafka; only its commits are refused.
 */
import {
  type BatchHandler,
  type BusRecord,
  type Holding,
  type SharedBus,
  type Start,
  type Subscription,
  TOPICS,
  type Topic,
} from '../bus/bus.ts';
import { Consumer, type Fetched } from '../bus/consumer.ts';
import { Holdings } from '../bus/holdings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import type { Backend, Courier } from './courier.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface BusWatch {
  readonly appended: (topic: Topic, partition: number, records: readonly BusRecord[]) => void;
  readonly committed: (group: string, topic: Topic, partition: number, before: number, next: number) => void;
  readonly fenced: (group: string, topic: Topic, partition: number) => void;
}

interface Member {
  readonly number: number;
  heardMs: number;
}

interface Group {
  readonly members: Member[];
  /** Member of each partition. */
  readonly owners: Array<Member | undefined>;
}

const SESSION_MS = 1_500;
const BATCH_RECORDS = 16;
const POLL_MS = 700;

export class BusServer implements Backend {
  readonly name = 'bus';
  readonly keepsOrder = true;
  awayUntilMs = 0;
  /** The broker's clock is so far behind. */
  clockBackMs = 0;
  private readonly time: VirtualTime;
  private readonly counts: Readonly<Record<Topic, number>>;
  private readonly below: (below: number) => number;
  private readonly watch: BusWatch;
  private readonly logs = new Map<string, BusRecord[]>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly positions = new Map<string, number>();
  private readonly groups = new Map<string, Group>();
  private members = 0;

  constructor(time: VirtualTime, counts: Readonly<Record<Topic, number>>, below: (below: number) => number, watch: BusWatch) {
    this.time = time;
    this.counts = counts;
    this.below = below;
    this.watch = watch;
    for (const topic of TOPICS) {
      for (let partition = 0; partition < counts[topic]; partition++) {
        this.logs.set(`${topic}/${partition}`, []);
        this.waiting.set(`${topic}/${partition}`, new Set());
      }
    }
  }

  partitions(topic: Topic): number {
    return this.counts[topic];
  }

  log(topic: Topic, partition: number): BusRecord[] {
    const log = this.logs.get(`${topic}/${partition}`);
    if (log === undefined) throw new BackendError('noPartition', `${topic}/${partition}`, false);
    return log;
  }

  append(topic: Topic, partition: number, values: readonly Uint8Array[]): number {
    const log = this.log(topic, partition);
    const first = log.length;
    const loggedAtMs = Math.floor(this.time.nowMs - this.clockBackMs);
    for (const value of values) log.push({ offset: log.length, loggedAtMs, value });
    this.watch.appended(topic, partition, log.slice(first));
    for (const wake of [...this.waiting.get(`${topic}/${partition}`)!]) wake();
    return first;
  }

  async fetch(topic: Topic, partition: number, from: number): Promise<Fetched> {
    const log = this.log(topic, partition);
    if (from >= log.length) {
      const waiting = this.waiting.get(`${topic}/${partition}`)!;
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          timer.cancelled = true;
          resolve();
        };
        const timer = this.time.after(this.time.current, POLL_MS, 'poll', wake);
        waiting.add(wake);
      });
    }
    return { records: log.slice(from, from + 1 + this.below(BATCH_RECORDS)), earliest: 0, end: log.length };
  }

  position(group: string, topic: Topic, partition: number): number | undefined {
    return this.positions.get(`${group}/${topic}/${partition}`);
  }

  commit(group: string, topic: Topic, partition: number, next: number, member: number | undefined): void {
    const owner = this.groups.get(`${group}/${topic}`)?.owners[partition];
    if (this.groups.has(`${group}/${topic}`) && owner?.number !== member) {
      this.watch.fenced(group, topic, partition);
      throw new BackendError('fenced', `${topic}/${partition} has another owner`, false);
    }
    const key = `${group}/${topic}/${partition}`;
    const before = this.positions.get(key) ?? 0;
    if (next <= before) return;
    this.watch.committed(group, topic, partition, before, next);
    this.positions.set(key, next);
  }

  join(name: string, partitions: number): number {
    const group = this.groups.get(name) ?? { members: [], owners: new Array<Member | undefined>(partitions).fill(undefined) };
    this.groups.set(name, group);
    const member = { number: ++this.members, heardMs: this.time.nowMs };
    group.members.push(member);
    this.assign(group);
    return member.number;
  }

  /** The member's partitions, or undefined when it is none any more. */
  heard(name: string, number: number): readonly number[] | undefined {
    const group = this.groups.get(name)!;
    for (const member of [...group.members]) {
      if (member.number === number) member.heardMs = this.time.nowMs;
      else if (member.heardMs < this.time.nowMs - SESSION_MS) this.remove(group, member);
    }
    if (!group.members.some((member) => member.number === number)) return undefined;
    return group.owners.flatMap((owner, partition) => (owner?.number === number ? [partition] : []));
  }

  leave(name: string, number: number): void {
    const group = this.groups.get(name);
    const member = group?.members.find((member) => member.number === number);
    if (member !== undefined) this.remove(group!, member);
  }

  /** Partitions go to whom the dice say, without a word to those who had them. */
  shuffle(): void {
    for (const group of this.groups.values()) {
      for (let partition = 0; partition < group.owners.length; partition++) {
        if (group.members.length > 0) group.owners[partition] = group.members[this.below(group.members.length)];
      }
    }
  }

  private remove(group: Group, member: Member): void {
    group.members.splice(group.members.indexOf(member), 1);
    group.owners.forEach((owner, partition) => {
      if (owner === member) group.owners[partition] = undefined;
    });
    this.assign(group);
  }

  private assign(group: Group): void {
    if (group.members.length === 0) return;
    const newest = group.members.at(-1);
    group.owners.forEach((owner, partition) => {
      if (owner === undefined || (partition % group.members.length === 0 && group.members.length > 1)) {
        group.owners[partition] = owner === undefined ? group.members[partition % group.members.length] : newest;
      }
    });
  }
}

const HEARTBEAT_MS = 300;

/** A process's client of the bus. */
export class SimBus implements SharedBus {
  private readonly server: BusServer;
  private readonly courier: Courier;
  private readonly onGap: (group: string, topic: Topic, partition: number) => void;
  private readonly memberOf = new Map<string, number>();
  private readonly holdings = new Map<string, Holdings>();
  private readonly consumers = new Set<Consumer>();

  constructor(server: BusServer, courier: Courier, onGap: (group: string, topic: Topic, partition: number) => void) {
    this.server = server;
    this.courier = courier;
    this.onGap = onGap;
  }

  partitions(topic: Topic): number {
    return this.server.partitions(topic);
  }

  append(topic: Topic, partition: number, values: readonly Uint8Array[]): Promise<number> {
    const copies = values.map((value) => new Uint8Array(value));
    return this.courier.call(this.server, 'bus.append', () => this.server.append(topic, partition, copies));
  }

  async consume(group: string, topic: Topic, partition: number, handler: BatchHandler, start: Start = 'committed'): Promise<Subscription> {
    return this.consumer(group, topic, partition, handler, () =>
      start === 'committed' ? this.committed(group, topic, partition) : Promise.resolve(start === 'earliest' ? undefined : start),
    );
  }

  async commit(group: string, topic: Topic, partition: number, nextOffset: number): Promise<void> {
    const name = `${group}/${topic}`;
    const member = this.memberOf.get(name);
    try {
      await this.courier.call(this.server, 'bus.commit', () => this.server.commit(group, topic, partition, nextOffset, member));
    } catch (error) {
      if (error instanceof BackendError && error.code === 'fenced') this.holdings.get(name)?.renew(partition);
      throw error;
    }
  }

  committed(group: string, topic: Topic, partition: number): Promise<number | undefined> {
    return this.courier.call(this.server, 'bus.committed', () => this.server.position(group, topic, partition));
  }

  end(topic: Topic, partition: number): Promise<number> {
    return this.courier.call(this.server, 'bus.end', () => this.server.log(topic, partition).length);
  }

  offsetAt(topic: Topic, partition: number, loggedAtMs: number): Promise<number> {
    return this.courier.call(this.server, 'bus.offsetAt', () => {
      const log = this.server.log(topic, partition);
      const found = log.findIndex((record) => record.loggedAtMs >= loggedAtMs);
      return found < 0 ? log.length : found;
    });
  }

  async share(group: string, topic: Topic, hold: (partition: number) => Promise<Holding>): Promise<Subscription> {
    const name = `${group}/${topic}`;
    let stopped = false;
    const holdings = new Holdings({
      hold,
      consume: (partition, holding) => this.consumer(group, topic, partition, holding.take, () => Promise.resolve(holding.from)),
      failed: () => undefined,
      sleep: pause,
    });
    this.holdings.set(name, holdings);
    const beat = async () => {
      while (!stopped) {
        try {
          await this.beat(name, topic, holdings);
        } catch {
          // It tries again; the coordinator gives its partitions away meanwhile.
        }
        await pause(HEARTBEAT_MS);
      }
    };
    void beat();
    return {
      stop: async () => {
        stopped = true;
        await holdings.release();
        const member = this.memberOf.get(name);
        if (member === undefined) return;
        await this.courier.call(this.server, 'bus.leave', () => this.server.leave(name, member)).catch(() => undefined);
      },
    };
  }

  /** Tells the coordinator that it lives, and hears which partitions are its own. */
  private async beat(name: string, topic: Topic, holdings: Holdings): Promise<void> {
    let member = this.memberOf.get(name);
    if (member === undefined) {
      member = await this.courier.call(this.server, 'bus.join', () => this.server.join(name, this.server.partitions(topic)));
      this.memberOf.set(name, member);
    }
    const number = member;
    const mine = await this.courier.call(this.server, 'bus.heartbeat', () => this.server.heard(name, number));
    holdings.assign(mine ?? []);
    if (mine === undefined) this.memberOf.delete(name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.consumers].map((consumer) => consumer.stop()));
  }

  private consumer(
    group: string,
    topic: Topic,
    partition: number,
    handler: BatchHandler,
    start: () => Promise<number | undefined>,
  ): Consumer {
    const consumer = new Consumer({
      handler,
      start,
      fetch: (from) => this.courier.call(this.server, 'bus.fetch', () => this.server.fetch(topic, partition, from)),
      sleep: pause,
      gap: () => this.onGap(group, topic, partition),
      failed: () => undefined,
    });
    this.consumers.add(consumer);
    return consumer;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
