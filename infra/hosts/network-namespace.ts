/**
 * A network namespace made for a moment, as a new pod has one: with the kernel's own values and a loopback of its own. Settings are
 * tried in it, and programs run in it, without a trace on the machine. Needs root, util-linux and iproute2.
 */
import { spawnSync } from 'node:child_process';
import type { Sysctl } from '../../capacity/host-limit.ts';
import type { MachineFact } from '../../services/runtime/shortfall.ts';

export interface TriedSysctl extends Sysctl {
  /** What the namespace says after the write; left out when it has no such setting. */
  readonly read?: string;
  /** The write was taken and what is read is what was asked for. */
  readonly stuck: boolean;
  /** Why not. */
  readonly problem?: string;
}

/** Writes each in a namespace of its own making, and reads it back. Throws when the machine permits no namespace. */
export function trySysctls(sysctls: readonly Sysctl[]): readonly TriedSysctl[] {
  const script = sysctls.map(({ name, value }) => {
    const file = sysctlPath(name);
    return `if [ ! -e ${file} ]; then echo absent; else if echo '${value}' 2>/dev/null > ${file}; then echo "read $(cat ${file})"; else echo "refused $(cat ${file})"; fi; fi`;
  });
  const lines = run(namespaceCommand(['/bin/sh', '-c', script.join('\n')])).split('\n');
  return sysctls.map((sysctl, at) => judge(sysctl, lines[at] ?? ''));
}

export const NETWORK_NAMESPACES: MachineFact = {
  fact: 'network namespaces',
  missing: () => {
    try {
      run(namespaceCommand(['/bin/true']));
      return undefined;
    } catch (failure) {
      return `none to give: ${(failure as Error).message}`;
    }
  },
  demandedInCi: true,
};

/** The command line that runs another in a new namespace with a loopback. */
export function namespaceCommand(command: readonly string[], sysctls: readonly Sysctl[] = []): readonly string[] {
  const writes = sysctls.map(({ name, value }) => `echo '${value}' > ${sysctlPath(name)}`);
  return ['unshare', '--net', '--', '/bin/sh', '-ec', ['ip link set lo up', ...writes, 'exec "$@"'].join('\n'), 'sh', ...command];
}

export function sysctlPath(name: string): string {
  if (!/^[a-z0-9_]+(\.[a-z0-9_-]+)+$/i.test(name)) throw new Error(`${name} is no kernel setting`);
  return `/proc/sys/${name.replaceAll('.', '/')}`;
}

/** As the kernel writes several numbers: with single blanks between them. */
export function plain(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

function run([program, ...args]: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program!, args, { encoding: 'utf8', timeout: 20_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim() || `${program} ended with ${status}`);
  return stdout;
}

function judge(sysctl: Sysctl, line: string): TriedSysctl {
  const [, word = '', text = ''] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  const read = plain(text);
  if (word === 'absent') return { ...sysctl, stuck: false, problem: 'a network namespace has no such setting: it is the node’s' };
  if (word === 'refused') return { ...sysctl, read, stuck: false, problem: 'a network namespace does not take that' };
  if (word !== 'read') return { ...sysctl, stuck: false, problem: `no answer: ${line}` };
  return read === plain(sysctl.value) ? { ...sysctl, read, stuck: true } : { ...sysctl, read, stuck: false, problem: `it became ${read}` };
}
