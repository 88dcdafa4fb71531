/** What the supervisor hands to a dispatch process: plain data, as JSON in one environment variable, without secrets. */
import type { Speaks } from '../runtime/versions.ts';

export interface DispatchConfig {
  /** BackendsSettings, see services/backends/settings.ts. */
  readonly backendsFile: string;
  readonly speaks: Speaks;
}

/** Options of `parley dispatch`, as node:util's parseArgs takes them. */
export const DISPATCH_OPTIONS = {
  backends: { type: 'string' },
  'admin-port': { type: 'string', default: '0' },
  'admin-host': { type: 'string', default: '127.0.0.1' },
  speaks: { type: 'string', default: 'newest' },
} as const;

export const DISPATCH_CONFIG_VARIABLE = 'PARLEY_DISPATCH_CONFIG';

export function readDispatchConfig(environment: Readonly<Record<string, string | undefined>>): DispatchConfig {
  const raw = environment[DISPATCH_CONFIG_VARIABLE];
  if (raw === undefined) throw new Error(`${DISPATCH_CONFIG_VARIABLE} is not set: this process is started by the supervisor of a box`);
  return JSON.parse(raw) as DispatchConfig;
}
