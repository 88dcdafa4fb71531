/** The record of a run that a word on the command line names. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RunRecord } from '../run-record.ts';
import { isInvalid, parseRunRecord } from '../run-record-reader.ts';

/** Told to the user in a line. */
export class Mistake extends Error {}

/** A file, or the record in a folder: a path, or a name under runs/. */
export function fileOf(name: string): string {
  const paths = name.includes('/') ? [resolve(name)] : [resolve(name), resolve('runs', name)];
  const found = paths.find((path) => statSync(path, { throwIfNoEntry: false }) !== undefined);
  if (found === undefined) throw new Mistake(`there is no run or file "${name}"`);
  return statSync(found).isDirectory() ? join(found, 'record.json') : found;
}

/** As `fileOf`, or all records and measurements of a folder that holds some. */
export function filesOf(name: string): readonly string[] {
  const path = resolve(name);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true || existsSync(join(path, 'record.json'))) return [fileOf(name)];
  const files = readdirSync(path).filter((file) => file.endsWith('.json'));
  if (files.length === 0) throw new Mistake(`${name} holds no record of a run`);
  return files.sort().map((file) => join(path, file));
}

export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (failure) {
    throw new Mistake(`${path} can’t be read (${(failure as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
}

export function jsonOf(path: string): unknown {
  const content = textOf(path);
  try {
    return JSON.parse(content);
  } catch {
    throw new Mistake(`${path} is not JSON, or cut short`);
  }
}

export function readRun(path: string): RunRecord {
  const record = parseRunRecord(textOf(path));
  if (isInvalid(record)) throw new Mistake(`${path}: ${record.invalid}`);
  return record;
}
