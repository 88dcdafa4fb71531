/** Keeps records that could not be read, one JSON line each, up to a size; past it only their counter goes on. */
import { existsSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import type { DeadLetter } from './dead-letter.ts';

export function deadLetterFile(path: string, limitBytes: number): (letter: DeadLetter) => Promise<void> {
  let bytes = existsSync(path) ? statSync(path).size : 0;
  return async ({ topic, partition, record, reason }) => {
    const { offset, loggedAtMs, value } = record;
    const line = `${JSON.stringify({ topic, partition, offset, loggedAtMs, reason, value: Buffer.from(value).toString('base64') })}\n`;
    if (bytes + line.length > limitBytes) return;
    bytes += line.length;
    await appendFile(path, line, { mode: 0o600 });
  };
}
