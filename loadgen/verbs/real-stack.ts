/** The real systems that a verb is pointed at by `--backends`: their servers on this machine, and settings for one run. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readBackends } from '../../services/backends/read-settings.ts';
import type { BackendsSettings } from '../../services/backends/settings.ts';
import { Stack } from '../../services/local/stack.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';
import { isLoopback } from '../client/destinations.ts';
import { type ServerKind, type StackServer, StackServers } from '../coordinator/stack-servers.ts';
import type { BoxBackends } from '../frame/own-run.ts';
import type { Server } from '../prove/target.ts';
import { type Option, read } from './options.ts';

export interface RealStack {
  readonly path: string;
  readonly settings: BackendsSettings;
  readonly stack: StackServers;
  /** In words, for people. */
  readonly system: string;
}

/** Refuses systems of other machines: load and faults stay on this one. */
export function readRealStack(path: string): RealStack {
  const settings = readBackends(path);
  const { kafka, cassandra, redis } = settings;
  const servers = [
    ...serversOf('kafka', kafka.brokers),
    ...serversOf('cassandra', cassandra.contactPoints),
    ...serversOf('redis', redis.nodes),
  ];
  const brokers = kafka.brokers.length === 1 ? 'one Kafka broker' : `${kafka.brokers.length} Kafka brokers`;
  return {
    path,
    settings,
    stack: new StackServers(servers),
    system:
      `a box on ${brokers} (replication factor ${kafka.replicas}, ${kafka.inSyncReplicas} in sync, ${kafka.driver}), ` +
      `Cassandra (replication factor ${cassandra.replicas}) and Redis (${redis.cluster ? 'a cluster' : 'single'})`,
  };
}

/** Settings with names of their own on the same systems, so that nothing of an earlier run is in them. Gives their file. */
export function settingsForRun({ settings }: RealStack, folder: string, name: string): string {
  const word = `${name.replace(/[^a-z0-9]/gi, '').toLowerCase()}${Date.now().toString(36)}`;
  const own: BackendsSettings = {
    ...settings,
    kafka: { ...settings.kafka, prefix: `${settings.kafka.prefix}${word}.` },
    cassandra: { ...settings.cassandra, keyspace: `${settings.cassandra.keyspace}_${word}`.slice(0, 48) },
    redis: { ...settings.redis, prefix: `${settings.redis.prefix}${word}:` },
  };
  mkdirSync(folder, { recursive: true });
  const path = resolve(join(folder, 'backends.json'));
  writeFileSync(path, `${JSON.stringify(own, null, 1)}\n`);
  return path;
}

/** What a box of a run stands on: names of its own on the real systems; undefined without any, which is its embedded backends. */
export function backendsFor<Real extends RealStack | undefined>(
  real: Real,
  folder: string,
  name: string,
  dispatchers?: number,
): BoxBackends | (Real & undefined);
export function backendsFor(real: RealStack | undefined, folder: string, name: string, dispatchers?: number): BoxBackends | undefined {
  if (real === undefined) return undefined;
  const flags = ['--backends', settingsForRun(real, folder, name)];
  return { flags: dispatchers === undefined ? flags : [...flags, '--dispatchers', String(dispatchers)], stack: real.stack };
}

/** For `--backends`. */
export function realStack(): Option<RealStack | undefined> {
  return read((path) => readRealStack(path));
}

/** In words. */
export function systemOf(real: RealStack | undefined): string {
  return real?.system ?? 'a box on its embedded backends';
}

/**
 * The servers that may be killed: those of a stack of `parley up`, which starts them again on their data. Others are left
 * alone, whoever they belong to.
 */
export async function killableServers(path: string): Promise<Server[]> {
  const directory = dirname(resolve(path));
  if (!existsSync(join(directory, 'stack.json')) || basename(dirname(directory)) !== 'stacks') return [];
  const stack = await Stack.open(resolve(directory, '../..'), basename(directory));
  return (stack?.servers ?? []).map((server) => ({
    kind: server.plan.kind === 'valkey' ? 'redis' : server.plan.kind,
    name: server.plan.name,
    get pid() {
      return server.pid;
    },
    start: () => server.start(),
    stop: () => server.stop(),
  }));
}

function serversOf(kind: ServerKind, addresses: readonly string[]): StackServer[] {
  return addresses.map((address, at) => {
    const [host, port] = [address.slice(0, address.lastIndexOf(':')), Number(address.slice(address.lastIndexOf(':') + 1))];
    if (!isLoopback(host)) throw new OptionError(`--backends: ${address} is not of this machine`);
    return { kind, name: addresses.length === 1 ? kind : `${kind} ${at + 1}`, port };
  });
}
