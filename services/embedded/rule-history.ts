/**
 * Under which rules each part of the log was written. The outcome of a record hangs on them, so that a changed setting must
 * not change what is past: a new rule counts from the end that the log had when it came.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { BackendError } from '../runtime/backend-error.ts';

interface Epoch<Rules> {
  /** By partition: the first offset under these rules. */
  readonly from: readonly number[];
  readonly rules: Rules;
}

const VERSION = 1;

export class RuleHistory<Rules extends object> {
  private readonly epochs: ReadonlyArray<Epoch<Rules>>;

  private constructor(epochs: ReadonlyArray<Epoch<Rules>>) {
    this.epochs = epochs;
  }

  /** `ends`: where each partition ends now. Rules that differ from the last ones are added to the file. */
  static open<Rules extends object>(path: string, ends: readonly number[], rules: Rules): RuleHistory<Rules> {
    const epochs: Array<Epoch<Rules>> = existsSync(path) ? read(path) : [];
    const last = epochs.at(-1);
    if (last !== undefined && sameRules(last.rules, rules)) return new RuleHistory(epochs);
    epochs.push({ from: last === undefined ? ends.map(() => 0) : ends, rules });
    writeFileSync(`${path}.new`, JSON.stringify({ version: VERSION, epochs }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return new RuleHistory(epochs);
  }

  at(partition: number, offset: number): Rules {
    for (let index = this.epochs.length - 1; index > 0; index--) {
      if (this.epochs[index]!.from[partition]! <= offset) return this.epochs[index]!.rules;
    }
    return this.epochs[0]!.rules;
  }
}

function read<Rules>(path: string): Array<Epoch<Rules>> {
  const file = JSON.parse(readFileSync(path, 'utf8')) as { version: number; epochs: Array<Epoch<Rules>> };
  if (file.version !== VERSION) throw new BackendError('unknownVersion', `${path} has version ${file.version}, not ${VERSION}`, false);
  return file.epochs;
}

function sameRules(a: object, b: object): boolean {
  const sorted = (rules: object) => JSON.stringify(Object.entries(rules).sort());
  return sorted(a) === sorted(b);
}
