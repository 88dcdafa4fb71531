/**
 * When a stream writes: at the end of the turn if it has been quiet, otherwise no sooner than a gap after its last write.
 * A write on a busy link costs as much as a hundred bytes of work on either side, so few large ones are worth a few ms;
 * an idle link adds no delay.
 */
export function pacedFlush(gapMs: number, nowMs: () => number = () => performance.now()): (flush: () => void) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  return (flush) => {
    const run = () => {
      lastMs = nowMs();
      flush();
    };
    const waitMs = lastMs + gapMs - nowMs();
    if (waitMs <= 0) setImmediate(run);
    else setTimeout(run, waitMs);
  };
}
