/**
 * The real servers of a cell on one machine: Kafka, Cassandra and Valkey as processes on loopback, with data, logs and
 * process ids in one folder. What a stack is made of is decided once and kept there, so that a later `up` finds the same.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BACKENDS_SCHEMA, type BackendsSettings } from '../backends/settings.ts';
import { BackendError } from '../runtime/backend-error.ts';
import { lockDirectory } from '../runtime/directory-lock.ts';
import { freePorts } from '../runtime/free-ports.ts';
import { type CommitLog, cassandraPlan, DATA_CENTER } from './cassandra.ts';
import { openCassandraTo } from './cassandra-role.ts';
import { brokerPlan } from './kafka.ts';
import { fetchPackages, type Packages, packagesIn } from './packages.ts';
import { type StackSecrets, stackSecrets } from './secrets.ts';
import { SERVER_KINDS, Server, type ServerKind, type ServerPlan, type ServerStatus } from './server.ts';
import { EXPORTERS_FILE, type StoreExporters } from './store-exporters.ts';
import { valkeyPlan } from './valkey.ts';
import { formCluster } from './valkey-cluster.ts';

export interface StackOptions {
  /** What it is made of: a test of one of them starts no other. */
  readonly kinds: readonly ServerKind[];
  readonly brokers: 1 | 3;
  readonly valkeys: 1 | 3;
  /** TLS and logins on every server. */
  readonly secure: boolean;
  readonly jit: 'quick' | 'full';
  /** `quick` changes Cassandra's schema in a tenth of the time, and forgets it at kill -9: for tests that make many tables. */
  readonly schemaChanges: 'durable' | 'quick';
  /**
   * `group` acknowledges a row when it is on the disk, as one copy alone must to outlive kill -9; `periodic` before, as is
   * usual with three copies, for half the processors.
   */
  readonly commitLog: CommitLog;
  readonly kafkaHeapMb: number;
  readonly cassandraHeapMb: number;
  /** Kafka and Cassandra tell their metrics, each server on a port of its own (exporters.json). */
  readonly exporters: boolean;
  /** First port to try; 0 chooses. */
  readonly portsFrom: number;
}

export const DEFAULT_STACK: StackOptions = {
  kinds: SERVER_KINDS,
  brokers: 1,
  valkeys: 1,
  secure: false,
  jit: 'full',
  schemaChanges: 'durable',
  commitLog: 'group',
  kafkaHeapMb: 256,
  cassandraHeapMb: 512,
  exporters: false,
  portsFrom: 0,
};

interface StackFile extends StackOptions {
  readonly schema: 1;
  readonly ports: readonly number[];
}

/** A stack of a cell of some gateways; the counts of partitions never change in place. */
const PARTITIONS = { messages: 8, receipts: 8, deliveries: 64 } as const;

export class Stack {
  readonly name: string;
  readonly directory: string;
  readonly servers: readonly Server[];
  private readonly file: StackFile;
  private readonly secrets: StackSecrets | undefined;

  private constructor(name: string, directory: string, file: StackFile, packages: Packages, secrets: StackSecrets | undefined) {
    this.name = name;
    this.directory = directory;
    this.file = file;
    this.secrets = secrets;
    this.servers = plansOf(directory, file, packages, secrets).map((plan) => new Server(plan, directory));
  }

  /** Starts what does not run. `root`: the project's folder for such things. Options count when the stack is new. */
  static async up(root: string, name: string, options: StackOptions, say: (line: string) => void): Promise<Stack> {
    const directory = directoryOf(root, name);
    const { secure, exporters } = readStackFile(directory) ?? options;
    const packages = await fetchPackages(serversOf(root), { secure, exporters }, say);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const lock = lockDirectory(join(directory, 'lock'));
    try {
      const file = readStackFile(directory) ?? (await newStackFile(directory, options));
      const secrets = file.secure ? await stackSecrets(join(directory, 'secrets')) : undefined;
      const stack = new Stack(name, directory, file, packages, secrets);
      await stack.start(say);
      return stack;
    } finally {
      lock.release();
    }
  }

  /** A stack that was made before, running or not. Fetches nothing: what runs can be stopped where nothing could be started. */
  static async open(root: string, name: string): Promise<Stack | undefined> {
    const directory = directoryOf(root, name);
    const file = readStackFile(directory);
    if (file === undefined) return undefined;
    const secrets = file.secure ? await stackSecrets(join(directory, 'secrets')) : undefined;
    return new Stack(name, directory, file, packagesIn(serversOf(root), file.secure), secrets);
  }

  static names(root: string): readonly string[] {
    const stacks = resolve(root, 'stacks');
    return existsSync(stacks) ? readdirSync(stacks).filter((name) => readStackFile(join(stacks, name)) !== undefined) : [];
  }

  get backendsFile(): string {
    return join(this.directory, 'backends.json');
  }

  /** Where servers tell their metrics, by kind; there where the stack has exporters. */
  get exportersFile(): string | undefined {
    return this.file.exporters ? join(this.directory, EXPORTERS_FILE) : undefined;
  }

  get backends(): BackendsSettings {
    return backendsOf(this.servers, this.file, this.secrets);
  }

  status(): Promise<readonly ServerStatus[]> {
    return Promise.all(this.servers.map((server) => server.status()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }

  wipe(): void {
    if (this.servers.some((server) => server.pid !== undefined)) throw new BackendError('running', `${this.name} still runs`, false);
    rmSync(this.directory, { recursive: true });
  }

  private async start(say: (line: string) => void): Promise<void> {
    const waiting = this.servers.filter((server) => server.pid === undefined);
    if (waiting.length > 0) say(`starting ${waiting.map(({ plan }) => plan.name).join(', ')}`);
    await Promise.all(this.servers.map((server) => server.start()));
    const { kinds, valkeys } = this.file;
    if (this.secrets !== undefined && kinds.includes('cassandra')) await openCassandraTo(this.secrets, this.backends.cassandra);
    if (valkeys > 1 && kinds.includes('valkey')) await formCluster(this.backends.redis);
    const { exportersFile } = this;
    if (exportersFile !== undefined) writeWhole(exportersFile, exportersOf(this.servers));
    writeWhole(this.backendsFile, this.backends);
  }
}

/** Whoever reads it has it as it was or as it is. */
function writeWhole(path: string, content: unknown): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function directoryOf(root: string, name: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,40}$/.test(name))
    throw new BackendError('badName', `${name} is no name of a stack: letters, digits, dashes`, false);
  return resolve(root, 'stacks', name);
}

function serversOf(root: string): string {
  return resolve(root, 'servers');
}

function readStackFile(directory: string): StackFile | undefined {
  const path = join(directory, 'stack.json');
  if (!existsSync(path)) return undefined;
  // One that was made before stacks could be of a part had every kind, and none told its metrics.
  const { commitLog, exporters } = DEFAULT_STACK;
  const file: StackFile = { kinds: SERVER_KINDS, commitLog, exporters, ...JSON.parse(readFileSync(path, 'utf8')) };
  if (file.schema !== 1) throw new BackendError('unknownVersion', `${path} has schema ${file.schema}, not 1`, false);
  return file;
}

async function newStackFile(directory: string, options: StackOptions): Promise<StackFile> {
  const { brokers, valkeys, exporters, portsFrom } = options;
  const ports = 2 * brokers + 2 + 2 * valkeys + (exporters ? brokers + 1 : 0);
  const file: StackFile = { schema: 1, ...options, ports: await freePorts(ports, portsFrom) };
  writeFileSync(join(directory, 'stack.json'), `${JSON.stringify(file, null, 2)}\n`);
  return file;
}

function plansOf(directory: string, file: StackFile, packages: Packages, secrets: StackSecrets | undefined): ServerPlan[] {
  const ports = [...file.ports];
  const take = () => ports.shift()!;
  const java = (heapMb: number) => ({ program: packages.java, heapMb, jit: file.jit });
  const brokers = Array.from({ length: file.brokers }, () => ({ client: take(), controller: take() }));
  const cassandra = { cql: take(), storage: take() };
  const valkeys = Array.from({ length: file.valkeys }, () => ({ port: take(), clusterPort: take() }));
  const reporters = brokers.map(() => (file.exporters ? { jars: packages.kafkaReporter, port: take() } : undefined));
  const jmx = file.exporters ? { jar: packages.jmxExporter, port: take() } : undefined;
  const plans = [
    ...brokers.map((_, index) => brokerPlan(index, brokers, directory, packages.kafka, java(file.kafkaHeapMb), secrets, reporters[index])),
    cassandraPlan(cassandra, directory, packages.cassandra, java(file.cassandraHeapMb), file, secrets, jmx),
    ...valkeys.map(({ port, clusterPort }, index) =>
      valkeyPlan(index, port, file.valkeys > 1 ? clusterPort : undefined, directory, packages.valkey, secrets),
    ),
  ];
  return plans.filter(({ kind }) => file.kinds.includes(kind));
}

function exportersOf(servers: readonly Server[]): StoreExporters {
  const at = (kind: ServerKind) =>
    servers.flatMap(({ plan }) => (plan.kind === kind && plan.exporterPort !== undefined ? [`127.0.0.1:${plan.exporterPort}`] : []));
  return { schema: 1, kafka: at('kafka'), cassandra: at('cassandra') };
}

function backendsOf(servers: readonly Server[], file: StackFile, secrets: StackSecrets | undefined): BackendsSettings {
  const at = (kind: ServerPlan['kind']) => servers.filter(({ plan }) => plan.kind === kind).map(({ plan }) => `127.0.0.1:${plan.port}`);
  const secured =
    secrets === undefined
      ? {}
      : { tls: { authorityFile: secrets.authorityFile }, login: { user: secrets.user, passwordFile: secrets.passwordFile } };
  const replicas = Math.min(3, file.brokers);
  return {
    schema: BACKENDS_SCHEMA,
    cell: 0,
    kafka: {
      brokers: at('kafka'),
      driver: 'platformatic',
      prefix: 'parley.',
      replicas,
      inSyncReplicas: replicas === 3 ? 2 : 1,
      partitions: PARTITIONS,
      ...secured,
    },
    cassandra: { contactPoints: at('cassandra'), dataCenter: DATA_CENTER, keyspace: 'parley', replicas: 1, ...secured },
    redis: { nodes: at('valkey'), cluster: file.valkeys > 1, prefix: 'parley:', ...secured },
  };
}
