/** The Cassandra of a stack: one node, its configuration and its command. Needs Java 17. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JavaSettings, javaCommand } from './java.ts';
import type { StackSecrets } from './secrets.ts';
import type { ServerPlan } from './server.ts';
import { cassandraJmxConfiguration } from './store-metrics.ts';

export interface CassandraPorts {
  readonly cql: number;
  readonly storage: number;
}

export interface JmxExporter {
  /** Its agent. */
  readonly jar: string;
  readonly port: number;
}

export const DATA_CENTER = 'datacenter1';

/** What Cassandra 5.0 reaches into; its own start script gives the same to Java 17. */
const EXPORTS = {
  'java.base': ['jdk.internal.misc', 'java.lang.ref'],
  'java.management.rmi': ['com.sun.jmx.remote.internal.rmi'],
  'java.rmi': ['sun.rmi.registry', 'sun.rmi.server', 'sun.rmi.transport.tcp'],
  'java.sql': ['java.sql'],
  'jdk.unsupported': ['sun.misc'],
};
const OPENS = {
  'java.base': [
    'java.io',
    'java.lang',
    'java.lang.module',
    'java.lang.reflect',
    'java.math',
    'java.net',
    'java.nio',
    'java.util',
    'java.util.concurrent',
    'java.util.concurrent.atomic',
    'jdk.internal.loader',
    'jdk.internal.math',
    'jdk.internal.module',
    'jdk.internal.ref',
    'jdk.internal.reflect',
    'jdk.internal.util.jar',
    'sun.nio.ch',
  ],
  'jdk.management': ['com.sun.management.internal'],
};
export type CommitLog = 'group' | 'periodic';

const COMMIT_LOG: Readonly<Record<CommitLog, readonly string[]>> = {
  // A thread waits for its group: 32 of them, the default, bear 7,000 rows a second at most (seen: 1,020 messages/s with idle processors).
  group: ['commitlog_sync: group', 'commitlog_sync_group_window: 5ms', 'concurrent_writes: 256'],
  // Acknowledges first: a node that is killed forgets what came after its last mark (seen: three messages of twelve thousand).
  periodic: ['commitlog_sync: periodic', 'commitlog_sync_period: 10s'],
};

const LOG_SETTINGS = `<configuration>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %c{0} %m%n</pattern></encoder></appender>
  <root level="WARN"><appender-ref ref="console"/></root>
  <logger name="org.apache.cassandra.service.CassandraDaemon" level="INFO"/>
</configuration>
`;

export function cassandraPlan(
  ports: CassandraPorts,
  directory: string,
  jars: string,
  java: JavaSettings,
  { schemaChanges, commitLog }: { readonly schemaChanges: 'durable' | 'quick'; readonly commitLog: CommitLog },
  secrets: StackSecrets | undefined,
  exporter: JmxExporter | undefined,
): ServerPlan {
  const folder = join(directory, 'cassandra-1');
  const conf = join(folder, 'conf');
  const agent = existsSync(jars) ? readdirSync(jars).find((name) => name.startsWith('jamm-')) : undefined;
  return {
    name: 'cassandra-1',
    kind: 'cassandra',
    port: ports.cql,
    ...(exporter === undefined ? {} : { exporterPort: exporter.port }),
    command: [
      ...javaCommand(java),
      '-Djdk.attach.allowAttachSelf=true',
      ...reaching('--add-exports', EXPORTS),
      ...reaching('--add-opens', OPENS),
      `-Dcassandra.config=file:${join(conf, 'cassandra.yaml')}`,
      `-Dlogback.configurationFile=${join(conf, 'logback.xml')}`,
      `-Dcassandra.storagedir=${join(folder, 'data')}`,
      '-Dcassandra-foreground=yes',
      '-Djava.awt.headless=true',
      // Alone, it waits for nobody: neither at its start nor at its end.
      '-Dcassandra.ring_delay_ms=1',
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      '-Dcassandra.shutdown_announce_in_ms=0',
      '-Dcassandra.superuser_setup_delay_ms=0',
      // Changes of the schema in a tenth of the time, and lost when the process is killed.
      ...(schemaChanges === 'quick' ? ['-Dcassandra.unsafesystem=true'] : []),
      '-cp',
      `${conf}:${jars}/*`,
      ...(agent === undefined ? [] : [`-javaagent:${join(jars, agent)}`]),
      ...(exporter === undefined ? [] : [`-javaagent:${exporter.jar}=127.0.0.1:${exporter.port}:${join(conf, 'exporter.yaml')}`]),
      'org.apache.cassandra.service.CassandraDaemon',
    ],
    prepare: async () => {
      mkdirSync(conf, { recursive: true, mode: 0o700 });
      writeFileSync(join(conf, 'cassandra.yaml'), configuration(ports, join(folder, 'data'), commitLog, secrets), { mode: 0o600 });
      writeFileSync(join(conf, 'logback.xml'), LOG_SETTINGS);
      if (exporter !== undefined) writeFileSync(join(conf, 'exporter.yaml'), cassandraJmxConfiguration());
    },
  };
}

function reaching(option: string, modules: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(modules).flatMap(([module, packages]) => packages.map((one) => `${option}=${module}/${one}=ALL-UNNAMED`));
}

function configuration({ cql, storage }: CassandraPorts, data: string, commitLog: CommitLog, secrets: StackSecrets | undefined): string {
  const seeds = `127.0.0.1:${storage}`;
  const settings = [
    'cluster_name: parley',
    'num_tokens: 1',
    'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
    `seed_provider: [{ class_name: org.apache.cassandra.locator.SimpleSeedProvider, parameters: [{ seeds: "${seeds}" }] }]`,
    'listen_address: 127.0.0.1',
    'rpc_address: 127.0.0.1',
    `storage_port: ${storage}`,
    `native_transport_port: ${cql}`,
    'endpoint_snitch: SimpleSnitch',
    `data_file_directories: [${join(data, 'data')}]`,
    `commitlog_directory: ${join(data, 'commitlog')}`,
    `saved_caches_directory: ${join(data, 'saved_caches')}`,
    `hints_directory: ${join(data, 'hints')}`,
    `cdc_raw_directory: ${join(data, 'cdc_raw')}`,
    ...COMMIT_LOG[commitLog],
    'auto_snapshot: false',
    'storage_compatibility_mode: NONE',
    'memtable: { configurations: { trie: { class_name: TrieMemtable }, default: { inherits: trie } } }',
    'memtable_allocation_type: offheap_objects',
    'sstable: { selected_format: bti }',
  ];
  if (secrets !== undefined) {
    settings.push(
      'authenticator: PasswordAuthenticator',
      'authorizer: CassandraAuthorizer',
      'role_manager: CassandraRoleManager',
      'client_encryption_options:',
      '  enabled: true',
      '  optional: false',
      `  keystore: ${secrets.keyStoreFile}`,
      '  ssl_context_factory: { class_name: org.apache.cassandra.security.PEMBasedSslContextFactory }',
    );
  }
  return `${settings.join('\n')}\n`;
}
