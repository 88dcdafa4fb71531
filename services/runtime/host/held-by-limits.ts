/**
 * How many connections each limit of this host lets a gateway hold: the table of host limits asked with what the machine says.
 * Memory counts as it is free at the moment of asking, so ask before connections come.
 */
import { availableParallelism } from 'node:os';
import { fitShape } from '../../../capacity/fit.ts';
import { bindingLimits } from '../../../capacity/host-limits.ts';
import { UNSAFE_POD_SYSCTLS } from '../../../capacity/host-limits-machine.ts';
import { limitValues, readHostLimits } from './limits.ts';

export interface HeldBox {
  readonly connections: number;
  readonly edges: number;
  readonly tls: boolean;
  readonly heartbeatSeconds: number;
  readonly connectionsPerSecond: number;
}

/** Connections by the name of the limit, of those that stop a gateway at some number. */
export function connectionsByLimit(box: HeldBox): ReadonlyMap<string, number> {
  const values = limitValues(readHostLimits(UNSAFE_POD_SYSCTLS));
  const shape = fitShape({ ...box, cores: availableParallelism(), bothEnds: false }, values);
  const stops = bindingLimits(values, shape).filter(({ limit, connections }) => limit.effect === 'stops' && Number.isFinite(connections));
  return new Map(stops.map(({ limit, connections }) => [limit.name, connections]));
}
