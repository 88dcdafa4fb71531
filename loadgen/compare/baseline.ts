/** Baselines: the records of a side, kept under a name, so that a later run is held against them. Expected failures are values. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInvalid, parseRunRecord } from '../../capacity/run-record-reader.ts';
import { brokenSeal, digestOf, sealOf } from '../ledger/seal.ts';
import { doubted, findRun } from '../report/run-folder.ts';
import type { Side } from './side.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i;

export interface NoSide {
  readonly noSide: string;
}

/** `words`: runs with commas between them. */
export function sideOfRuns(words: string): Side | NoSide {
  const found = words.split(',').map((word) => findRun(word.trim()));
  const missing = found.find((one) => 'noRun' in one);
  if (missing !== undefined && 'noRun' in missing) return { noSide: missing.noRun };
  return { name: words, records: found.flatMap((one) => ('noRun' in one ? [] : [one.record])) };
}

/** Writes what is kept beside what stood there and changes the two, so that a baseline is never half a one. */
export function keepBaseline(folder: string, name: string, side: Side): string | NoSide {
  if (!NAME.test(name)) return { noSide: `a baseline is named by letters, digits, dots and dashes, not "${name}"` };
  const path = join(folder, name);
  const fresh = `${path}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  for (const [at, record] of side.records.entries()) {
    const file = join(fresh, `record-${at + 1}.json`);
    const content = `${JSON.stringify(record)}\n`;
    writeFileSync(file, content);
    writeFileSync(sealOf(file), `${digestOf(content)}\n`);
  }
  rmSync(path, { recursive: true, force: true });
  renameSync(fresh, path);
  return path;
}

export function readBaseline(folder: string, name: string): Side | NoSide {
  const path = join(folder, name);
  if (!NAME.test(name) || !existsSync(path))
    return { noSide: `there is no baseline ${name} in ${folder}: keep one with --keep-baseline ${name}` };
  const records = [];
  for (const file of readdirSync(path)
    .filter((one) => one.endsWith('.json'))
    .toSorted()) {
    const content = readFileSync(join(path, file), 'utf8');
    const record = parseRunRecord(content);
    if (isInvalid(record)) return { noSide: `${join(path, file)}: ${record.invalid}` };
    records.push(doubted(record, brokenSeal(join(path, file), content)));
  }
  return records.length === 0 ? { noSide: `${path} holds no record` } : { name: `baseline ${name}`, records };
}
