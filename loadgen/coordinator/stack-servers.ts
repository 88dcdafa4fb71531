/**
 * The servers that a box on real systems stands on, as processes of this machine: found by the ports they listen on, and
 * found again when one was started anew. A server elsewhere has no process here, and its CPU is not known.
 */
import { existsSync } from 'node:fs';
import { listenersOf } from './listeners.ts';
import type { PidsByRole } from './meter.ts';

export type ServerKind = 'kafka' | 'cassandra' | 'redis';

export interface StackServer {
  readonly kind: ServerKind;
  /** Unlike that of any other. */
  readonly name: string;
  readonly port: number;
}

/** Of the box and of the load engine: they hold many sockets, and are none of these servers. */
const OURS: ReadonlySet<string> = new Set(['bun', 'node']);

export class StackServers {
  readonly servers: readonly StackServer[];
  private found: ReadonlyMap<number, number> = new Map();

  constructor(servers: readonly StackServer[]) {
    this.servers = servers;
    this.refresh();
  }

  pidOf(server: StackServer): number | undefined {
    return this.found.get(server.port);
  }

  get pids(): PidsByRole {
    const pids: Partial<Record<ServerKind, number[]>> = {};
    for (const server of this.servers) {
      const pid = this.pidOf(server);
      if (pid === undefined) continue;
      const list = pids[server.kind];
      if (list === undefined) pids[server.kind] = [pid];
      else list.push(pid);
    }
    return pids;
  }

  /** Looks for those that are not there; whose process lives is not looked for. */
  refresh(): void {
    const there = this.servers.filter(({ port }) => existsSync(`/proc/${this.found.get(port)}`));
    if (there.length === this.servers.length) return;
    const missing = this.servers.filter((server) => !there.includes(server));
    this.found = new Map([
      ...there.map(({ port }) => [port, this.found.get(port)!] as const),
      ...listenersOf(
        missing.map(({ port }) => port),
        OURS,
      ),
    ]);
  }
}
