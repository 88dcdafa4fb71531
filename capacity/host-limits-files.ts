/**
 * Limits on open files: a connection is one file at each of its ends.
 */
import { type BoxShape, endsOf, processesOf, spreadOf } from './box-shape.ts';
import { type HostLimit, noSysctls, sysctl, wholeAbove, wholeBelow } from './host-limit.ts';

/** Files that the rest of a machine has open: system services, shells, logs. */
const FILES_OF_OTHERS = 10_000;

/** Files of the fullest process: an edge gets more than its mean, a worker exactly its share. */
function filesPerProcess(connections: number, shape: BoxShape): number {
  const edge = (connections * spreadOf(shape)) / shape.edges;
  const worker = shape.workers > 0 ? connections / shape.workers : 0;
  return wholeAbove(Math.max(edge, worker)) + shape.costs.filesPerProcess;
}

function connectionsByFiles(files: number, shape: BoxShape): number {
  const room = files - shape.costs.filesPerProcess;
  const edges = (room * shape.edges) / spreadOf(shape);
  return wholeBelow(shape.workers > 0 ? Math.min(edges, room * shape.workers) : edges);
}

function filesOfMachine(shape: BoxShape): number {
  return processesOf(shape) * shape.costs.filesPerProcess + FILES_OF_OTHERS;
}

export const fileLimits: readonly HostLimit[] = [
  {
    name: 'processFiles',
    setting: 'RLIMIT_NOFILE (hard)',
    sysctls: noSysctls,
    scope: 'process',
    unit: 'files',
    effect: 'stops',
    safer: 'larger',
    needed: filesPerProcess,
    holds: connectionsByFiles,
    why: 'one file a connection in each edge and each worker; the runtime raises its soft limit to the hard one when it starts',
    symptom: 'accept fails with EMFILE: connections wait in the backlog and time out while the box looks idle',
    lift: (value) => [
      `ulimit -Hn ${value}   # in the shell that starts the box; a service: LimitNOFILE=${value}`,
      '# or spread over more processes: --edges, --workers',
    ],
    undo: (previous) => [`ulimit -Hn ${previous}`],
    atRunTime: false,
    pod: { kind: 'node' },
  },
  {
    name: 'nrOpen',
    ...sysctl('fs.nr_open'),
    scope: 'node',
    unit: 'files',
    effect: 'stops',
    safer: 'larger',
    needed: filesPerProcess,
    holds: connectionsByFiles,
    why: 'no process may raise its own limit of files above it',
    symptom: 'setting the limit of files fails with EPERM, even for root',
    pod: { kind: 'node' },
  },
  {
    name: 'fileMax',
    ...sysctl('fs.file-max'),
    scope: 'node',
    unit: 'files',
    effect: 'stops',
    safer: 'larger',
    needed: (connections, shape) => connections * endsOf(shape) + filesOfMachine(shape),
    holds: (value, shape) => wholeBelow((value - filesOfMachine(shape)) / endsOf(shape)),
    why: 'all open files of the machine, both ends of each connection when the clients are here too',
    symptom: 'ENFILE from accept and socket in every process; "VFS: file-max limit reached" in the kernel log (root may pass it)',
    pod: { kind: 'node' },
  },
  {
    name: 'epollWatches',
    ...sysctl('fs.epoll.max_user_watches'),
    scope: 'node',
    unit: 'watches',
    effect: 'stops',
    safer: 'larger',
    needed: (connections, shape) => connections * endsOf(shape) + filesOfMachine(shape),
    holds: (value, shape) => wholeBelow((value - filesOfMachine(shape)) / endsOf(shape)),
    why: 'each socket is watched once, counted for all processes of a user; the default is 4 % of memory',
    symptom: 'epoll_ctl fails with ENOSPC: accepted connections that nobody ever reads',
    pod: { kind: 'node' },
  },
  {
    name: 'containerRuntimeFiles',
    setting: 'containerd LimitNOFILE',
    sysctls: noSysctls,
    scope: 'runtime',
    unit: 'files',
    effect: 'stops',
    safer: 'larger',
    needed: filesPerProcess,
    holds: connectionsByFiles,
    why: 'containers inherit the limit of files of the runtime that starts them (containerd 2: 1,024 soft, 524,288 hard); a pod can’t ask for more',
    symptom: 'a pod has fewer files than its node; EMFILE in the container only',
    lift: (value) => [
      `mkdir -p /etc/systemd/system/containerd.service.d && printf '[Service]\\nLimitNOFILE=${value}\\n' > /etc/systemd/system/containerd.service.d/files.conf`,
      'systemctl daemon-reload && systemctl restart containerd',
    ],
    undo: () => ['rm /etc/systemd/system/containerd.service.d/files.conf && systemctl daemon-reload && systemctl restart containerd'],
    atRunTime: false,
    pod: { kind: 'node' },
  },
];
