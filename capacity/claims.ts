/**
 * The rows of the capacity sheet that one box can prove, derived from the sheet's own figures. A box is proved as a box:
 * the claims of one set are held at the same time or not at all.
 */
import type { RunClaim, RunRecord } from './run-record.ts';

export const SHEET = {
  peakSendsPerSecond: 5_000_000,
  gateways: 2_000,
  connectionsPerGateway: 500_000,
} as const;

export type ClaimId = RunClaim['id'];

export interface Claim {
  readonly id: ClaimId;
  /** As a row of the sheet is called. */
  readonly name: string;
  readonly value: number;
  /** The least time for which it must be held to count as proved. */
  readonly forSeconds: number;
  /** Where the value comes from. */
  readonly from: string;
}

/** What a box must keep to while it holds a rate of sends; from the moment a send was due. */
export const OBJECTIVES = {
  acceptedP99Us: 200_000,
  deliveredP99Us: 500_000,
  /** Share of the rate that may be missing. */
  rateShare: 0.01,
} as const;

const HELD_SECONDS = 60;

export function connectionsClaim(value: number = SHEET.connectionsPerGateway): Claim {
  const from = value === SHEET.connectionsPerGateway ? 'sheet: connections per gateway' : 'asked for';
  return { id: 'connectionsPerBox', name: 'connections per box', value, forSeconds: HELD_SECONDS, from };
}

export function sendsClaim(value: number = SHEET.peakSendsPerSecond / SHEET.gateways): Claim {
  const ofSheet = value === SHEET.peakSendsPerSecond / SHEET.gateways;
  return {
    id: 'sendsPerSecondPerBox',
    name: 'sends per second per box',
    value,
    forSeconds: HELD_SECONDS,
    from: ofSheet ? 'sheet: peak sends per second ÷ gateway count' : 'asked for',
  };
}

/** The two rows of the sheet. */
export const BOX_CLAIMS: readonly Claim[] = [connectionsClaim(), sendsClaim()];

/** What a run is judged by. */
export function claimsOf(record: RunRecord): readonly Claim[] {
  if (record.claims === undefined) return BOX_CLAIMS;
  return record.claims.map(({ id, value }) => (id === 'connectionsPerBox' ? connectionsClaim(value) : sendsClaim(value)));
}
