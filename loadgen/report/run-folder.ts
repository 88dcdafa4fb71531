/** The folder of a run: finds it, reads its record, writes its page. Expected failures are values with a sentence. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunRecord } from '../../capacity/run-record.ts';
import { isInvalid, parseRunRecord } from '../../capacity/run-record-reader.ts';
import { brokenSeal } from '../ledger/seal.ts';
import { type Assessment, assess, type Companions } from './assessment.ts';
import { reportPage } from './page.ts';

export const RECORD_FILE = 'record.json';
export const PAGE_FILE = 'report.html';

export interface FoundRun {
  readonly folder: string;
  readonly record: RunRecord;
}

export interface NoRun {
  readonly noRun: string;
}

/** `name`: a folder, the name of one under `runsFolder`, or `latest`: the last that has a record, by the time its name begins with. */
export function findRun(name: string, runsFolder = 'runs'): FoundRun | NoRun {
  if (name !== 'latest') {
    const own = readRun(resolve(name));
    return isMissing(own) && !name.includes('/') ? readRun(resolve(runsFolder, name)) : own;
  }
  const folder = latestFolder(resolve(runsFolder));
  return folder === undefined ? { noRun: `no run with a ${RECORD_FILE} under ${runsFolder}/` } : readRun(folder);
}

/** Written beside and renamed, so that a reader never sees half a page. */
export async function writeReport(
  folder: string,
  record: RunRecord,
  companions: Companions = {},
): Promise<{ readonly page: string; readonly assessment: Assessment }> {
  const assessment = assess(record, companions);
  const page = join(folder, PAGE_FILE);
  const content = await reportPage(assessment);
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${page}.new`, content);
  renameSync(`${page}.new`, page);
  return { page, assessment };
}

function readRun(folder: string): FoundRun | NoRun {
  const path = join(folder, RECORD_FILE);
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (failure) {
    const code = (failure as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { noRun: `${path} does not exist` };
    throw failure;
  }
  const record = parseRunRecord(content);
  if (isInvalid(record)) return { noRun: `${path}: ${record.invalid}` };
  return { folder, record: doubted(record, brokenSeal(path, content)) };
}

/** A problem of the load engine: nothing is concluded from a record that has one. */
export function doubted(record: RunRecord, ...why: readonly (string | undefined)[]): RunRecord {
  const found = why.filter((text) => text !== undefined).map((text) => ({ tMs: 0, whose: 'generator' as const, text }));
  return found.length === 0 ? record : { ...record, problems: [...record.problems, ...found] };
}

function latestFolder(runsFolder: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(runsFolder);
  } catch {
    return undefined; // No run was ever made.
  }
  const ordered = names
    .filter((name) => /^\d/.test(name))
    .toSorted()
    .toReversed();
  return ordered.map((name) => join(runsFolder, name)).find((folder) => !isMissing(readRun(folder)));
}

function isMissing(found: FoundRun | NoRun): boolean {
  return 'noRun' in found && found.noRun.endsWith('does not exist');
}
