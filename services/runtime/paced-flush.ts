/**
 * When streams write: at the end of the turn after a quiet time, otherwise no sooner than a gap after the last writes, all
 * streams of a pace together. A write on a busy link costs as much as a hundred bytes of work on either side, so few large
 * ones are worth a few ms; an idle link adds no delay.
 */
export function pacedFlush(gapMs: number, nowMs: () => number = () => performance.now()): (flush: () => void) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let waiting: Array<() => void> = [];
  const run = () => {
    lastMs = nowMs();
    const flushes = waiting;
    waiting = [];
    for (const flush of flushes) flush();
  };
  return (flush) => {
    if (waiting.push(flush) > 1) return;
    const waitMs = lastMs + gapMs - nowMs();
    if (waitMs <= 0) setImmediate(run);
    else setTimeout(run, waitMs);
  };
}
