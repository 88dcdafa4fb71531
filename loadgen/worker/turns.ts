/**
 * What a worker does and watches in a chat in turns: its tally tells calm from disturbance, and where its connections are mobile
 * devices, these fall asleep and wake, and their radios are watched. The engine drives it, and knows no more of it.
 */
import { Radio } from '../client/radio.ts';
import { ownClockMs } from '../clock/offset.ts';
import type { Population } from '../plan/population.ts';
import type { FromWorker, WorkerSetup } from './messages.ts';
import { Naps } from './naps.ts';
import { PhaseTally } from './phase-tally.ts';
import type { TallyOptions } from './tally.ts';

export interface TurnPorts {
  isOpen(connection: number): boolean;
  /** What the next wait before an attempt begins with. */
  comeBackAfter(connection: number, ms: number): void;
  vanish(connection: number): void;
}

export class Turns {
  readonly tally: PhaseTally;
  private readonly naps: Naps | undefined;
  private readonly radio: Radio | undefined;

  /** Undefined where the chat has no turns. */
  static of(setup: WorkerSetup, population: Population, tallied: TallyOptions, ports: TurnPorts): Turns | undefined {
    return setup.phases === undefined ? undefined : new Turns(setup, setup.phases, population, tallied, ports);
  }

  private constructor(
    { naps, population: { seed }, worker }: WorkerSetup,
    phases: NonNullable<WorkerSetup['phases']>,
    population: Population,
    tallied: TallyOptions,
    ports: TurnPorts,
  ) {
    const { connections } = tallied;
    this.radio = naps === undefined ? undefined : new Radio(connections, naps.radioTailSeconds * 1_000);
    const napPorts = {
      isOpen: ports.isOpen,
      vanish: (connection: number, sleepMs: number) => {
        ports.comeBackAfter(connection, sleepMs);
        ports.vanish(connection);
      },
    };
    this.naps = naps === undefined ? undefined : new Naps(naps, phases, connections, seed + worker, napPorts, ownClockMs);
    this.tally = new PhaseTally(tallied, population, phases, this.naps);
  }

  /** The chat begins at `startMs` on the own clock. */
  start(startMs: number): void {
    this.naps?.start(startMs);
    this.radio?.start(startMs);
  }

  get nextMs(): number {
    return this.naps?.nextMs ?? Number.POSITIVE_INFINITY;
  }

  tick(nowMs: number): void {
    this.naps?.tick(nowMs);
  }

  /** What the sockets tell. */
  readonly vanishedEnded = (connection: number) => this.naps?.ended(connection);
  readonly wrote = (connection: number, bytes: number) => this.radio?.wrote(connection, bytes, ownClockMs());
  readonly read = (connection: number, bytes: number) => this.radio?.read(connection, bytes, ownClockMs());

  report(nowMs: number, tell: (message: FromWorker) => void): void {
    const { tally, naps, radio } = this;
    const told = { type: 'phases', seen: tally.seen } as const;
    tell(naps === undefined || radio === undefined ? told : { ...told, naps: naps.seen, radio: radio.seen(nowMs) });
  }
}
