/** Waits of a run: bounded, and cut short when the bench is interrupted. */
import { BackendError } from '../../services/runtime/backend-error.ts';

const STALL_MS = 20_000;
const STEP_MS = 100;

export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const untilMs = performance.now() + ms;
  do {
    if (signal.aborted) throw new BackendError('interrupted', 'interrupted', false);
    await Bun.sleep(Math.max(0, Math.min(STEP_MS, untilMs - performance.now())));
  } while (performance.now() < untilMs);
}

/** Until it is reached; a count that stands still for too long ends the run. */
export async function until(reached: () => boolean, moving: () => number, signal: AbortSignal): Promise<void> {
  let best = moving();
  let movedMs = performance.now();
  while (!reached()) {
    await pause(STEP_MS / 2, signal);
    const now = moving();
    if (now > best) {
      best = now;
      movedMs = performance.now();
    }
    if (performance.now() - movedMs > STALL_MS) throw new BackendError('peerStall', `it stood still at ${best} connections`, false);
  }
}
