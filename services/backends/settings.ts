/**
 * Where the real systems of a cell are and how to speak to them: one JSON file, written by `parley up` or by a stack, read by
 * relays, dispatchers and tools. Secrets are not in it: it names the files that hold them.
 */

export const BACKENDS_SCHEMA = 1;

export interface TlsSettings {
  /** PEM file of the authority that the servers' certificates must be signed by. */
  readonly authorityFile: string;
  /** Name that each server's certificate must be for, where servers are announced by address: those of a cluster. */
  readonly serverName?: string;
}

export interface LoginSettings {
  readonly user: string;
  /** A file with the password and nothing else. */
  readonly passwordFile: string;
}

export interface KafkaSettings {
  /** host:port */
  readonly brokers: readonly string[];
  readonly driver: 'platformatic' | 'kafkajs';
  /** Before each topic and group: several cells, or tests, on one cluster. */
  readonly prefix: string;
  readonly replicas: number;
  /** Replicas that must have a record before it is acknowledged. */
  readonly inSyncReplicas: number;
  /** Never changed in place: other counts are another prefix. */
  readonly partitions: { readonly messages: number; readonly receipts: number; readonly deliveries: number };
  readonly tls?: TlsSettings;
  /** SCRAM-SHA-512 */
  readonly login?: LoginSettings;
}

export interface CassandraSettings {
  /** host:port */
  readonly contactPoints: readonly string[];
  readonly dataCenter: string;
  readonly keyspace: string;
  readonly replicas: number;
  readonly tls?: TlsSettings;
  readonly login?: LoginSettings;
}

export interface RedisSettings {
  /** host:port; several of a cluster. */
  readonly nodes: readonly string[];
  readonly cluster: boolean;
  readonly prefix: string;
  readonly tls?: TlsSettings;
  readonly login?: LoginSettings;
}

export interface PushSettings {
  /** https://host:port, or http://… on one machine. */
  readonly url: string;
  /** PEM file of the authority that the service's certificate must be signed by; without it those of the system. */
  readonly authorityFile?: string;
  /** A file with the value of the header `authorization` and nothing else. */
  readonly authorizationFile?: string;
}

export interface BackendsSettings {
  readonly schema: typeof BACKENDS_SCHEMA;
  readonly cell: number;
  /**
   * How much a conversation takes, each from a log time on: the same for every dispatcher of the cell. A rule that stands is
   * never changed, a new one counts from a time to come.
   */
  readonly rules?: ReadonlyArray<{ readonly fromMs: number; readonly messagesPerSecond: number; readonly burst: number }>;
  readonly kafka: KafkaSettings;
  readonly cassandra: CassandraSettings;
  readonly redis: RedisSettings;
  /** Without it nobody is pushed. */
  readonly push?: PushSettings;
  /** Who is online: by the routes and their leases, or naively by a key per user. The same for every relay of the cell. */
  readonly presence?: 'lease' | 'key';
}
