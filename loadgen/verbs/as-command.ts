/** What every verb that runs for a while does: reads its words, says in one line what is wrong with them, and hears Ctrl-C. */
import { EXIT } from '../../services/runtime/verb.ts';
import { OptionError } from '../../services/runtime/whole-option.ts';

/** `read` opens nothing. `run` gets a signal that aborts at Ctrl-C, and gives the exit code. */
export async function asCommand<Options>(
  name: string,
  read: () => Options | Promise<Options>,
  run: (options: Options, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  let options: Options;
  try {
    options = await read();
  } catch (failure) {
    if (!(failure instanceof OptionError)) throw failure;
    console.error(`parley ${name}: ${failure.message}`);
    return EXIT.couldNotRun;
  }
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await run(options, interrupted.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}

/** `refusal`: what this machine can't bear, if anything. */
export function demandBearable(refusal: string | undefined): void {
  if (refusal !== undefined) throw new OptionError(`this machine can't bear it, and nothing was opened: ${refusal}`);
}
