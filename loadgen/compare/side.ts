/** One side of a comparison: runs of the same thing on the same machine. What differs within a side is refused, between sides named. */
import { doubtsOf } from '../../capacity/doubts.ts';
import { bytesText } from '../../capacity/quantity-text.ts';
import type { RunRecord } from '../../capacity/run-record.ts';

export interface Side {
  /** As it was asked for: a run, several, a baseline. */
  readonly name: string;
  readonly records: readonly RunRecord[];
}

export interface ChangedCondition {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** Undefined: they are of one version, host and settings. */
export function mixedSide({ name, records }: Side): string | undefined {
  const [first, ...others] = records;
  for (const other of others) {
    const [changed] = changedConditions(first!, other);
    if (changed !== undefined)
      return `${name} mixes runs of two kinds: ${changed.what} is ${changed.before} in ${first!.id}, ${changed.after} in ${other.id}. Compare runs of one kind.`;
  }
  const twice = records.find((record, at) => records.findIndex((one) => one.id === record.id) !== at);
  return twice === undefined ? undefined : `${name} has the run ${twice.id} twice. A repeat is another run.`;
}

export function changedConditions(before: RunRecord, after: RunRecord): readonly ChangedCondition[] {
  const [one, other] = [conditionsOf(before), conditionsOf(after)];
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((what) => one[what] !== other[what])
    .map((what) => ({ what, before: one[what] ?? 'not said', after: other[what] ?? 'not said' }));
}

/** Why its runs may say nothing, each with its run. */
export function doubtsOfSide({ records }: Side): readonly string[] {
  return records.flatMap((record) => [
    ...doubtsOf(record).map(({ text }) => `${record.id}: ${text}`),
    ...(record.complete ? [] : [`${record.id}: the run ended before its plan did`]),
  ]);
}

function conditionsOf({ settings, host }: RunRecord): Readonly<Record<string, string>> {
  return {
    parley: host.versions.parley,
    bun: host.versions.bun,
    ...said('sources', host.versions.sources),
    ...said('box', host.versions.box),
    kernel: host.kernel,
    processor: host.cpuModel,
    cores: String(host.cores),
    memory: bytesText(host.memoryBytes),
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`setting ${name}`, JSON.stringify(value)])),
  };
}

/** Older records do not say; that is no difference to others that do not. */
function said(what: string, value: string | undefined): Readonly<Record<string, string>> {
  return value === undefined ? {} : { [what]: value };
}
