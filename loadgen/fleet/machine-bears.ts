/** Whether this machine bears its part of a run, asked by a worker when it learns its part: before a socket is opened. */
import { existsSync } from 'node:fs';
import { DEFAULT_COSTS } from '../../capacity/box-shape.ts';
import { BackendError } from '../../services/runtime/backend-error.ts';
import { limitValues, readHostLimits } from '../../services/runtime/host/limits.ts';
import { readKeys } from '../client/token.ts';
import { connectionsOfWorker } from '../plan/population.ts';
import type { WorkerSetup } from '../worker/messages.ts';
import { openFilesLimit } from '../worker/worker-loop.ts';

/** `workers`: that share this machine's addresses. Throws BackendError with the limit and what lifts it. */
export function mustBear(setup: WorkerSetup, workers: number): void {
  const { count } = connectionsOfWorker(setup.population, setup.worker);
  const { keysFile, addresses } = setup.target;
  const refuse = (reason: string): never => {
    throw new BackendError('hostCannotBear', reason, false);
  };
  if (setup.resumes === true) refuse('a worker that joined can’t go on with the ledger of one before it');
  if (!existsSync(keysFile))
    refuse(`${keysFile} is not on this machine: --keys or --region-secret-file names what tokens are made with here`);
  if (setup.target.tokenAlgorithm === 'EdDSA' && readKeys(keysFile).user === undefined)
    refuse(`${keysFile} has no key of users: --token hs256, or --keys with the box’s own file`);
  const files = openFilesLimit();
  if (count + DEFAULT_COSTS.filesPerProcess > files)
    refuse(`${files} open files a process are too few for ${count} connections of one worker: raise the limit, or --workers`);
  const { localPorts } = limitValues(readHostLimits([]));
  const ports = (localPorts ?? Number.POSITIVE_INFINITY) * addresses.length;
  if (count * workers > ports)
    refuse(`${ports} source ports are too few for ${count * workers} connections to ${addresses.length} addresses: more worker hosts`);
}
