/**
 * Looks whether files are others than before, as a certificate is when it is renewed, and a list of keys when one is added. What
 * does not hold, such as half of a pair in the middle of a replacement, is left for the next look: a box never takes what it
 * could not serve.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Log } from '../runtime/log.ts';

export interface FilesWatchOptions {
  /** For the log. */
  readonly what: string;
  /** None: there is nothing to look at. */
  readonly files: readonly string[];
  readonly everyMs: number;
  /** Throws where the files may not be taken. */
  readonly demand: () => void;
  readonly log: Log;
}

export class FilesWatch {
  private readonly options: FilesWatchOptions;
  private taken: string;
  private timer: ReturnType<typeof setInterval> | undefined;
  private onNew: () => void = () => undefined;

  /** Throws where a file is not there. */
  constructor(options: FilesWatchOptions) {
    this.options = options;
    this.taken = this.digest();
  }

  start(onNew: () => void): void {
    if (this.options.files.length === 0) return;
    this.onNew = onNew;
    this.timer = setInterval(() => this.look(), this.options.everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(): void {
    const { files, demand, log, what } = this.options;
    if (files.length === 0) return;
    try {
      const found = this.digest();
      if (found === this.taken) return;
      demand();
      this.taken = found;
    } catch (error) {
      return log.error(`${what} not renewed`, { message: (error as Error).message });
    }
    this.onNew();
  }

  private digest(): string {
    const hash = createHash('sha256');
    for (const file of this.options.files) hash.update(readFileSync(file)).update('\0');
    return hash.digest('hex');
  }
}
