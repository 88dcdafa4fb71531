/** The words with which a command says what a machine is to bear; the help of each of these commands lists them. */
import type { FitRequest } from '../../../capacity/fit.ts';
import { wholeOption } from '../whole-option.ts';

export const LOAD_OPTIONS = {
  connections: { type: 'string' },
  'both-ends': { type: 'boolean' },
  edges: { type: 'string' },
  workers: { type: 'string' },
  addresses: { type: 'string' },
  ramp: { type: 'string' },
  rate: { type: 'string' },
  heartbeat: { type: 'string' },
  tls: { type: 'boolean' },
} as const;

type LoadValues = {
  readonly [Name in keyof typeof LOAD_OPTIONS]?: ((typeof LOAD_OPTIONS)[Name]['type'] extends 'string' ? string : boolean) | undefined;
};

/** Throws OptionError for what is no whole number. */
export function readLoad(values: LoadValues): Omit<FitRequest, 'cores' | 'ports'> {
  const edges = wholeOption('edges', values.edges);
  const workers = wholeOption('workers', values.workers);
  const destinationAddresses = wholeOption('addresses', values.addresses);
  return {
    connections: wholeOption('connections', values.connections) ?? 500_000,
    bothEnds: values['both-ends'] === true,
    connectionsPerSecond: wholeOption('ramp', values.ramp) ?? 2_000,
    sendsPerSecond: wholeOption('rate', values.rate, 0) ?? 0,
    heartbeatSeconds: wholeOption('heartbeat', values.heartbeat) ?? 30,
    tls: values.tls === true,
    ...(edges === undefined ? {} : { edges }),
    ...(workers === undefined ? {} : { workers }),
    ...(destinationAddresses === undefined ? {} : { destinationAddresses }),
  };
}
