/** G5: a login that is refused after the upgrade must back off like any other failure, or the load outlives its cause. */
import { expect, test } from 'bun:test';
import { closeCode } from '../../services/protocol/error-codes.ts';
import { Random } from '../plan/random.ts';
import { Lifecycle } from './lifecycle.ts';
import { DEFAULT_RECONNECT } from './reconnect.ts';
import type { SessionEffects, SessionListener } from './session-ports.ts';

const CLIENTS = 2_000;
const STEP_MS = 20;

/** Clients against a server that, until `recoversMs`, refuses each of them: before the upgrade, or after it by a close. */
function run(refusal: 'beforeUpgrade' | 'afterUpgrade', recoversMs: number, endMs: number) {
  const random = new Random(5);
  const attempts = new Uint32Array(CLIENTS);
  const dialled: number[] = [];
  let attemptsInLastSecond = 0;
  let now = 0;
  const effects: SessionEffects = {
    connect: (connection) => {
      attempts[connection]!++;
      dialled.push(connection);
      if (now >= recoversMs - 1_000 && now < recoversMs) attemptsInLastSecond++;
    },
    transmit() {},
    hangUp() {},
  };
  const nothing = () => {};
  const listener = new Proxy({} as SessionListener, { get: () => nothing });
  const lifecycle = new Lifecycle(
    {
      connections: CLIENTS,
      policy: { ...DEFAULT_RECONNECT, capMs: 60_000 },
      attemptLimitMs: 30_000,
      helloFrame: () => new Uint8Array(1),
      random: () => random.unit(),
    },
    effects,
    listener,
  );
  for (let connection = 0; connection < CLIENTS; connection++) lifecycle.start(connection, 0, 0);
  for (now = 0; now < endMs; now += STEP_MS) {
    lifecycle.tick(now);
    for (const connection of dialled.splice(0)) {
      if (now < recoversMs && refusal === 'beforeUpgrade') {
        lifecycle.refused(connection, 'admission', 0, now);
        continue;
      }
      lifecycle.upgraded(connection);
      if (now < recoversMs) lifecycle.closed(connection, closeCode('unauthenticated'), '', now);
      else lifecycle.welcome(connection, now);
    }
  }
  return { attempts, open: lifecycle.open, attemptsInLastSecond };
}

const mean = (values: Uint32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (const refusal of ['beforeUpgrade', 'afterUpgrade'] as const) {
  test(`refused ${refusal} for 60 s, attempts grow with the logarithm of time, and all are back within the longest wait`, () => {
    const after7s = mean(run(refusal, 7_500, 7_500).attempts);
    const after60s = mean(run(refusal, 60_000, 60_000).attempts);
    const after240s = mean(run(refusal, 240_000, 240_000).attempts);
    expect(after7s).toBeGreaterThan(4);
    expect(after60s).toBeLessThan(after7s + 6);
    // Once the cap is reached a client comes back each half minute at most: still one in 30 s, not one in 1.7 s.
    expect(after240s - after60s).toBeLessThan(10);
    const recovered = run(refusal, 60_000, 185_000);
    expect(recovered.open).toBe(CLIENTS);
    expect(recovered.attemptsInLastSecond).toBeLessThan(CLIENTS * 0.1);
  });
}

test('a session that lived resets the count, one that did not leaves it', () => {
  const waits: number[] = [];
  const effects: SessionEffects = { connect() {}, transmit() {}, hangUp() {} };
  const nothing = () => {};
  const lifecycle = new Lifecycle(
    { connections: 1, policy: DEFAULT_RECONNECT, attemptLimitMs: 30_000, helloFrame: () => new Uint8Array(1), random: () => 0.999 },
    effects,
    new Proxy({} as SessionListener, { get: () => nothing }),
  );
  let now = 0;
  lifecycle.start(0, now, now);
  for (const livedMs of [100, 100, 100, 60_000, 100]) {
    lifecycle.upgraded(0);
    lifecycle.welcome(0, now);
    now += livedMs;
    lifecycle.closed(0, 0, 'reset', now);
    const before = now;
    while (lifecycle.phaseOf(0) === 4) {
      now += 10;
      lifecycle.tick(now);
    }
    waits.push(now - before);
  }
  expect(waits).toEqual([500, 1_000, 2_000, 500, 1_000]);
});
