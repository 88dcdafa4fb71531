/** What a worker before this one had done, where it was killed and this one goes on with its ledger. */
import { type Past, readPast } from '../ledger/past.ts';
import { fileChunks } from '../ledger/reader.ts';
import type { Population } from '../plan/population.ts';
import type { WorkerSetup } from './messages.ts';

export function pastOf(setup: WorkerSetup, population: Population): Past | undefined {
  if (setup.resumes !== true || setup.ledgerFile === undefined) return undefined;
  return readPast(fileChunks(setup.ledgerFile), { nonce: setup.nonce, worker: setup.worker }, population, setup.schedule);
}
