/**
 * Looks on while a soak's chat goes on: a sample every few seconds, and once the restart of each component in turn. All of it
 * is in files as soon as it has happened, so that a soak whose own process was killed goes on where it was.
 */
import type { Box } from '../coordinator/box.ts';
import type { RunningChat } from '../coordinator/running-chat.ts';
import type { StackServers } from '../coordinator/stack-servers.ts';
import { Random } from '../plan/random.ts';
import { restartInTurn } from '../prove/faults.ts';
import { keepSample, takeSample } from './samples.ts';
import { RESTARTED, restartAtMs, type SoakOptions, sampleEveryMs } from './soak-options.ts';

/** Times are in ms of the chat. */
export interface Restarts {
  readonly fromMs: number;
  readonly toMs: number;
  readonly on: readonly string[];
  /** It could not be done as it says. */
  readonly problem?: string;
}

export interface WatchInput {
  readonly options: SoakOptions;
  readonly box: Box;
  readonly stack?: StackServers | undefined;
  readonly folder: string;
  /** Of a soak before this one: they are not made again. */
  readonly restarts?: Restarts | undefined;
  readonly restarted: (restarts: Restarts) => void;
  readonly say: (text: string) => void;
}

const RESTART_STREAM = 9;
/** After the last one is back: what it was asked meanwhile is done, and the next sample has its new id. */
const AFTER_RESTART_MS = 5_000;

export async function watchSoak(input: WatchInput, chat: RunningChat): Promise<void> {
  const { options, box, stack, folder } = input;
  const everyMs = sampleEveryMs(options);
  let restarting: Promise<void> | undefined;
  let nextMs = chat.tMs;
  while (!chat.over) {
    if (options.restarts && input.restarts === undefined && restarting === undefined && chat.tMs >= restartAtMs(options))
      restarting = restart(input, chat);
    await box.refresh();
    stack?.refresh();
    const workerPids = chat.group.pids;
    keepSample(folder, await takeSample(chat.tMs, box, stack, workerPids));
    nextMs = Math.max(nextMs + everyMs, chat.tMs);
    while (chat.tMs < nextMs && !chat.over) await Bun.sleep(Math.min(200, Math.max(1, nextMs - chat.tMs)));
  }
  await restarting;
}

async function restart({ options, box, restarted, say }: WatchInput, chat: RunningChat): Promise<void> {
  const fromMs = chat.tMs;
  const target = { box, servers: [], workers: chat.group.workers.length, restartWorker: (worker: number) => chat.restartWorker(worker) };
  let on: readonly string[] = [];
  let problem: string | undefined;
  try {
    on = await restartInTurn(target, RESTARTED, new Random(options.seed, RESTART_STREAM));
    await Bun.sleep(AFTER_RESTART_MS);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const restarts = { fromMs, toMs: chat.tMs, on, ...(problem === undefined ? {} : { problem }) };
  restarted(restarts);
  say(problem === undefined ? `restarted in turn: ${on.join(', ')}` : `the restarts stopped: ${problem}`);
}
