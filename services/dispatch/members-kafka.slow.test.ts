/** Dispatch as a group of processes on the real systems: members that stand still, come, go and are killed. */
import { afterAll, afterEach, expect } from 'bun:test';
import { Admin } from '@platformatic/kafka';
import type { BackendsSettings } from '../backends/settings.ts';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { PushStandIn } from '../push/push-stand-in.ts';
import { openRedisRoutes } from '../routes/routes-redis.ts';
import { requires } from '../runtime/requires.ts';
import type { DispatchProcess } from './dispatch-process.harness.ts';
import { RealDispatch } from './real-dispatch.harness.ts';

const own = new OwnBackends();
const real: RealDispatch[] = [];
afterEach(async () => {
  for (const one of real.splice(0)) await one.close();
});
afterAll(() => own.giveBack());

async function open(conversations: number, partitions = 4, more: Partial<BackendsSettings> = {}): Promise<RealDispatch> {
  const settings = await own.make({ messages: partitions, receipts: partitions, deliveries: 4 });
  const opened = await RealDispatch.open({ ...settings, ...more }, conversations);
  real.push(opened);
  return opened;
}

const guarded = requires('kafka', 'cassandra', 'valkey');

guarded.test(
  'a member that stood still past its session and then goes on at its batch does no harm, and is counted (B3)',
  async () => {
    const dispatch = await open(20);
    const slow = await dispatch.startProcess();
    await dispatch.dispatched();
    await dispatch.send(4_000);
    await Bun.sleep(100);
    slow.freeze();
    const other = await dispatch.startProcess();
    await dispatch.send(100);
    await dispatch.dispatched();
    slow.thaw();
    await dispatch.send(100);
    await dispatch.dispatched();
    await dispatch.check();
    for (let waited = 0; (await slow.metric('parley_dispatch_stale_owner_total')) === 0 && waited < 100; waited++) await Bun.sleep(50);
    expect(await slow.metric('parley_dispatch_stale_owner_total')).toBeGreaterThan(0);
    expect(await other.metric('parley_dispatch_unknown_outcomes_total')).toBe(0);
  },
  180_000,
);

guarded.test(
  'members come, go and are killed under load, and every message gets its one number',
  async () => {
    const dispatch = await open(20);
    const first = await dispatch.startProcess();
    let sending = true;
    const load = (async () => {
      while (sending) {
        await dispatch.send(40);
        await Bun.sleep(100);
      }
    })();
    await Bun.sleep(1_000);
    const second = await dispatch.startProcess();
    await Bun.sleep(3_000);
    expect(await first.stop()).toBe(0);
    await Bun.sleep(2_000);
    const third = await dispatch.startProcess();
    await Bun.sleep(2_000);
    await second.stop('SIGKILL');
    await Bun.sleep(2_000);
    sending = false;
    await load;
    await dispatch.dispatched();
    await dispatch.check();
    expect(await third.metric('parley_dispatch_partitions')).toBe(dispatch.bus.partitions('messages'));
    expect(await third.metric('parley_dispatch_gap_records_total')).toBe(0);
  },
  180_000,
);

guarded.test(
  'what retention took from the log before it was dispatched is counted, and all that is left is sequenced, also without a position (B5)',
  async () => {
    const dispatch = await open(1, 1);
    const [conversation] = dispatch.conversations as [number];
    const gaps = (process: DispatchProcess) => process.metric('parley_dispatch_gap_records_total');
    const first = await dispatch.startProcess();
    await dispatch.send(9);
    await dispatch.dispatched();
    expect(await first.stop()).toBe(0);
    await dispatch.send(140);
    await dispatch.bus.truncate('messages', 0, 50);
    const second = await dispatch.startProcess();
    await dispatch.dispatched();
    expect([await gaps(second), await dispatch.lastSequence(conversation)]).toEqual([40, 110]);
    expect(await second.stop()).toBe(0);
    const { brokers, prefix } = dispatch.settings.kafka;
    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...brokers] });
    await admin.deleteGroups({ groups: [`${prefix}dispatch.messages`] });
    await admin.close();
    await dispatch.send(50);
    await dispatch.bus.truncate('messages', 0, 170);
    const third = await dispatch.startProcess();
    await dispatch.dispatched();
    expect([await gaps(third), await dispatch.lastSequence(conversation)]).toEqual([20, 140]);
  },
  180_000,
);

guarded.test(
  'a device that is surely offline is pushed once for each message, and nobody while routes may be missing',
  async () => {
    const standIn = await PushStandIn.start();
    try {
      const dispatch = await open(1, 1, { push: { url: standIn.url } });
      const [phone, tablet] = [deviceKey(2, 1), deviceKey(2, 2)];
      for (const device of [phone, tablet, deviceKey(1, 1)]) await dispatch.store.addDevice(device);
      const process = await dispatch.startProcess();
      const pushed = () => process.metric('parley_dispatch_pushed_total');
      await dispatch.send(1);
      await dispatch.dispatched();
      expect([await pushed(), await process.metric('parley_dispatch_push_uncertain_total')]).toEqual([0, 1]);
      const routes = await openRedisRoutes(dispatch.settings.redis, { log: () => undefined });
      await routes.renewLease(1, 120_000, true);
      await routes.put([{ device: tablet, gateway: 1, edge: 0, connection: 1, epoch: 1 }]);
      for (let waited = 0; !(await routes.lookup([2])).certain && waited < 300; waited++) await Bun.sleep(100);
      await dispatch.send(20);
      await dispatch.dispatched();
      for (let waited = 0; (await pushed()) < 20 && waited < 100; waited++) await Bun.sleep(50);
      await routes.close();
      expect([...standIn.told].map(([key, times]) => [key.split('.')[0], times])).toEqual(new Array(20).fill([`${phone}`, 1]));
      expect(standIn.wrong).toEqual([]);
    } finally {
      await standIn.close();
    }
  },
  120_000,
);
