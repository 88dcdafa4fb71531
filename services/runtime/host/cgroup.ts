/**
 * The control group of this process, versions 1 and 2: the tightest limit on the way from it to the root.
 */
import { type Absent, isAbsent, readProcFile } from './proc-file.ts';

export interface CgroupLimit {
  /** Left out when no group on the way sets one. */
  readonly maximum?: number;
}

const FILES = {
  memory: { version1: 'memory.limit_in_bytes', version2: 'memory.max' },
  pids: { version1: 'pids.max', version2: 'pids.max' },
} as const;

/** Version 1 spells "no limit" as the largest page-aligned number. */
const UNLIMITED = 2 ** 60;

export function readCgroupLimit(controller: keyof typeof FILES): CgroupLimit | Absent {
  const groups = readProcFile('/proc/self/cgroup');
  if (isAbsent(groups)) return groups;
  const place = placeOf(groups, controller);
  if (place === undefined) return { absent: `no control group for ${controller}` };
  const file = FILES[controller][place.version];
  const found: number[] = [];
  for (const folder of upwards(place.path)) {
    const text = readProcFile(`${place.root}${folder}/${file}`);
    if (isAbsent(text)) continue; // The root group has no such file, and a container may not see its parents.
    const value = Number(text.trim());
    if (Number.isFinite(value) && value < UNLIMITED) found.push(value);
  }
  return found.length === 0 ? {} : { maximum: Math.min(...found) };
}

interface GroupPlace {
  readonly version: 'version1' | 'version2';
  readonly root: string;
  readonly path: string;
}

/** A controller that version 1 has taken is named in a line of its own; else it is in the one line of version 2. */
export function placeOf(groups: string, controller: string): GroupPlace | undefined {
  for (const line of groups.trim().split('\n')) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers.split(',').includes(controller)) return { version: 'version1', root: `/sys/fs/cgroup/${controllers}`, path };
  }
  const unified = /^0::(.*)$/m.exec(groups)?.[1];
  return unified === undefined ? undefined : { version: 'version2', root: '/sys/fs/cgroup', path: unified };
}

/** "/a/b" → "/a/b", "/a", "". */
export function upwards(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return Array.from({ length: parts.length + 1 }, (_, at) => {
    const kept = parts.slice(0, parts.length - at);
    return kept.length === 0 ? '' : `/${kept.join('/')}`;
  });
}
