/** Opens a system that may not be there yet: again and again, with growing pauses, each failure said once a minute at most. */
import type { Log } from '../runtime/log.ts';

export interface Waiting {
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
}

const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 5_000;
const SAY_AGAIN_MS = 60_000;

/** Rejects at once where the error says that trying again is of no use. */
export async function untilThere<System>(what: string, open: () => Promise<System>, { log, now, pause }: Waiting): Promise<System> {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let said = '';
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    try {
      const system = await open();
      if (said !== '') log.info(`${what} is there`);
      return system;
    } catch (error) {
      if (error instanceof Error && 'retryable' in error && error.retryable === false) throw error;
      const message = error instanceof Error ? error.message : String(error);
      if (message !== said || now() - saidAtMs >= SAY_AGAIN_MS) {
        log.warn(`${what} is not there: waiting for it`, { message });
        said = message;
        saidAtMs = now();
      }
    }
    await pause(pauseMs);
  }
}
