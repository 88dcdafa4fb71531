/** What follows from the costs for a fleet, for each of the two layouts: primaries for its reads, and for keeping who is there. Pure. */
import { LEASE_MS } from '../../routes/routes.ts';
import { HEARTBEAT_MS } from '../presence-keys.ts';
import { type CostRow, KEPT, READ } from './measure.ts';

export type Layout = 'leases' | 'naive keys';

export interface Primaries {
  readonly layout: Layout;
  readonly page: number;
  readonly readsPerSecondPerServerCore: number;
  readonly readsPerSecondPerClientCore: number;
  /** A primary runs its commands on one core. */
  readonly primaries: number;
}

export interface Writes {
  readonly form: Layout;
  readonly writesPerSecondPerMillionUsers: number;
  readonly serverCoresPerMillionUsers: number | null;
  /** Of the fleet's users, beside those for its reads. */
  readonly primaries: number | null;
}

export interface Conclusions {
  readonly fleetReadsPerSecond: number;
  readonly fleetUsers: number;
  /** Of a primary's core, the most that is used. */
  readonly utilisation: number;
  readonly primaries: readonly Primaries[];
  readonly writes: readonly Writes[];
}

export const FLEET_READS_PER_SECOND = 1_000_000;
export const FLEET_USERS = 1_000_000_000;
export const UTILISATION = 0.6;
const USERS_PER_GATEWAY = 500_000;
/** Renewals per lease: so many may fail before it lapses. */
const RENEWALS = 3;
const MILLION = 1_000_000;

export function conclude(rows: readonly CostRow[]): Conclusions {
  const kept = (operation: string) => rows.find((row) => row.operation === operation)?.serverUs;
  return {
    fleetReadsPerSecond: FLEET_READS_PER_SECOND,
    fleetUsers: FLEET_USERS,
    utilisation: UTILISATION,
    primaries: [...primariesOf('leases', rows, READ.leases), ...primariesOf('naive keys', rows, READ.naiveKeys)],
    writes: [
      writesOf('leases', ((MILLION / USERS_PER_GATEWAY) * RENEWALS * 1_000) / LEASE_MS, kept(KEPT.leases)),
      writesOf('naive keys', (MILLION * 1_000) / HEARTBEAT_MS, kept(KEPT.naiveKeys)),
    ],
  };
}

function primariesOf(layout: Layout, rows: readonly CostRow[], operation: string): Primaries[] {
  return rows
    .filter((row) => row.operation === operation)
    .flatMap(({ page, clientUs, serverUs }) =>
      serverUs === undefined || serverUs === 0 // In ticks of 10 ms: of too few operations nothing is seen.
        ? []
        : [
            {
              layout,
              page,
              readsPerSecondPerServerCore: MILLION / serverUs,
              readsPerSecondPerClientCore: MILLION / clientUs,
              primaries: primariesFor((FLEET_READS_PER_SECOND * serverUs) / MILLION),
            },
          ],
    );
}

function writesOf(form: Layout, perSecondPerMillion: number, serverUs: number | undefined): Writes {
  const cores = serverUs === undefined ? null : (perSecondPerMillion * serverUs) / MILLION;
  return {
    form,
    writesPerSecondPerMillionUsers: perSecondPerMillion,
    serverCoresPerMillionUsers: cores,
    primaries: cores === null ? null : primariesFor((cores * FLEET_USERS) / MILLION),
  };
}

function primariesFor(cores: number): number {
  return Math.ceil(cores / UTILISATION);
}
