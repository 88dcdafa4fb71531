/**
 * Small files that the kernel makes while they are read: /proc, /sys. A file that is not there or may not be read is an
 * expected answer and comes back as its reason. Nothing here walks /proc/<pid>/fd: that alone would make kernel memory (a
 * proc inode per connection) larger than what is being measured.
 */
import { readFileSync } from 'node:fs';

export interface Absent {
  /** Why there is no value, for people. */
  readonly absent: string;
}

export function readProcFile(path: string): string | Absent {
  try {
    return readFileSync(path, 'utf8');
  } catch (failure) {
    const code = (failure as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESRCH') return { absent: `${path} does not exist` };
    if (code === 'EACCES' || code === 'EPERM') return { absent: `${path} may not be read by this user` };
    if (code === 'EOPNOTSUPP' || code === 'EINVAL') return { absent: `${path} is switched off in this kernel` };
    throw failure;
  }
}

export function isAbsent(value: unknown): value is Absent {
  return typeof value === 'object' && value !== null && 'absent' in value;
}
