/** Has all workers check whether what they know has spread, and adds their answers. One that does not answer checks nothing. */
import type { Convergence } from '../worker/convergence.ts';
import type { FromWorker } from '../worker/messages.ts';
import type { WorkerGroup } from './worker-group.ts';

const LIMIT_MS = 15_000;

/** `check`: unlike that of any check before. */
export async function convergenceOf(group: WorkerGroup, check: number): Promise<Convergence> {
  const isAnswer = (answer: FromWorker) => answer.type === 'converged' && answer.check === check;
  const answers = await group.ask({ type: 'converge', check }, isAnswer, LIMIT_MS);
  const sum = { tails: 0, tailsBehind: 0, receipts: 0, receiptsBehind: 0 };
  for (const answer of answers.values()) {
    if (answer.type !== 'converged') continue;
    for (const name of Object.keys(sum) as Array<keyof Convergence>) sum[name] += answer.result[name];
  }
  return sum;
}
