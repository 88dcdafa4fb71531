/** A storm as one worker follows it: who was dropped, who is back, who has all, and whose latency counts as undisturbed. */
import { expect, test } from 'bun:test';
import type { PendingSend } from '../client/sends.ts';
import { StormTally } from './storm-tally.ts';

const START = 1_000_000;
const POPULATION = {
  seed: 1,
  connections: 4,
  devicesPerUser: 1,
  workers: 1,
  conversations: 0,
  groupShare: 0,
  groupMembersMin: 2,
  groupMembersMax: 2,
  userBlock: 0,
};

function tally(): StormTally {
  return new StormTally(
    {
      nonce: 1,
      firstConnection: 0,
      connections: 4,
      clock: { offsetMs: 0, errorMs: 0.1 },
      append: () => {},
      settled: () => {},
      acknowledge: () => {},
    },
    POPULATION,
  );
}

const send = (connection: number, dueMs: number) => ({ key: 1, connection, conversation: 0, dueMs }) as PendingSend;

test('a dropped connection is back with WELCOME, and has what it missed when the server says no more', () => {
  const storm = tally();
  storm.begin(START);
  storm.dropped(1, 'reset', START + 20);
  storm.attempted(1, START + 150);
  storm.refused(1, 'admission', START + 160, 400);
  storm.attempted(1, START + 600);
  storm.welcomed(1, START + 600, START + 650);
  expect(storm.seen(false)).toMatchObject({ dropped: 1, back: 1, caughtUp: 0, undisturbed: 3, toldToWait: 1, refusals: { admission: 1 } });
  storm.caughtUp(1, START + 720);
  const { caughtUp, bins } = storm.seen(false);
  expect(caughtUp).toBe(1);
  expect(bins.attempts).toEqual([0, 1, 0, 0, 0, 0, 1, 0]);
  expect(bins.back).toEqual([0, 0, 0, 0, 0, 0, 1, 0]);
  expect(bins.caughtUp).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
});

test('one that is dropped again before all are back is not back any more, and is one dropped connection', () => {
  const storm = tally();
  storm.begin(START);
  storm.dropped(1, 'reset', START);
  storm.welcomed(1, START, START + 100);
  storm.caughtUp(1, START + 100);
  storm.dropped(1, 'reset', START + 200);
  expect(storm.seen(false)).toMatchObject({ dropped: 1, back: 0, caughtUp: 0 });
});

test('what is dropped before the storm, and connections of a ramp, are none of its', () => {
  const storm = tally();
  storm.dropped(0, 'reset', START - 10);
  storm.welcomed(0, START - 10, START - 5);
  storm.caughtUp(0, START - 5);
  storm.begin(START);
  expect(storm.seen(false)).toMatchObject({ dropped: 0, back: 0, caughtUp: 0, undisturbed: 4 });
});

test('latencies are kept apart before and meanwhile, and only of connections that stay', () => {
  const storm = tally();
  storm.calm();
  storm.accepted(send(0, START - 100), START - 90);
  storm.begin(START);
  storm.dropped(1, 'reset', START);
  storm.accepted(send(0, START), START + 30);
  storm.accepted(send(1, START), START + 5_000);
  const { calm, during } = storm.seen(true);
  expect(calm!.accepted).toMatchObject({ count: 1, maxUs: 10_000 });
  expect(during!.accepted).toMatchObject({ count: 1, maxUs: 30_000 });
});
