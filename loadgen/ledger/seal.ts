/**
 * The digest that stands beside a record: `record.json.sha256`. It tells that a record was edited, by a hand or by a disk;
 * whoever makes a new digest as well is not told by it, but by a recount of the ledgers.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

export function sealOf(recordPath: string): string {
  return `${recordPath}.sha256`;
}

export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Undefined: it is as it was written, or was written before there were digests. */
export function brokenSeal(recordPath: string, content: string): string | undefined {
  const seal = sealOf(recordPath);
  if (!existsSync(seal) || readFileSync(seal, 'utf8').trim() === digestOf(content)) return undefined;
  return 'the record is not what the run wrote: its digest is another';
}
