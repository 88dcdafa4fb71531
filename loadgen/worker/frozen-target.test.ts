/**
 * L1 on a driven clock: an open loop of 1,000 sends/s for 20 s, 5 s of which the target stands still. Latency counts from
 * the moment a send was due, so its percentiles are known beforehand (wg/wrk#99). Then the worker stands still instead.
 */
import { expect, test } from 'bun:test';
import { percentileUs } from '../../capacity/histogram.ts';
import type { LatencyHistogram } from '../../capacity/run-record.ts';
import { decodeAll, encode } from '../../services/protocol/codec.ts';
import { ENTRY_KINDS } from '../../services/protocol/frame-table.ts';
import { Memberships } from '../client/memberships.ts';
import { DEFAULT_RECONNECT } from '../client/reconnect.ts';
import { Session } from '../client/session.ts';
import { ID_KINDS, writeId } from '../plan/message-id.ts';
import { Population } from '../plan/population.ts';
import type { SchedulePlan } from '../plan/schedule.ts';
import { Chat } from './chat.ts';
import { Tally } from './tally.ts';

const NONCE = 3;
const FROZEN = { fromMs: 8_000, toMs: 13_000 } as const;
const ANSWER_MS = 1;
const EMPTY = new Uint8Array(0);
const population = new Population({
  seed: 1,
  connections: 200,
  devicesPerUser: 1,
  workers: 1,
  conversations: 100,
  groupShare: 0,
  groupMembersMin: 2,
  groupMembersMax: 2,
  userBlock: 0,
});
const schedule: SchedulePlan = {
  seed: 1,
  sendsPerSecond: 1_000,
  seconds: 20,
  bodyMedianBytes: 80,
  bodyP99Bytes: 1_000,
  bodyMaxBytes: 4_096,
};

/** `frozen`: who does nothing during the five seconds. */
function play(frozen: 'target' | 'worker' | 'nobody') {
  let now = 0;
  const answers: Array<{ readonly atMs: number; readonly connection: number; readonly bytes: Uint8Array }> = [];
  const clock = { offsetMs: 0, errorMs: 0.01 };
  const tally: Tally = new Tally({
    nonce: NONCE,
    firstConnection: 0,
    connections: 200,
    clock,
    append() {},
    settled() {},
    acknowledge() {},
  });
  const session: Session = new Session(
    {
      connections: 200,
      nonce: NONCE,
      heartbeatSeconds: 30,
      answerHeartbeats: false,
      policy: DEFAULT_RECONNECT,
      attemptLimitMs: 1_000_000,
      resendAfterMs: 10_000,
      pendingLimit: 100_000,
      trustsAccepted: false,
      readEvery: 0,
      random: () => 0,
      deviceOf: (connection) => connection,
    },
    new Memberships(population, 0, 200),
    {
      connect() {},
      hangUp() {},
      transmit: (connection, ...frames) => {
        const decoded = decodeAll(Buffer.concat(frames));
        if (!decoded.ok) throw new Error(decoded.reason);
        for (const frame of decoded.frames) {
          if (frame.name !== 'send') continue;
          const isFrozen = frozen === 'target' && now >= FROZEN.fromMs && now < FROZEN.toMs;
          const atMs = isFrozen ? FROZEN.toMs + ANSWER_MS : now + ANSWER_MS;
          answers.push({ atMs, connection, bytes: encode({ name: 'accepted', conversation: frame.conversation, id: frame.id }) });
        }
      },
    },
    tally,
  );
  for (let connection = 0; connection < 200; connection++) {
    session.lifecycle.start(connection, 0, 0);
    session.lifecycle.upgraded(connection);
    session.message(connection, encode({ name: 'welcome', capabilities: 0, heartbeatSeconds: 30, serverTimeMs: 0, resumeToken: EMPTY }), 0);
  }
  for (let conversation = 0; conversation < 100; conversation++) {
    for (let place = 0; place < 2; place++) {
      const created = {
        name: 'deliver',
        conversation: conversation + 1,
        sequence: 1,
        kind: ENTRY_KINDS.created,
        sender: 999,
        id: writeId(NONCE, ID_KINDS.creation, conversation, 0),
        loggedAtMs: 0,
        contentType: 0,
        body: EMPTY,
      } as const;
      session.message(population.connectionAt(conversation, place), encode(created), 0);
    }
  }
  const chat = new Chat({ nonce: NONCE, population, schedule, own: { first: 0, count: 200 }, session, tally, clock });
  chat.start(0);
  for (now = 0; now <= 30_000; now += 0.5) {
    const asleep = frozen === 'worker' && now >= FROZEN.fromMs && now < FROZEN.toMs;
    if (asleep) continue;
    chat.tick(now);
    while (answers.length > 0 && answers[0]!.atMs <= now) {
      const { connection, bytes } = answers.shift()!;
      session.message(connection, bytes, now);
    }
    session.tick(now);
  }
  const latencies = tally.takeLatencies();
  const of = (name: string) => latencies.find((record) => record.name === name)!;
  return { accepted: of('accepted'), lateness: of('lateness'), counts: tally.counts };
}

const ms = (record: LatencyHistogram, share: number) => percentileUs(record, share)! / 1_000;
const within = (value: number, expected: number, share = 0.05) => {
  expect(value).toBeGreaterThan(expected * (1 - share));
  expect(value).toBeLessThan(expected * (1 + share));
};

test('a target that stands still for 5 of 20 s gives the latencies that arithmetic says', () => {
  const { accepted, lateness, counts } = play('target');
  expect(counts).toMatchObject({ due: 20_000, sent: 20_000, accepted: 20_000, unsent: 0 });
  expect(accepted.count).toBe(20_000);
  // A send is due anywhere between two turns of 0.5 ms.
  expect(ms(accepted, 0.5)).toBeLessThan(2);
  within(ms(accepted, 0.9), 3_000);
  within(ms(accepted, 0.99), 4_800);
  within(accepted.maxUs / 1_000, 5_000);
  expect(ms(lateness, 0.99)).toBeLessThan(1);
});

test('a worker that stands still shows it as lateness, and its late sends count from when they were due', () => {
  const { accepted, lateness, counts } = play('worker');
  expect(counts).toMatchObject({ due: 20_000, sent: 20_000, accepted: 20_000, unsent: 0 });
  within(ms(lateness, 0.9), 3_000);
  within(ms(lateness, 0.99), 4_800);
  within(ms(accepted, 0.99), 4_800);
});

test('with nobody standing still nothing is late', () => {
  const { accepted, lateness } = play('nobody');
  expect(accepted.maxUs).toBeLessThan(2_600);
  expect(lateness.maxUs).toBeLessThan(600);
});
