/**
 * Where the doctor stands: on a bare host, in a container or in a pod, in a network namespace of its own or the machine's first one,
 * as root or not. It decides which limits are seen, which can be set, and by whom.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { isAbsent, readProcFile } from '../../services/runtime/host/proc-file.ts';
import { sysctlPath } from '../hosts/network-namespace.ts';

export type Place = 'host' | 'container' | 'pod';

export interface Surroundings {
  readonly place: Place;
  /** What told so. */
  readonly because: string;
  /** Not the machine's first network namespace: settings of the whole machine's network are not to be seen. */
  readonly ownNetwork: boolean;
  readonly root: boolean;
  /** Whether a kernel setting can be written from here: a runtime mounts them for reading only, unless told otherwise. */
  readonly writable: (setting: string) => boolean;
}

/** What is looked at; handed in so that it can be told in a test. */
export interface Evidence {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  readonly firstProcessGroups: string;
  readonly user: number;
  readonly writable: Surroundings['writable'];
}

export function readSurroundings(): Surroundings {
  const groups = readProcFile('/proc/1/cgroup');
  return judgeSurroundings({
    environment: process.env,
    exists: existsSync,
    firstProcessGroups: isAbsent(groups) ? '' : groups,
    user: process.getuid?.() ?? -1,
    writable: (setting) => {
      try {
        accessSync(sysctlPath(setting), constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
  });
}

export function judgeSurroundings({ environment, exists, firstProcessGroups, user, writable }: Evidence): Surroundings {
  const [place, because] = placeOf(environment, exists, firstProcessGroups);
  // Only the first namespace has it, for it is the whole machine's.
  return { place, because, ownNetwork: !exists('/proc/sys/net/ipv4/tcp_mem'), root: user === 0, writable };
}

function placeOf(environment: Evidence['environment'], exists: Evidence['exists'], groups: string): readonly [Place, string] {
  if (environment.KUBERNETES_SERVICE_HOST !== undefined) return ['pod', 'KUBERNETES_SERVICE_HOST is set'];
  if (exists('/var/run/secrets/kubernetes.io')) return ['pod', '/var/run/secrets/kubernetes.io is there'];
  if (/kubepods/.test(groups)) return ['pod', 'its control group is one of the kubelet'];
  for (const file of ['/.dockerenv', '/run/.containerenv']) if (exists(file)) return ['container', `${file} is there`];
  if (environment.container !== undefined) return ['container', `container=${environment.container}`];
  if (/(docker|containerd|libpod|lxc)/.test(groups)) return ['container', 'its control group is one of a container runtime'];
  return ['host', 'nothing of a container is to be seen'];
}
