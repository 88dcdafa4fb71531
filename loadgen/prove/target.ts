/**
 * What a proof disturbs: the processes of a box, the servers of its stack, and the load engine's own workers. Each is looked
 * up when it is needed: a process that was started again has another id.
 */
import type { Box } from '../coordinator/box.ts';

export const KINDS = ['edge', 'relay', 'embedded', 'dispatch', 'kafka', 'cassandra', 'redis'] as const;
export type Kind = (typeof KINDS)[number];

/** A server that is started again by whoever killed it; the box does that for its own processes. */
export interface Server {
  readonly kind: Kind;
  readonly name: string;
  readonly pid: number | undefined;
  /** On the data it had; resolves when it answers. */
  start(): Promise<void>;
  /** In order; resolves when it has ended. */
  stop(): Promise<void>;
}

export interface Part {
  readonly kind: Kind;
  readonly name: string;
  readonly pid: number;
  readonly server?: Server;
}

export interface Target {
  readonly box: Box;
  readonly servers: readonly Server[];
  readonly workers: number;
  /** Kills a worker of the load engine and starts it again on its ledger. */
  restartWorker(worker: number): Promise<void>;
}

/** The processes of a kind that are there now, in order of their numbers. */
export async function partsOf(target: Target, kind: Kind): Promise<Part[]> {
  if (kind === 'kafka' || kind === 'cassandra' || kind === 'redis')
    return target.servers.flatMap((server) =>
      server.kind === kind && server.pid !== undefined ? [{ kind, name: server.name, pid: server.pid, server }] : [],
    );
  await target.box.refresh();
  const { pids } = target.box.info;
  const part = (name: string, pid: number | undefined): Part[] => (pid === undefined ? [] : [{ kind, name, pid }]);
  switch (kind) {
    case 'edge':
      return pids.edges.flatMap((pid, edge) => part(`edge ${edge}`, pid));
    case 'dispatch':
      return (pids.dispatchers ?? []).flatMap((pid, number) => part(`dispatch ${number}`, pid));
    default:
      return part(kind, pids[kind]);
  }
}

/** Kinds that this target has at all. */
export function kindsOf(target: Target): ReadonlySet<Kind> {
  const { pids } = target.box.info;
  return new Set<Kind>([
    'edge',
    'relay',
    ...(pids.dispatchers === undefined ? (['embedded'] as const) : []),
    ...((pids.dispatchers?.length ?? 0) > 0 ? (['dispatch'] as const) : []),
    ...target.servers.map((server) => server.kind),
  ]);
}
