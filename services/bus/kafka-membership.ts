/**
 * One member of a Kafka group: joins, keeps its seat by heartbeats, and says which partitions are its own. It goes on with
 * what it holds while a new round is made. When the coordinator does not answer, neither to heartbeats nor to a join, its
 * partitions may be with others: within two and a half sessions it has lost them.
 */
import { assign, encodeAssignment, encodeSubscription, heldOf, partitionsOf } from './kafka-assignment.ts';
import type { GroupPlace, KafkaDriver } from './kafka-driver.ts';
import { CODES, codeOf, isFencing, KafkaFailure } from './kafka-failure.ts';

export interface MembershipOptions {
  readonly driver: KafkaDriver;
  readonly group: string;
  readonly topic: string;
  readonly partitions: number;
  readonly sessionMs: number;
  readonly assigned: (partitions: readonly number[]) => void;
  readonly failed: (error: unknown) => void;
}

const PROTOCOL = 'parley-sticky';
const RETRY_PAUSE_MS = 200;

export class KafkaMembership {
  private readonly options: MembershipOptions;
  private memberId = '';
  private generation = -1;
  private coordinator: number | undefined;
  private held: readonly number[] = [];
  private heardMs = 0;
  private stopped = false;
  private leaveNext = false;
  private wake: (() => void) | undefined;
  private readonly ended: Promise<void>;

  constructor(options: MembershipOptions) {
    this.options = options;
    this.ended = this.run();
  }

  /** As whom to commit now. */
  get place(): GroupPlace {
    return { group: this.options.group, generation: this.generation, memberId: this.memberId, protocol: PROTOCOL };
  }

  /** False from the moment on that the partitions may be with others. */
  get seated(): boolean {
    return this.generation >= 0;
  }

  /** Leaves the group and joins it as a new member. */
  rejoin(): void {
    this.leaveNext = true;
    this.wake?.();
  }

  /** Leaves; resolves when the coordinator has answered, or after the time. */
  async stop(deadlineMs: number): Promise<void> {
    this.stopped = true;
    this.wake?.();
    await Promise.race([this.ended, pause(deadlineMs)]);
    await Promise.race([this.leave(), pause(deadlineMs)]);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        if (this.leaveNext) await this.startAnew();
        const coordinator = await this.find();
        const partitions = await this.joined(coordinator);
        if (this.stopped) return;
        this.held = partitions;
        this.options.assigned(partitions);
        await this.heartbeats(coordinator);
      } catch (error) {
        this.options.failed(error);
        const code = codeOf(error);
        if (isFencing(code)) this.lose();
        if (code === CODES.noAnswer) this.options.driver.reconnect(this.options.group);
        this.coordinator = undefined;
        await this.sleep(RETRY_PAUSE_MS);
      }
      if (this.seated && Date.now() - this.heardMs > this.options.sessionMs) this.lose();
    }
  }

  private async startAnew(): Promise<void> {
    this.leaveNext = false;
    await Promise.race([this.leave(), pause(this.options.sessionMs)]);
    this.lose();
    this.options.driver.reconnect();
  }

  private async find(): Promise<number> {
    this.coordinator ??= await this.bounded(this.options.driver.coordinator(this.options.group), this.options.sessionMs);
    return this.coordinator;
  }

  private async joined(coordinator: number): Promise<number[]> {
    const { driver, group, topic, partitions, sessionMs } = this.options;
    const joined = await this.bounded(
      driver.join(coordinator, {
        group,
        memberId: this.memberId,
        protocol: PROTOCOL,
        metadata: encodeSubscription(topic, this.held),
        sessionMs,
        rebalanceMs: sessionMs,
      }),
      1.5 * sessionMs,
    );
    this.memberId = joined.memberId;
    this.generation = joined.generation;
    this.heardMs = Date.now();
    const leads = joined.leaderId === joined.memberId;
    const claims = joined.members.map(({ id, metadata }) => ({ member: id, held: heldOf(metadata) }));
    const shares = leads ? assign(claims, partitions) : new Map<string, number[]>();
    const assignments = [...shares].map(([id, share]) => ({ id, metadata: encodeAssignment(topic, share) }));
    const answer = await this.bounded(driver.sync(coordinator, this.place, assignments), 1.5 * sessionMs);
    this.heardMs = Date.now();
    return partitionsOf(answer);
  }

  /** Until the group wants a new round, the seat is lost, or this member leaves. */
  private async heartbeats(coordinator: number): Promise<void> {
    const { driver, sessionMs } = this.options;
    while (!this.stopped && !this.leaveNext) {
      await this.sleep(sessionMs / 10);
      if (this.stopped || this.leaveNext) return;
      try {
        const sentMs = Date.now();
        await this.bounded(driver.heartbeat(coordinator, this.place), sessionMs / 2);
        this.heardMs = sentMs;
      } catch (error) {
        if (codeOf(error) === CODES.rebalanceInProgress) return;
        throw error;
      }
    }
  }

  private lose(): void {
    this.memberId = '';
    this.generation = -1;
    this.held = [];
    this.options.assigned([]);
  }

  private async leave(): Promise<void> {
    if (this.memberId === '') return;
    const { place } = this;
    this.generation = -1;
    this.memberId = '';
    try {
      await this.options.driver.leave(this.coordinator ?? (await this.options.driver.coordinator(this.options.group)), place);
    } catch {
      // Its session ends by itself.
    }
  }

  private sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private bounded<T>(running: Promise<T>, milliseconds: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new KafkaFailure(CODES.noAnswer, `no answer to ${this.options.group} in ${milliseconds} ms`)),
        milliseconds,
      );
      running.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
