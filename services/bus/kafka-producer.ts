/**
 * Appends to Kafka. What comes within `lingerMs` goes out as one request per broker, with one batch per partition; a broker
 * has one request in flight, and a batch that was not answered goes again under its number, so that it is stored once. An
 * append is acknowledged only for offsets that lie behind all that were acknowledged before (platformatic/kafka#326). Bytes
 * that wait are bounded: over the limit an append is refused, which is the caller's backpressure.
 */
import { BackendError } from '../runtime/backend-error.ts';
import type { KafkaDriver, ProduceBatch, ProducerIdentity } from './kafka-driver.ts';
import { asBackendError, CODES, codeOf, heals, KafkaFailure } from './kafka-failure.ts';
import type { KafkaLeaders } from './kafka-leaders.ts';
import { MAX_BATCH_BYTES } from './kafka-topics.ts';

export interface ProducerOptions {
  readonly driver: KafkaDriver;
  readonly leaders: KafkaLeaders;
  readonly lingerMs: number;
  readonly pendingBytes: number;
  /** After this time without success an append is rejected; its outcome is unknown. */
  readonly deadlineMs: number;
  readonly counts: ProducerCounts;
}

/** Written by the producer, read by metrics and the bench. */
export interface ProducerCounts {
  requests: number;
  batches: number;
  records: number;
  retries: number;
  pendingBytes: number;
}

interface Append {
  readonly values: readonly Uint8Array[];
  readonly bytes: number;
  readonly deadlineMs: number;
  readonly resolve: (offset: number) => void;
  readonly reject: (error: BackendError) => void;
}

/** Appends of one partition that went out together, under one number. */
interface Sent {
  readonly identity: ProducerIdentity;
  readonly batch: ProduceBatch;
  readonly appends: readonly Append[];
  attempts: number;
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly waiting: Append[];
  sent: Sent | undefined;
  identity: ProducerIdentity | undefined;
  nextSequence: number;
  /** Behind the last acknowledged offset. */
  end: number;
}

const RECORD_OVERHEAD_BYTES = 32;
/** Batches above this are not made larger. */
const BATCH_BYTES = 1_048_576;
const REQUEST_BYTES = 16 * 1_048_576;
const LAST_SEQUENCE = 0x7fff_ffff;
const RETRY_PAUSE_MS = 100;

export class KafkaProducer {
  private readonly options: ProducerOptions;
  private readonly partitions = new Map<string, Partition>();
  private readonly ready = new Set<Partition>();
  private readonly busy = new Set<number>();
  private identity: ProducerIdentity | undefined;
  private identifying: Promise<void> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(options: ProducerOptions) {
    this.options = options;
  }

  append(topic: string, partition: number, values: readonly Uint8Array[]): Promise<number> {
    const { counts, pendingBytes, deadlineMs } = this.options;
    if (this.closed) return Promise.reject(new BackendError('closed', 'the bus is closed', false));
    let bytes = 0;
    for (const value of values) bytes += value.length + RECORD_OVERHEAD_BYTES;
    if (bytes > MAX_BATCH_BYTES) {
      return Promise.reject(new BackendError('recordTooLarge', `values of ${bytes} bytes, at most ${MAX_BATCH_BYTES}`, false));
    }
    if (counts.pendingBytes + bytes > pendingBytes) {
      return Promise.reject(new BackendError('full', `${counts.pendingBytes} bytes wait for Kafka already`, true));
    }
    counts.pendingBytes += bytes;
    return new Promise((resolve, reject) => {
      const copies = values.map((value) => new Uint8Array(value));
      const place = this.place(topic, partition);
      place.waiting.push({ values: copies, bytes, deadlineMs: Date.now() + deadlineMs, resolve, reject });
      this.ready.add(place);
      this.schedule();
    });
  }

  /** What waits is rejected; what is on its way may still be stored. */
  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    const error = new BackendError('closed', 'the bus is closed', false);
    for (const place of this.partitions.values()) {
      this.settle([...(place.sent?.appends ?? []), ...place.waiting.splice(0)], ({ reject }) => reject(error));
      place.sent = undefined;
    }
  }

  private place(topic: string, partition: number): Partition {
    const key = `${topic}/${partition}`;
    let place = this.partitions.get(key);
    if (place === undefined) {
      place = { topic, partition, waiting: [], sent: undefined, identity: undefined, nextSequence: 0, end: 0 };
      this.partitions.set(key, place);
    }
    return place;
  }

  /** The first append after a pause waits too: others come with it. */
  private schedule(): void {
    if (this.timer !== undefined || this.closed) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.send();
    }, this.options.lingerMs);
  }

  private async send(): Promise<void> {
    if (this.identity === undefined && !(await this.identify())) return;
    const requests = new Map<number, Partition[]>();
    const bytes = new Map<number, number>();
    for (const place of this.ready) {
      const leader = this.options.leaders.of(place.topic, place.partition);
      if (this.busy.has(leader) || (bytes.get(leader) ?? 0) > REQUEST_BYTES) continue;
      const list = requests.get(leader) ?? [];
      requests.set(leader, list);
      list.push(place);
      bytes.set(leader, (bytes.get(leader) ?? 0) + this.take(place));
      this.ready.delete(place);
    }
    for (const [leader, places] of requests) {
      this.busy.add(leader);
      void this.request(leader, places).finally(() => {
        this.busy.delete(leader);
        // With no timer running, what is ready has waited its time already.
        if (this.ready.size > 0 && this.timer === undefined && !this.closed) void this.send();
      });
    }
  }

  /** Makes the batch that goes out next; gives its bytes. One that was not answered goes again, as it was. */
  private take(place: Partition): number {
    if (place.sent !== undefined) return place.sent.appends.reduce((sum, { bytes }) => sum + bytes, 0);
    const appends: Append[] = [];
    let bytes = 0;
    while (place.waiting.length > 0 && (appends.length === 0 || bytes + place.waiting[0]!.bytes <= BATCH_BYTES)) {
      const append = place.waiting.shift()!;
      bytes += append.bytes;
      appends.push(append);
    }
    const values = appends.flatMap(({ values }) => values);
    if (place.identity !== this.identity) {
      place.identity = this.identity!;
      place.nextSequence = 0;
    }
    const { topic, partition } = place;
    place.sent = {
      identity: place.identity!,
      batch: { topic, partition, firstSequence: place.nextSequence, values },
      appends,
      attempts: 0,
    };
    // Sequences wrap around within 31 bits.
    place.nextSequence = Number((BigInt(place.nextSequence) + BigInt(values.length)) & BigInt(LAST_SEQUENCE));
    return bytes;
  }

  private async request(leader: number, places: readonly Partition[]): Promise<void> {
    const { driver, leaders, counts } = this.options;
    // A request has one identity; several are there only just after one was given up.
    const byIdentity = new Map<ProducerIdentity, Partition[]>();
    for (const place of places) {
      const { identity } = place.sent!;
      byIdentity.set(identity, [...(byIdentity.get(identity) ?? []), place]);
    }
    let failed = false;
    for (const [identity, group] of byIdentity) {
      const batches = group.map(({ sent }) => sent!.batch);
      counts.requests++;
      counts.batches += batches.length;
      for (const { sent } of group) if (sent!.attempts++ > 0) counts.retries++;
      try {
        if (leader < 0) throw new KafkaFailure(CODES.noAnswer, 'a partition has no leader');
        const results = await driver.produce(leader, identity, batches);
        const found = new Map(results.map((result) => [`${result.topic}/${result.partition}`, result]));
        for (const place of group) {
          const result = found.get(`${place.topic}/${place.partition}`);
          if (result === undefined) this.failed(place, new KafkaFailure(CODES.noAnswer, 'an answer without the partition'));
          else if (result.code === 0) this.stored(place, result.offset);
          else {
            failed ||= heals(result.code);
            this.failed(place, new KafkaFailure(result.code, `error ${result.code} of the protocol`));
          }
        }
      } catch (error) {
        failed = true;
        for (const place of group) this.failed(place, error);
      }
    }
    if (failed) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      await leaders.refresh();
    }
  }

  private stored(place: Partition, offset: number): void {
    const { sent } = place;
    if (sent === undefined) return;
    const used = offset < place.end;
    place.end = offset + sent.batch.values.length;
    if (used) {
      const error = new BackendError('offsetUsed', `${place.topic}/${place.partition} gave offset ${offset} a second time`, true);
      this.giveUp(place, error);
      return;
    }
    place.sent = undefined;
    let next = offset;
    this.options.counts.records += sent.batch.values.length;
    this.settle(sent.appends, ({ values, resolve }) => {
      resolve(next);
      next += values.length;
    });
    if (place.waiting.length > 0) this.ready.add(place);
  }

  private failed(place: Partition, error: unknown): void {
    const { sent } = place;
    if (sent === undefined) return;
    const code = codeOf(error);
    const lost = code === CODES.outOfOrderSequence || code === CODES.unknownProducer || code === CODES.invalidProducerEpoch;
    if (lost && sent.attempts === 1) {
      // The broker has forgotten this producer. Nothing of this batch was stored, so it may go under a new identity.
      this.forget(sent.identity);
      place.sent = undefined;
      place.waiting.unshift(...sent.appends);
      this.ready.add(place);
      return;
    }
    if (heals(code) && Date.now() < sent.appends[0]!.deadlineMs) {
      this.ready.add(place);
      return;
    }
    const tooLarge = code === CODES.messageTooLarge || code === CODES.recordsTooLarge;
    this.giveUp(
      place,
      tooLarge ? new BackendError('recordTooLarge', 'Kafka takes no batch of that size', false) : asBackendError(error, 'appending'),
    );
  }

  /** The number of the batch may be used or not, so later ones go under a new identity. */
  private giveUp(place: Partition, error: BackendError): void {
    const sent = place.sent!;
    place.sent = undefined;
    place.identity = undefined;
    this.forget(sent.identity);
    this.settle(sent.appends, ({ reject }) => reject(error));
    const now = Date.now();
    const late = place.waiting.findIndex(({ deadlineMs }) => deadlineMs > now);
    const given = place.waiting.splice(0, late < 0 ? place.waiting.length : late);
    this.settle(given, ({ reject }) => reject(error));
    if (place.waiting.length > 0) this.ready.add(place);
  }

  private settle(appends: readonly Append[], how: (append: Append) => void): void {
    for (const append of appends) {
      this.options.counts.pendingBytes -= append.bytes;
      how(append);
    }
  }

  private forget(identity: ProducerIdentity): void {
    if (this.identity === identity) this.identity = undefined;
  }

  private async identify(): Promise<boolean> {
    this.identifying ??= (async () => {
      try {
        this.identity = await this.options.driver.newProducer();
      } catch (error) {
        const now = Date.now();
        for (const place of this.ready) {
          if (place.sent !== undefined) continue;
          const given = heals(codeOf(error)) ? place.waiting.findIndex(({ deadlineMs }) => deadlineMs > now) : -1;
          this.settle(place.waiting.splice(0, given < 0 ? place.waiting.length : given), ({ reject }) =>
            reject(asBackendError(error, 'becoming a producer')),
          );
          if (place.waiting.length === 0) this.ready.delete(place);
        }
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
      } finally {
        this.identifying = undefined;
      }
    })();
    await this.identifying;
    if (this.closed) return false;
    if (this.identity === undefined && this.ready.size > 0) this.schedule();
    return this.identity !== undefined;
  }
}
