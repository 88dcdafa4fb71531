/**
 * The memory of a run as series over its checkpoints, one an item of the bill, each given to the end that causes it. With
 * both ends on one machine the kernel's memory is halved between them: loopback charges it to the wrong side, and a
 * socket costs the same at both.
 */
import { type MemoryCheckpoint, type Role, type RunRecord, SERVER_ROLES } from './run-record.ts';

export type Side = 'server' | 'client';

export interface MemoryItem {
  readonly name: string;
  readonly side: Side;
  readonly kernel: boolean;
  readonly role?: Role;
  /** Bytes at each checkpoint, in their order. */
  readonly bytes: readonly number[];
}

export interface MemorySeries {
  /** Connections at each checkpoint. */
  readonly connections: readonly number[];
  readonly items: readonly MemoryItem[];
  /** Bytes by slab cache of sockets, for both ends together; empty where slab could not be read. */
  readonly slabCaches: Readonly<Record<string, readonly number[]>>;
  readonly availableBytes: readonly number[];
  /** TCP sockets that are not ends of this run's connections, at each checkpoint; empty where they were not counted. */
  readonly othersSockets: readonly number[];
  readonly processes: Readonly<Partial<Record<Role, number>>>;
  readonly kernelHalved: boolean;
}

export interface NoSeries {
  readonly unfit: string;
}

/** Caches in which an open connection has an object: socket, inode and file, its place in an epoll set, security labels. */
export const SOCKET_CACHES = [
  'TCP',
  'TCPv6',
  'sock_inode_cache',
  'filp',
  'dentry',
  'eventpoll_epi',
  'eventpoll_pwq',
  'lsm_inode_cache',
  'lsm_file_cache',
] as const;

/**
 * Caches that belong to whoever reads files or starts processes, on a machine where others do so too, and what ended
 * connections leave behind. They are not counted; the fall of MemAvailable beside the bill shows the machine whole.
 */
const CACHES_OF_OTHERS =
  /^(?!sock_|lsm_)\w*inode_cache$|^(ext4|jbd2|btrfs|xfs|fuse|nfs|kernfs)_|^(buffer_head|radix_tree_node|extent_status|tw_sock_TCP(v6)?|task_struct|signal_cache|sighand_cache|pool_workqueue)$/;

/** Whether any item of the series is made of this cache's bytes alone; all others are within the sum of the slab. */
export function cachesRead(cache: string): boolean {
  return (SOCKET_CACHES as readonly string[]).includes(cache) || CACHES_OF_OTHERS.test(cache);
}

const ROLE_NAMES: Readonly<Record<Role, string>> = {
  edge: 'edges',
  relay: 'relay',
  embedded: 'embedded backends',
  dispatch: 'dispatch',
  kafka: 'Kafka',
  cassandra: 'Cassandra',
  redis: 'Redis',
  supervisor: 'supervisor',
  worker: 'workers',
  coordinator: 'coordinator',
};

export function memorySeries(record: RunRecord): MemorySeries | NoSeries {
  const { checkpoints } = record;
  if (checkpoints.length === 0) return { unfit: 'the run has no checkpoint of memory' };
  const changed = roleWithOtherNumber(checkpoints);
  if (changed !== undefined) return { unfit: `the number of ${ROLE_NAMES[changed]} is not the same at all checkpoints` };
  const roles = Object.keys(checkpoints[0]!.roles) as Role[];
  return {
    connections: checkpoints.map((point) => point.connections),
    items: [...kernelItems(record), ...roles.map((role) => roleItem(role, checkpoints))],
    slabCaches: slabCaches(checkpoints),
    availableBytes: checkpoints.map((point) => point.memAvailableBytes),
    othersSockets: othersSockets(record),
    processes: Object.fromEntries(roles.map((role) => [role, checkpoints[0]!.roles[role]!.processes])),
    kernelHalved: record.settings.bothEnds,
  };
}

/** The items of one side, or of both, added at each checkpoint. */
export function totalBytes(series: MemorySeries, side?: Side): readonly number[] {
  const chosen = series.items.filter((item) => side === undefined || item.side === side);
  return series.connections.map((_, at) => chosen.reduce((sum, item) => sum + item.bytes[at]!, 0));
}

function roleWithOtherNumber(checkpoints: readonly MemoryCheckpoint[]): Role | undefined {
  const first = checkpoints[0]!.roles;
  for (const { roles } of checkpoints) {
    for (const role of Object.keys({ ...first, ...roles }) as Role[]) {
      if (roles[role]?.processes !== first[role]?.processes) return role;
    }
  }
  return undefined;
}

function roleItem(role: Role, checkpoints: readonly MemoryCheckpoint[]): MemoryItem {
  return {
    name: ROLE_NAMES[role],
    side: isServer(role) ? 'server' : 'client',
    kernel: false,
    role,
    bytes: checkpoints.map((point) => point.roles[role]!.pssBytes),
  };
}

function kernelItems(record: RunRecord): readonly MemoryItem[] {
  const { checkpoints } = record;
  const named: [name: string, bytes: (point: MemoryCheckpoint) => number][] = checkpoints.every((point) => point.slabBytes !== undefined)
    ? [
        ['kernel sockets (slab)', socketSlab],
        ['other kernel slab', (point) => point.slabTotalBytes - socketSlab(point) - slabOfOthers(point)],
      ]
    : [['kernel slab', (point) => point.slabTotalBytes]];
  named.push(['socket buffers', (point) => point.socketBufferBytes], ['page tables', (point) => point.pageTablesBytes]);
  const sides: readonly Side[] = record.settings.bothEnds ? ['server', 'client'] : ['server'];
  return sides.flatMap((side) =>
    named.map(([name, bytes]) => ({
      name,
      side,
      kernel: true,
      bytes: checkpoints.map((point) => bytes(point) / sides.length),
    })),
  );
}

function socketSlab(point: MemoryCheckpoint): number {
  return SOCKET_CACHES.reduce((sum, cache) => sum + (point.slabBytes?.[cache] ?? 0), 0);
}

function slabOfOthers(point: MemoryCheckpoint): number {
  const caches = Object.entries(point.slabBytes ?? {}).filter(([cache]) => CACHES_OF_OTHERS.test(cache));
  return caches.reduce((sum, [, bytes]) => sum + bytes, 0);
}

function slabCaches(checkpoints: readonly MemoryCheckpoint[]): Readonly<Record<string, readonly number[]>> {
  if (checkpoints.some((point) => point.slabBytes === undefined)) return {};
  const seen = SOCKET_CACHES.filter((cache) => checkpoints.some((point) => point.slabBytes![cache] !== undefined));
  return Object.fromEntries(seen.map((cache) => [cache, checkpoints.map((point) => point.slabBytes![cache] ?? 0)]));
}

function othersSockets(record: RunRecord): readonly number[] {
  const ends = record.settings.bothEnds ? 2 : 1;
  return record.checkpoints.flatMap((point) => (point.tcpSockets === undefined ? [] : [point.tcpSockets - ends * point.connections]));
}

function isServer(role: Role): boolean {
  return (SERVER_ROLES as readonly Role[]).includes(role);
}
