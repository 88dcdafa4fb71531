/**
 * Which planted bugs a run plants, and what came of each: the fault whose messages showed it, when, and what was seen. As lines
 * of progress, and as a table in Markdown that can be kept.
 */
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.harness.ts';
import type { ProofRecord } from './prove.ts';

export type Where = 'embedded' | 'real';

export interface Planting {
  readonly bug: PlantedBug;
  readonly where: Where;
}

export interface Planted extends Planting {
  readonly proof: Pick<ProofRecord, 'shots' | 'reasons' | 'exitCode'>;
  /** Of the whole proof: box, load, faults, ledgers. */
  readonly seconds: number;
}

interface Caught {
  readonly fault: string;
  readonly seen: string;
  /** Into the load; undefined where no fault in particular shows it. */
  readonly afterSeconds: number | undefined;
}

/**
 * `asked`: nothing: the first bug, embedded; `all`: every one wherever it can be; else words, separated by commas: the bugs whose
 * name has one of them, on real systems where there is a stack. Throws where none has.
 */
export function plantings(asked: string | undefined, hasStack: boolean): Planting[] {
  const on = (where: Where) => PLANTED_BUGS.filter((bug) => bug.on === where || bug.on === 'either').map((bug) => ({ bug, where }));
  if (asked === undefined || asked === '') return on('embedded').slice(0, 1);
  if (asked === 'all') return [...on('embedded'), ...(hasStack ? on('real') : [])];
  const words = asked.split(',').map((word) => word.trim());
  const found = on(hasStack ? 'real' : 'embedded').filter(({ bug }) => words.some((word) => word !== '' && bug.name.includes(word)));
  if (found.length === 0) throw new Error(`no bug that can be planted here has "${asked}" in its name`);
  return found;
}

/** Undefined: it was not caught. */
export function caughtBy({ shots, reasons, exitCode }: Planted['proof']): Caught | undefined {
  if (exitCode !== 1) return undefined;
  const shot = shots.find(({ outcome }) => outcome === 'broken');
  if (shot === undefined) return { fault: 'no fault in particular', seen: reasons[0] ?? '', afterSeconds: undefined };
  const fault = shot.round > 1 ? `${shot.fault}, round ${shot.round}` : shot.fault;
  return { fault, seen: shot.reasons[0] ?? '', afterSeconds: shot.atMs / 1_000 };
}

export function plantedLine({ bug, where, proof, seconds }: Planted): string {
  const caught = caughtBy(proof);
  const what =
    caught === undefined
      ? `NOT CAUGHT: ${proof.reasons.join('; ')}`
      : `caught by ${caught.fault}${caught.afterSeconds === undefined ? '' : ` at ${caught.afterSeconds.toFixed(0)} s`}: ${caught.seen}`;
  return `planted (${where}): ${bug.name}: ${what} [${seconds.toFixed(0)} s]`;
}

export function plantedTable(results: readonly Planted[]): string[] {
  return [
    '| planted | on | caught by | at | seen | proof took |',
    '|---|---|---|---:|---|---:|',
    ...results.map(({ bug, where, proof, seconds }) => {
      const caught = caughtBy(proof);
      const at = caught?.afterSeconds === undefined ? '–' : `${caught.afterSeconds.toFixed(0)} s`;
      return `| ${bug.name} | ${where} | ${caught?.fault ?? '**not caught**'} | ${at} | ${caught?.seen ?? proof.reasons.join('; ')} | ${seconds.toFixed(0)} s |`;
    }),
  ];
}
