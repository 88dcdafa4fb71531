/** The ledgers that workers would write of a run whose server has faults, message by message. Nothing is sent. */
import { type Population, workerOfConnection } from '../plan/population.ts';
import { forEachArrival, type SchedulePlan } from '../plan/schedule.ts';
import { EVENTS, UNSENT_REASONS } from './format.ts';
import { LedgerWriter } from './writer.ts';

/** What the faulty server does to one message. */
export type Fault =
  | 'none'
  | 'lose'
  | 'duplicate'
  | 'late'
  | 'loseSequence'
  | 'renumber'
  | 'reject'
  | 'refuse'
  | 'silence'
  | 'unsent'
  | 'skipNumber'
  /** Handed to somebody who is not in the conversation as well. */
  | 'stranger';

export interface PlayedRun {
  readonly population: Population;
  readonly schedule: SchedulePlan;
  readonly nonce: number;
}

export interface PlayedEnds {
  /** Dies before it writes anything out; -1: none. */
  readonly lostWorker?: number;
  /** They get nothing and are away at the end. */
  readonly awayConnections?: readonly number[];
}

/** Chunks of each worker's file. */
export function playedLedgers(
  { population, schedule, nonce }: PlayedRun,
  faults: ReadonlyMap<number, Fault>,
  { lostWorker = -1, awayConnections = [] }: PlayedEnds = {},
): Uint8Array[][] {
  const { plan } = population;
  const files = Array.from({ length: plan.workers }, () => [] as Uint8Array[]);
  const writers = files.map((file, worker) => new LedgerWriter({ nonce, worker }, (bytes) => file.push(bytes.slice())));
  const write = (connection: number, kind: (typeof EVENTS)[keyof typeof EVENTS], code: number, number: number, sequence: number) =>
    writers[workerOfConnection(plan, connection)]!.append(kind, code, number, connection, sequence, 0);
  const next = new Uint32Array(plan.conversations).fill(2);
  for (let conversation = 0; conversation < plan.conversations; conversation++) {
    for (let place = 0; place < population.devicesOf(conversation); place++) {
      const kind = place === 0 ? EVENTS.created : EVENTS.creationDelivered;
      write(population.connectionAt(conversation, place), kind, 0, conversation, 1);
    }
  }
  const held: Array<() => void> = [];
  const message = (number: number, conversation: number, connection: number) => {
    const fault = faults.get(number) ?? 'none';
    if (fault === 'unsent') return write(connection, EVENTS.unsent, UNSENT_REASONS.noConnection, number, 0);
    write(connection, EVENTS.sent, 0, number, 0);
    if (fault === 'silence') return;
    if (fault === 'refuse') return write(connection, EVENTS.rejected, 37, number, 0);
    write(connection, EVENTS.accepted, 0, number, 0);
    if (fault === 'reject') return write(connection, EVENTS.rejected, 32, number, 0);
    if (fault === 'loseSequence') return;
    if (fault === 'skipNumber') next[conversation]!++;
    const sequence = next[conversation]!++;
    write(connection, EVENTS.sequenced, 0, number, sequence);
    const members = Array.from({ length: population.devicesOf(conversation) }, (_, place) => population.connectionAt(conversation, place));
    members
      .filter((recipient) => recipient !== connection && !awayConnections.includes(recipient))
      .forEach((recipient, index) => {
        const deliver = (as: number) => write(recipient, EVENTS.delivered, 0, number, as);
        if (fault === 'lose' && index === 0) return;
        if (fault === 'late' && index === 0) {
          held.push(() => deliver(sequence));
          return;
        }
        deliver(fault === 'renumber' && index === 0 ? sequence + 1_000 : sequence);
        if (fault === 'duplicate' && index === 0) deliver(sequence);
      });
    if (fault !== 'stranger') return;
    let stranger = 0;
    while (members.includes(stranger)) stranger++;
    write(stranger, EVENTS.delivered, 0, number, sequence);
  };
  for (let second = 0; second < schedule.seconds; second++)
    forEachArrival(schedule, population, second, ({ number, conversation, connection }) => message(number, conversation, connection));
  for (const deliver of held) deliver();
  for (const connection of awayConnections) write(connection, EVENTS.away, 0, 0, 0);
  writers.forEach((writer, worker) => {
    if (worker === lostWorker) return;
    writer.append(EVENTS.end, 0, 0, 0, 0, 0);
    writer.flush();
  });
  return files;
}
