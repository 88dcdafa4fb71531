/** Who comes back where when a part of the fleet is lost: the clients of what is gone, spread evenly over what is left. */
export interface Fleet {
  readonly connections: number;
  readonly gateways: number;
  readonly zones: number;
  readonly regions: number;
}

export const LOSSES = ['gateway', 'zone', 'region'] as const;
export type Loss = (typeof LOSSES)[number];

export interface Returners {
  readonly lost: number;
  readonly survivors: number;
  /** At each gateway that is left. */
  readonly perGateway: number;
}

/** Undefined where nothing is left that they could come back to. `zones` are those of one region. */
export function returnersAfter(fleet: Fleet, loss: Loss): Returners | undefined {
  const { connections, gateways, zones, regions } = fleet;
  const share = loss === 'gateway' ? 1 / gateways : loss === 'zone' ? 1 / (zones * regions) : 1 / regions;
  const survivors = gateways * (1 - share);
  if (survivors < 1 - 1e-9) return undefined;
  const lost = connections * share;
  return { lost, survivors, perGateway: lost / survivors };
}
