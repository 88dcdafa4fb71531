/** What follows from the costs for a fleet: primaries for its reads, and writes of leases beside those of naive keys. Pure. */
import { LEASE_MS } from '../../routes/routes.ts';
import { type CostRow, HEARTBEAT_MS } from './measure.ts';

export interface Primaries {
  readonly page: number;
  readonly readsPerSecondPerServerCore: number;
  readonly readsPerSecondPerClientCore: number;
  /** A primary runs its commands on one core. */
  readonly primaries: number;
}

export interface Writes {
  readonly form: 'leases' | 'naive keys';
  readonly writesPerSecondPerMillionUsers: number;
  readonly serverCoresPerMillionUsers: number | null;
}

export interface Conclusions {
  readonly fleetReadsPerSecond: number;
  /** Of a primary's core, the most that is used. */
  readonly utilisation: number;
  readonly primaries: readonly Primaries[];
  readonly writes: readonly Writes[];
}

export const FLEET_READS_PER_SECOND = 1_000_000;
export const UTILISATION = 0.6;
const USERS_PER_GATEWAY = 500_000;
/** Renewals per lease: so many may fail before it lapses. */
const RENEWALS = 3;
const MILLION = 1_000_000;

export function conclude(rows: readonly CostRow[]): Conclusions {
  const reads = rows.filter(({ operation }) => operation === 'read of a user who is there');
  const serverUs = (operation: string) => rows.find((row) => row.operation === operation)?.serverUs;
  const renewals = ((MILLION / USERS_PER_GATEWAY) * RENEWALS * 1_000) / LEASE_MS;
  const refreshes = (MILLION * 1_000) / HEARTBEAT_MS;
  const cores = (perSecond: number, us: number | undefined) => (us === undefined ? null : (perSecond * us) / MILLION);
  return {
    fleetReadsPerSecond: FLEET_READS_PER_SECOND,
    utilisation: UTILISATION,
    primaries: reads.flatMap(({ page, clientUs, serverUs }) =>
      serverUs === undefined || serverUs === 0 // In ticks of 10 ms: of too few operations nothing is seen.
        ? []
        : [
            {
              page,
              readsPerSecondPerServerCore: MILLION / serverUs,
              readsPerSecondPerClientCore: MILLION / clientUs,
              primaries: Math.ceil((FLEET_READS_PER_SECOND * serverUs) / MILLION / UTILISATION),
            },
          ],
    ),
    writes: [
      {
        form: 'leases',
        writesPerSecondPerMillionUsers: renewals,
        serverCoresPerMillionUsers: cores(renewals, serverUs('renewal of a lease')),
      },
      {
        form: 'naive keys',
        writesPerSecondPerMillionUsers: refreshes,
        serverCoresPerMillionUsers: cores(refreshes, serverUs('refresh of a naive key')),
      },
    ],
  };
}
