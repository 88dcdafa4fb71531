/**
 * Measurements that have a verb of their own and stand on real systems: the bench makes them by name, so that one command
 * makes all. Each leaves its figures in capacity/measurements/, where the model reads them.
 */
import { fileURLToPath } from 'node:url';
import { EXIT } from '../../services/runtime/verb.ts';

export interface OtherBench {
  readonly name: string;
  readonly what: string;
  /** Words after `parley`, beside `--backends FILE`. */
  readonly verb: readonly string[];
}

export const OTHER_BENCHES: readonly OtherBench[] = [
  { name: 'batching', what: 'cost of a record against records per request, on both hops', verb: ['batching', '--write'] },
  { name: 'store-layout', what: 'cost of the store, and the layout of the source document beside it', verb: ['store-costs', '--write'] },
  { name: 'presence-reads', what: 'reads of presence a core, and the primaries that a fleet asks for', verb: ['redis-costs', '--write'] },
];

/** Runs them one after another with their output shown; gives the first exit code that is not 0. */
export async function runOtherBenches(benches: readonly OtherBench[], backendsFile: string | undefined): Promise<number> {
  let code: number = EXIT.ok;
  for (const { name, verb } of benches) {
    if (backendsFile === undefined) {
      console.error(`parley bench: ${name} needs --backends FILE: settings of real systems on this machine`);
      return EXIT.couldNotRun;
    }
    const parley = fileURLToPath(new URL('../../parley.ts', import.meta.url));
    const child = Bun.spawn([process.execPath, parley, ...verb, '--backends', backendsFile], { stdio: ['ignore', 'inherit', 'inherit'] });
    const ended = await child.exited;
    if (code === EXIT.ok) code = ended;
  }
  return code;
}
