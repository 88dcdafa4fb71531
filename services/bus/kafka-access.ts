/** How to reach and enter a Kafka cluster, read from its settings; the password is in nothing that is printed. */
import { readFileSync } from 'node:fs';
import type { KafkaSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface KafkaAccess {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly compression: Compression;
  readonly tls: { readonly authority: string } | undefined;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** Where a broker is reached if not where the cluster says; tests stand in the way so. */
  readonly route?: (address: Address) => Address;
}

export function kafkaAccess({ brokers, tls, login }: KafkaSettings, compression: Compression): KafkaAccess {
  return {
    brokers,
    clientId: 'parley',
    compression,
    tls: tls === undefined ? undefined : { authority: contentOf(tls.authorityFile) },
    login: login === undefined ? undefined : { user: login.user, password: contentOf(login.passwordFile).trim() },
  };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BackendError('badSettings', `${path} can't be read: ${(error as NodeJS.ErrnoException).code}`, false);
  }
}
