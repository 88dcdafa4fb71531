/** What the supervisor hands to the embedded process: plain data, as JSON in one environment variable, without secrets. */
import type { Speaks } from '../runtime/versions.ts';

export interface EmbeddedConfig {
  /** Directory of the log; it belongs to one process at a time. */
  readonly directory: string;
  readonly secretFile: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Size of `messages` at which sends are refused. */
  readonly maxBytes: number;
  /** Messages a conversation takes per second of the log's time. */
  readonly conversationRate: number;
  readonly linkFlushMs: number;
  /** Version of the deliveries that it writes. */
  readonly speaks: Speaks;
}

export const EMBEDDED_CONFIG_VARIABLE = 'PARLEY_EMBEDDED_CONFIG';

export function readEmbeddedConfig(environment: Readonly<Record<string, string | undefined>>): EmbeddedConfig {
  const raw = environment[EMBEDDED_CONFIG_VARIABLE];
  if (raw === undefined) throw new Error(`${EMBEDDED_CONFIG_VARIABLE} is not set: this process is started by the supervisor of a box`);
  return JSON.parse(raw) as EmbeddedConfig;
}
