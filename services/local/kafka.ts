/** A Kafka broker of a stack (KRaft: broker and controller in one process), its configuration and its command. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { $ } from 'zx';
import { BackendError } from '../runtime/backend-error.ts';
import { type JavaSettings, javaCommand } from './java.ts';
import type { StackSecrets } from './secrets.ts';
import type { ServerPlan } from './server.ts';
import { kafkaReporterSettings } from './store-metrics.ts';

export interface BrokerPorts {
  readonly client: number;
  readonly controller: number;
}

export interface Reporter {
  /** Folder of its jars. */
  readonly jars: string;
  readonly port: number;
}

/** Any 16 bytes: it only keeps disks of different clusters apart, and a stack's disks are its own. */
const CLUSTER_ID = 'cGFybGV5LWxvY2FsLWthZg';
const LOG_SETTINGS = `Configuration:
  Appenders:
    Console:
      name: console
      PatternLayout: { pattern: "%d %p %c %m%n" }
  Loggers:
    Root: { level: WARN, AppenderRef: { ref: console } }
    Logger: [{ name: kafka.server.KafkaRaftServer, level: INFO }]
`;

export function brokerPlan(
  index: number,
  brokers: readonly BrokerPorts[],
  directory: string,
  jars: string,
  java: JavaSettings,
  secrets: StackSecrets | undefined,
  reporter: Reporter | undefined,
): ServerPlan {
  const folder = join(directory, `kafka-${index + 1}`);
  const configuration = join(folder, 'server.properties');
  const classPath = [jars, ...(reporter === undefined ? [] : [reporter.jars])].map((folder) => `${folder}/*`).join(':');
  const logging = [`-Dlog4j2.configurationFile=${join(folder, 'log4j2.yaml')}`];
  return {
    name: `kafka-${index + 1}`,
    kind: 'kafka',
    port: brokers[index]!.client,
    ...(reporter === undefined ? {} : { exporterPort: reporter.port }),
    command: [...javaCommand(java), '-cp', classPath, ...logging, 'kafka.Kafka', configuration],
    prepare: async () => {
      writeFileSync(configuration, properties(index, brokers, join(folder, 'data'), secrets, reporter), { mode: 0o600 });
      writeFileSync(join(folder, 'log4j2.yaml'), LOG_SETTINGS);
      if (existsSync(join(folder, 'data', 'meta.properties'))) return;
      const scram = secrets === undefined ? [] : ['--add-scram', `SCRAM-SHA-512=[name=${secrets.user},password=${secrets.password()}]`];
      const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', configuration, '--ignore-formatted', ...scram];
      const words = ['-XX:TieredStopAtLevel=1', '-cp', classPath, ...logging, ...format];
      // By a file, since everybody on the machine can read the words of a process.
      const file = join(folder, 'format.args');
      writeFileSync(file, words.map(quoted).join('\n'), { mode: 0o600 });
      const { exitCode, stderr } = await $({ cwd: folder, quiet: true, nothrow: true })`${java.program} ${`@${file}`}`;
      rmSync(file);
      if (exitCode !== 0) throw new BackendError('notFormatted', `kafka-${index + 1}: ${stderr.trim().split('\n')[0]}`, false);
    },
  };
}

/** As java's argument files want it. */
function quoted(word: string): string {
  return `"${word.replaceAll(/[\\"]/g, '\\$&')}"`;
}

function properties(
  index: number,
  brokers: readonly BrokerPorts[],
  data: string,
  secrets: StackSecrets | undefined,
  reporter: Reporter | undefined,
): string {
  const { client, controller } = brokers[index]!;
  const copies = Math.min(3, brokers.length);
  const inSync = copies === 3 ? 2 : 1;
  const protocol = secrets === undefined ? 'PLAINTEXT' : 'SASL_SSL';
  const settings: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': brokers.map((one, at) => `${at + 1}@127.0.0.1:${one.controller}`).join(','),
    listeners: `${protocol}://127.0.0.1:${client},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `${protocol}://127.0.0.1:${client}`,
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,${protocol}:${protocol}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': protocol,
    'log.dirs': data,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
    'min.insync.replicas': inSync,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
  };
  if (reporter !== undefined) Object.assign(settings, kafkaReporterSettings('127.0.0.1', reporter.port));
  if (secrets !== undefined) {
    const login = `required username="${secrets.user}" password="${secrets.password()}"`;
    Object.assign(settings, {
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule ${login};`,
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.location': secrets.keyStoreFile,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': secrets.authorityFile,
    });
  }
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}
