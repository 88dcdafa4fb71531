/**
 * What a node is, as its files say: kernel, processors, memory, kernel settings, the container runtime's limit of files, the kubelet's
 * configuration. `root` is where the node's files are seen: "/" on the node, the mount in a privileged pod.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseMachineMemory } from '../../services/runtime/host/kernel.ts';
import { containerRuntimeFiles } from '../../services/runtime/host/limits.ts';
import { isAbsent, readProcFile } from '../../services/runtime/host/proc-file.ts';
import { plain, sysctlPath } from '../hosts/network-namespace.ts';

export interface NodeFacts {
  readonly kernel: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly swap: boolean;
  /** As the kernel spells it; undefined when this kernel has none. */
  readonly setting: (name: string) => string | undefined;
  /** LimitNOFILE of containerd's unit and drop-ins; undefined when there is no unit. */
  readonly runtimeFiles: string | undefined;
  /** The kubelet's configuration with its drop-ins over it; undefined when there is none. */
  readonly kubelet: Readonly<Record<string, unknown>> | undefined;
  /** Arguments of the kubelet that are to be seen in its unit's files. */
  readonly kubeletArguments: string;
}

export function readNodeFacts(root = '/'): NodeFacts {
  const read = (path: string): string | undefined => {
    const content = readProcFile(join(root, path));
    return isAbsent(content) ? undefined : content;
  };
  const folder = (path: string): readonly string[] =>
    namesIn(join(root, path))
      .filter((name) => name.endsWith('.conf'))
      .flatMap((name) => read(`${path}/${name}`) ?? []);
  const memory = parseMachineMemory(read('proc/meminfo') ?? '');
  const units = ['lib/systemd/system', 'usr/lib/systemd/system', 'etc/systemd/system'].flatMap(
    (at) => read(`${at}/containerd.service`) ?? [],
  );
  return {
    kernel: (read('proc/sys/kernel/osrelease') ?? '').trim(),
    cores: (read('proc/cpuinfo') ?? '').split('\n').filter((line) => line.startsWith('processor')).length,
    memoryBytes: isAbsent(memory) ? 0 : memory.totalBytes,
    swap: (read('proc/swaps') ?? '').trim().split('\n').length > 1,
    setting: (name) => {
      const text = read(sysctlPath(name).slice(1));
      return text === undefined ? undefined : plain(text);
    },
    runtimeFiles: units.length === 0 ? undefined : containerRuntimeFiles([...units, ...folder('etc/systemd/system/containerd.service.d')]),
    kubelet: kubeletOf([read('var/lib/kubelet/config.yaml'), ...folder('etc/kubernetes/kubelet.conf.d')]),
    kubeletArguments: [
      ...['var/lib/kubelet/kubeadm-flags.env', 'etc/default/kubelet', 'etc/sysconfig/kubelet'].map((path) => read(path) ?? ''),
      ...folder('etc/systemd/system/kubelet.service.d'),
    ].join('\n'),
  };
}

/** A field of a later one replaces that of an earlier one, lists as a whole, as the kubelet reads them. */
export function kubeletOf(texts: readonly (string | undefined)[]): Readonly<Record<string, unknown>> | undefined {
  const read = texts.filter((text) => text !== undefined);
  if (read.length === 0) return undefined;
  return Object.assign({}, ...read.map((text) => (Bun.YAML.parse(text) ?? {}) as object)) as Readonly<Record<string, unknown>>;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return []; // No such folder: no drop-ins.
  }
}
