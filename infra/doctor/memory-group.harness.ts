/** A memory control group made for a test, version 1 or 2: processes are started in it by a prefix of their command line. */
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import type { MachineFact } from '../../services/runtime/shortfall.ts';

const VERSION_1 = '/sys/fs/cgroup/memory';
const VERSION_2 = '/sys/fs/cgroup';

export class MemoryGroup {
  private readonly folder: string;
  private readonly version: 1 | 2;

  constructor(limitBytes: number, name = `parley-doctor-${process.pid}`) {
    this.version = existsSync(`${VERSION_1}/memory.limit_in_bytes`) ? 1 : 2;
    this.folder = `${this.version === 1 ? VERSION_1 : VERSION_2}/${name}`;
    mkdirSync(this.folder);
    try {
      writeFileSync(`${this.folder}/${this.version === 1 ? 'memory.limit_in_bytes' : 'memory.max'}`, String(limitBytes));
    } catch (failure) {
      rmdirSync(this.folder);
      throw failure;
    }
  }

  get prefix(): readonly string[] {
    return ['/bin/sh', '-c', `echo $$ > ${this.folder}/cgroup.procs && exec "$@"`, 'sh'];
  }

  get usageBytes(): number {
    return Number(this.read(this.version === 1 ? 'memory.usage_in_bytes' : 'memory.current'));
  }

  /** Processes that the kernel has killed for want of memory. */
  get kills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(this.read(this.version === 1 ? 'memory.oom_control' : 'memory.events'))?.[1] ?? 0);
  }

  /** Once nothing runs in it. */
  async remove(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        rmdirSync(this.folder);
        return;
      } catch (failure) {
        if (attempt > 50) throw failure;
        await Bun.sleep(100);
      }
    }
  }

  private read(file: string): string {
    return readFileSync(`${this.folder}/${file}`, 'utf8');
  }
}

export const MEMORY_GROUPS: MachineFact = {
  fact: 'memory control groups that can be made',
  missing: () => {
    try {
      const group = new MemoryGroup(64 * 2 ** 20, `parley-doctor-probe-${process.pid}`);
      void group.remove();
      return undefined;
    } catch (failure) {
      return `none: ${(failure as Error).message}`;
    }
  },
};
