/**
 * What the times of messages cost an edge, in a loop by itself: `node bin/bun.mjs services/gateway/edge/times-cost.ts`. Prints the
 * median of 21 rounds, in microseconds. It asserts nothing.
 */
import { encodeFrame } from '../../protocol/codec.ts';
import { loggedAtOfDeliver } from '../../protocol/peek.ts';
import { observeBetween } from '../../runtime/histogram-cell.ts';
import { Metrics } from '../../runtime/metrics.ts';
import { AcceptTimes } from './accept-times.ts';
import { EDGE_METRICS, edgeCells } from './metrics.ts';

const ROUNDS = 21;
const SENDS = 20_000;
/** Sends that wait at once: 1,000 a second that take 0.2 s. */
const WAITING = 200;

const cells = edgeCells(new Metrics(EDGE_METRICS));
const times = new AcceptTimes(cells, () => true);
const nowMs = Date.now();
const body = new Uint8Array(200);
const conversation = 2 ** 40;
const messages = Array.from({ length: SENDS }, (_, number) => {
  const id = crypto.getRandomValues(new Uint8Array(16));
  const entry = { sequence: number, kind: 1, sender: 2 ** 32, id, loggedAtMs: nowMs - 30, contentType: 1, body };
  return { id, accepted: encodeFrame('accepted', { conversation, id }), deliver: encodeFrame('deliver', { conversation, ...entry }) };
});

function accepted(): void {
  for (let number = 0; number < SENDS; number++) {
    // Both times are known to who calls: of the client's message, and of the read of the link.
    times.begin(number & 1_023, messages[number]!.id, nowMs);
    const before = number - WAITING;
    if (before >= 0) times.answered(before & 1_023, messages[before]!.accepted, 0, nowMs);
  }
  for (let number = SENDS - WAITING; number < SENDS; number++) times.answered(number & 1_023, messages[number]!.accepted, 0, nowMs);
}

function delivered(): void {
  for (const { deliver } of messages) {
    observeBetween(cells.delivered, cells.timesInvalid, loggedAtOfDeliver(deliver, 0)!, nowMs);
  }
}

function median(run: () => void): number {
  const took = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    run();
    return ((performance.now() - from) * 1_000) / SENDS;
  });
  return took.sort((one, other) => one - other)[ROUNDS >> 1]!;
}

console.log(`SEND and its ACCEPTED ${median(accepted).toFixed(3)} us, DELIVER ${median(delivered).toFixed(3)} us`);
