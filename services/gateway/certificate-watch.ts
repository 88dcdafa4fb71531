/**
 * Looks whether the files of certificate and key are others than before, as they are when a certificate is renewed. A pair
 * that does not fit, as in the middle of a replacement, is left for the next look: a box never takes what it could not serve.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Log } from '../runtime/log.ts';
import { demandCertificate } from './box-preconditions.ts';

export class CertificateWatch {
  private readonly files: { readonly certificate: string; readonly key: string };
  private readonly everyMs: number;
  private readonly log: Log;
  private taken: string;
  private timer: ReturnType<typeof setInterval> | undefined;
  private onNew: () => void = () => undefined;

  constructor(files: { readonly certificate: string; readonly key: string }, everyMs: number, log: Log) {
    this.files = files;
    this.everyMs = everyMs;
    this.log = log;
    this.taken = this.digest();
  }

  start(onNew: () => void): void {
    this.onNew = onNew;
    this.timer = setInterval(() => this.look(), this.everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(): void {
    try {
      const found = this.digest();
      if (found === this.taken) return;
      demandCertificate(this.files.certificate, this.files.key);
      this.taken = found;
    } catch (error) {
      return this.log.error('certificate not renewed', { message: (error as Error).message });
    }
    this.onNew();
  }

  private digest(): string {
    const hash = createHash('sha256');
    for (const file of [this.files.certificate, this.files.key]) hash.update(readFileSync(file)).update('\0');
    return hash.digest('hex');
  }
}
