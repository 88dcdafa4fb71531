/** One scenario's run as plain data: `scenario.json` in its folder, beside the run's own record. */
import type { LedgerSums, RunProblem } from '../../capacity/run-record.ts';
import type { RadioSeen } from '../client/radio.ts';
import type { AttackSeen } from '../slow/siege.ts';
import type { Percentiles } from '../storm/storm-record.ts';
import type { NapsSeen } from '../worker/naps.ts';
import type { SendEnds } from '../worker/phase-tally.ts';
import type { Scenario } from './scenario.ts';

export interface ScenarioRecord {
  readonly schema: 1;
  readonly id: string;
  readonly command: readonly string[];
  readonly startedAt: string;
  readonly scenario: Scenario;
  /** What was loaded, in words. */
  readonly target: string;
  readonly edges: number;
  readonly workers: number;
  readonly accepted: Percentiles;
  readonly delivered: Percentiles;
  /** Of neighbours; left out where there are no turns with a disturbance. */
  readonly neighbours?: NeighbourLatencies;
  /** Neighbours' sends by their end. */
  readonly neighbourSends: SendEnds;
  readonly hot?: { readonly due: number; readonly ends: SendEnds };
  /** A list for each disturbed part. */
  readonly attacks?: ReadonlyArray<readonly AttackSeen[]>;
  readonly mobile?: readonly MobileSeen[];
  readonly ledger: LedgerSums;
  readonly disconnects: Readonly<Record<string, number>>;
  readonly latenessP99Us: number;
  /** Of the processors of this machine, while the chat went on. */
  readonly busyShare: number;
  readonly complete: boolean;
  readonly problems: readonly RunProblem[];
  /** What of others was too much; left out when the machine was quiet. */
  readonly noise?: string;
  /** Why a target was left alone before the end. */
  readonly aborted?: string;
  readonly testData?: TestData;
}

export interface NeighbourLatencies {
  readonly acceptedCalm: Percentiles;
  readonly acceptedDisturbed: Percentiles;
  readonly deliveredCalm: Percentiles;
  readonly deliveredDisturbed: Percentiles;
}

/** The devices of one heartbeat period. */
export interface MobileSeen {
  readonly heartbeatSeconds: number;
  readonly devices: number;
  readonly naps: NapsSeen;
  readonly radio: RadioSeen;
}

/** What a target keeps of a run. */
export interface TestData {
  readonly firstUser: number;
  readonly lastUser: number;
  readonly conversations: number;
  readonly messages: number;
  /** Test users that left all their conversations afterwards. */
  readonly left: number;
}
