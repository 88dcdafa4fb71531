/** Lies of processes: boxes that say one thing and do another, and what becomes of the load engine and its machine. */
import type { BoxLie } from '../fake-box/lying.ts';
import type { Lie } from './lie.ts';

export interface BoxProcessLie extends Lie {
  readonly box: BoxLie;
}

const told = 'processes';

export const BOX_PROCESS_LIES: readonly BoxProcessLie[] = [
  { lie: 'a box that acknowledges and loses', told, box: 'acknowledgesAndLoses', verdict: 'refuted', says: 'deliveries lost' },
  { lie: 'a box that delivers twice', told, box: 'deliversTwice', verdict: 'refuted', says: 'handed over twice' },
  { lie: 'a box that answers heartbeats of dead sessions', told, box: 'answersTheDead', verdict: 'refuted', says: 'deliveries lost' },
  { lie: 'a box that closes, and clients that come back silently', told, box: 'closesSilently', verdict: 'refuted', says: 'were dropped' },
  {
    lie: 'a box of which a part is of another build',
    told,
    box: 'changesItsBuild',
    verdict: 'inconclusive',
    says: 'results of two builds',
  },
  { lie: 'a box that refuses a third of the load', told, box: 'refusesTheLoad', verdict: 'refuted', says: 'sends were refused' },
];

export const NEIGHBOUR_LIE: Lie = {
  lie: 'a neighbour that takes half of the machine’s processors',
  told,
  verdict: 'inconclusive',
  says: 'others used',
};

/** Told beside the coordinator, on a run of their own. */
const STOPPED = 'processes, in coordinator/stopped.slow.test.ts';
export const STOPPED_LIES = {
  worker: { lie: 'a worker that stands still for five seconds', told: STOPPED, verdict: 'inconclusive', says: 'the load engine was late' },
  lostWorkers: {
    lie: 'a worker that is killed and one that is stopped, with what they had seen',
    told: STOPPED,
    verdict: 'inconclusive',
    says: '2 of 4 workers',
  },
  box: {
    lie: 'a box that stands still for five seconds and answers quickly before and after',
    told: STOPPED,
    verdict: 'refuted',
    says: 'accepted p99 4.',
  },
} as const satisfies Record<string, Lie>;
