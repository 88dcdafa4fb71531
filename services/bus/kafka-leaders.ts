/** Which broker leads each partition, kept until a request says that it is out of date. */
import type { KafkaDriver } from './kafka-driver.ts';
import { CODES, KafkaFailure } from './kafka-failure.ts';

const REFRESH_PAUSE_MS = 100;

export class KafkaLeaders {
  private readonly driver: KafkaDriver;
  private readonly topics: readonly string[];
  private known: ReadonlyMap<string, readonly number[]>;
  private refreshing: Promise<void> | undefined;

  constructor(driver: KafkaDriver, known: ReadonlyMap<string, readonly number[]>) {
    this.driver = driver;
    this.known = known;
    this.topics = [...known.keys()];
  }

  /** -1 where there is none now. */
  of(topic: string, partition: number): number {
    return this.known.get(topic)?.[partition] ?? -1;
  }

  require(topic: string, partition: number): number {
    const leader = this.of(topic, partition);
    if (leader < 0) throw new KafkaFailure(CODES.noAnswer, `${topic}/${partition} has no leader`);
    return leader;
  }

  /** Asks again; all that come meanwhile share the answer. Where nobody answers, what was known stays. */
  refresh(): Promise<void> {
    this.refreshing ??= (async () => {
      await new Promise((resolve) => setTimeout(resolve, REFRESH_PAUSE_MS));
      try {
        const found = await this.driver.leaders(this.topics);
        if (found.size > 0) this.known = found;
      } catch {
        // The caller tries its own request again and fails by itself.
      } finally {
        this.refreshing = undefined;
      }
    })();
    return this.refreshing;
  }
}
