/** Where the servers of a stack tell their metrics: a file beside its settings, which names addresses by kind of server. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BackendError } from '../runtime/backend-error.ts';

export const EXPORTERS_FILE = 'exporters.json';

export interface StoreExporters {
  readonly schema: 1;
  /** `host:port`, a server each, with `/metrics`. */
  readonly kafka: readonly string[];
  readonly cassandra: readonly string[];
}

/** Of the stack that has these settings. Throws BackendError where it was started without exporters. */
export function readExporters(backendsFile: string): StoreExporters {
  const path = join(dirname(backendsFile), EXPORTERS_FILE);
  if (!existsSync(path))
    throw new BackendError('noExporters', `${path} does not exist: start a stack with parley up --exporters --name NAME`, false);
  const exporters = JSON.parse(readFileSync(path, 'utf8')) as StoreExporters;
  if (exporters.schema !== 1) throw new BackendError('unknownVersion', `${path} has schema ${exporters.schema}, not 1`, false);
  return exporters;
}
