/** Which procedures were carried out on a machine, as `runbooks/fire/procedures.ts` wrote it: `runbooks/fire/carried-out.json`. */
import { keptFile } from './kept.ts';

const SCHEMA = 1;

export interface CarriedOut {
  /** `rotation` of `runbooks/procedures/rotation.md`. */
  readonly procedure: string;
  /** Day of the run. */
  readonly date: string;
  /** What stood there, and what was done to it before. */
  readonly on: string;
  readonly seconds: number;
  /** Blocks that were carried out as written, each with the output that it should have; of so many. */
  readonly blocks: number;
  readonly of: number;
  /** What was seen of the system meanwhile. */
  readonly seen: string;
  /** Why it stopped, where it did. */
  readonly failed?: string;
}

interface CarriedOutFile {
  readonly schema: number;
  readonly procedures: readonly CarriedOut[];
}

const KEPT = keptFile<CarriedOutFile>('carried-out.json', SCHEMA);

/** Those of before and this one, which takes the place of an earlier one of its procedure. */
export function keepCarriedOut(one: CarriedOut): void {
  const earlier = readCarriedOut().filter(({ procedure }) => procedure !== one.procedure);
  const procedures = [...earlier, one].sort((a, b) => a.procedure.localeCompare(b.procedure));
  KEPT.write({ schema: SCHEMA, procedures });
}

export function readCarriedOut(): readonly CarriedOut[] {
  return KEPT.read()?.procedures ?? [];
}

/** For `runbooks/README.md`; `procedures`: all that there are, `notHere`: why one can't be. Pure. */
export function carriedOutText(
  procedures: readonly string[],
  carriedOut: readonly CarriedOut[],
  notHere: Readonly<Record<string, string>>,
): string {
  const row = (procedure: string): string => {
    const link = `| [${procedure}](procedures/${procedure}.md) |`;
    const one = carriedOut.find((each) => each.procedure === procedure);
    if (one === undefined) return `${link} not yet | | | ${notHere[procedure] ?? ''} |`;
    const { date, on, seconds, blocks, of, seen, failed } = one;
    const result = failed === undefined ? `as written, ${blocks} of ${of} blocks` : `${blocks} of ${of} blocks: ${failed}`;
    return `${link} ${date}: ${result} | ${on} | ${seconds.toFixed(0)} s | ${[seen, notHere[procedure]].filter(Boolean).join('; not here: ')} |`;
  };
  return ['| procedure | carried out | on | took | seen |', '|---|---|---|---:|---|', ...procedures.map(row)].join('\n');
}
