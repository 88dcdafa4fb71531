/**
 * What stores, nodes and Kubernetes tell: by Debian's exporters where there is something here to tell it of, and by series as they
 * are when all is well where there is not.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { debianProgram } from '../../infra/verify/debian-program.ts';
import { answers, type Children, freePort, until } from './children.ts';
import type { Target } from './prometheus.ts';

type Still = Readonly<Record<string, { readonly at: number } | { readonly rate: number }>>;

/** Exporters that are not here, by job, with series as they are when all is well. */
export const EXPORTERS: Readonly<Record<string, Still>> = {
  kafka: {},
  cassandra: { 'org_apache_cassandra_metrics_table_max_partition_size{keyspace="parley",table="messages"}': { at: 1e6 } },
  redis: { redis_memory_used_bytes: { at: 1e6 }, redis_evicted_keys_total: { rate: 0 }, redis_connected_clients: { at: 3 } },
  kubernetes: {
    'kube_statefulset_replicas{statefulset="edges"}': { at: 1 },
    'kube_statefulset_replicas{statefulset="relay"}': { at: 1 },
    'kube_statefulset_status_replicas_ready{statefulset="edges"}': { at: 1 },
  },
  nodes: {
    node_memory_MemAvailable_bytes: { at: 8e9 },
    'node_filesystem_avail_bytes{device="d",fstype="ext4",mountpoint="/data"}': { at: 9e11 },
    'node_filesystem_size_bytes{device="d",fstype="ext4",mountpoint="/data"}': { at: 1e12 },
    node_timex_offset_seconds: { at: 0 },
    node_timex_sync_status: { at: 1 },
  },
};

const READY_MS = 30_000;
const NODE = { package: 'prometheus-node-exporter', file: 'usr/bin/prometheus-node-exporter' };
const REDIS = { package: 'prometheus-redis-exporter', file: 'usr/bin/prometheus-redis-exporter' };
/** Of a disk that can be filled without anybody's harm. */
const DISK_BYTES = 64 * 1_048_576;

/** An exporter that is started when a fault needs it, and the target that Prometheus has from the start. */
export class Exporter {
  readonly port = freePort();
  private readonly children: Children;
  private readonly name: string;
  private process: Bun.Subprocess | undefined;

  constructor(children: Children, name: string) {
    this.children = children;
    this.name = name;
  }

  target(job: string, labels: Readonly<Record<string, string>>): Target {
    return { job, address: `127.0.0.1:${this.port}`, labels: { namespace: 'parley-data', app: job, ...labels } };
  }

  /** Memory, evictions and clients of a Redis. */
  redis(server: string): Promise<number> {
    return this.start(REDIS, (program, listen) => [program, listen, `--redis.addr=redis://${server}`]);
  }

  /** All that Debian's exporter tells of this machine. */
  node(): Promise<number> {
    return this.start(NODE, (program, listen) => [program, listen]);
  }

  /** Whether this machine's clock follows a time server. */
  clock(): Promise<number> {
    return this.start(NODE, (program, listen) => [program, listen, '--collector.disable-defaults', '--collector.timex']);
  }

  /** File systems, among them a small one of its own, which nobody outside of its mount namespace sees. Gives its place. */
  async disk(): Promise<string> {
    const [image, mount] = [join(this.children.folder, 'disk.img'), join(this.children.folder, 'disk')];
    mkdirSync(mount, { recursive: true });
    const script = `truncate -s ${DISK_BYTES} ${image} && mkfs.ext4 -q -F ${image} && mount -o loop ${image} ${mount} && exec "$@"`;
    const pid = await this.start(NODE, (program, listen) => [
      // It reads the mounts of process 1, so it is that one.
      ...['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c', script, 'disk', program, listen],
      ...['--collector.disable-defaults', '--collector.filesystem'],
    ]);
    return `/proc/${pid}/root${mount}`;
  }

  /** `unshare` waits for its child whatever it is sent, and the child ends with it. */
  async end(): Promise<void> {
    this.process?.kill('SIGKILL');
    await this.process?.exited;
  }

  private async start(
    package_: { readonly package: string; readonly file: string },
    command: (program: string, listen: string) => readonly string[],
  ): Promise<number> {
    const program = await debianProgram(package_, console.error);
    this.process = this.children.start(this.name, command(program, `--web.listen-address=127.0.0.1:${this.port}`), this.children.folder);
    await until(`${this.name} answers`, READY_MS, () => answers(`http://127.0.0.1:${this.port}/metrics`));
    return this.process.pid;
  }
}
