/** A record that could not be read, kept for people. */
import type { BusRecord, Topic } from '../bus/bus.ts';

export interface DeadLetter {
  readonly topic: Topic;
  readonly partition: number;
  readonly record: BusRecord;
  readonly reason: string;
}
