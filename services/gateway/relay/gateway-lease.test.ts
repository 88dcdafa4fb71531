import { expect, test } from 'bun:test';
import { LEASE_MS } from '../../routes/routes.ts';
import { GatewayLease } from './gateway-lease.ts';
import { until } from './relay.harness.ts';

function leaseOf(renew: () => Promise<void> = async () => undefined) {
  const state = { nowMs: 1_000_000, whole: false, lapses: 0, dropped: 0 };
  const renewals: Array<[gateway: number, leaseMs: number, whole: boolean, bornMs: number]> = [];
  const lease = new GatewayLease({
    routes: {
      renewLease: async (...renewal) => {
        await renew();
        renewals.push(renewal);
      },
      dropLease: async () => {
        state.dropped++;
      },
    },
    gateway: 4,
    isWhole: () => state.whole,
    bornMs: () => 77,
    onLapsed: () => {
      state.lapses++;
    },
    nowMs: () => state.nowMs,
    log: () => undefined,
  });
  return { lease, state, renewals };
}

test('a lease says whose it is, for how long, and whether all routes stand; a relay that is replaced keeps it', async () => {
  const { lease, state, renewals } = leaseOf();
  lease.start();
  await lease.whenLive();
  expect(renewals).toEqual([[4, LEASE_MS, false, 77]]);
  await lease.stop(false);
  expect(state.dropped).toBe(0);
  await lease.stop(true);
  expect(state.dropped).toBe(1);
});

test('who waits for it waits until it lives', async () => {
  let refusals = 2;
  const { lease, renewals } = leaseOf(async () => {
    if (refusals-- > 0) throw new Error('not now');
  });
  lease.start();
  let live = false;
  void lease.whenLive().then(() => {
    live = true;
  });
  await Bun.sleep(50);
  expect([live, renewals.length]).toEqual([false, 0]);
  await until(() => live);
  expect(renewals.length).toBe(1);
  await lease.stop(false);
});

test('after it had lapsed it says so once it lives again', async () => {
  let refuses = false;
  const { lease, state } = leaseOf(async () => {
    if (refuses) throw new Error('not now');
  });
  lease.start();
  await lease.whenLive();
  refuses = true;
  state.nowMs += LEASE_MS + 1;
  let live = false;
  void lease.whenLive().then(() => {
    live = true;
  });
  await Bun.sleep(20);
  expect(live).toBe(false);
  refuses = false;
  await until(() => live, 6_000);
  expect(state.lapses).toBe(1);
  await lease.stop(false);
});

test('a renewal that was asked for in time and answered too late counts as a lapse', async () => {
  let slow: () => void = () => undefined;
  const { lease, state } = leaseOf(async () => slow());
  lease.start();
  await lease.whenLive();
  state.nowMs += LEASE_MS - 1;
  slow = () => {
    state.nowMs += 2;
  };
  await (lease as unknown as { renew(): Promise<void> }).renew();
  expect(state.lapses).toBe(1);
  await lease.stop(false);
});
