/** Replay on the real systems: what was poison reaches its conversation, once, however often it is asked for. */
import { afterAll, expect, setDefaultTimeout } from 'bun:test';
import { partitionOf } from '../bus/partition.ts';
import { encodeMessage } from '../bus/record-codec.ts';
import { RealDispatch } from '../dispatch/real-dispatch.harness.ts';
import { OwnBackends } from '../local/own-backends.harness.ts';
import { deviceKey } from '../protocol/ids.ts';
import { requires } from '../runtime/requires.ts';
import { VERSIONS } from '../runtime/versions.ts';

setDefaultTimeout(120_000);

const own = new OwnBackends();
afterAll(() => own.giveBack());

requires('kafka', 'cassandra', 'valkey').test(
  'letters that can be read now are replayed into their conversation once, however often replay is run; the others stay and are named',
  async () => {
    const dispatch = await RealDispatch.open(await own.make({ messages: 2, receipts: 1, deliveries: 2 }), 1);
    const { bus, settings } = dispatch;
    try {
      const [conversation] = dispatch.conversations as [number];
      const partition = partitionOf(conversation, 2);
      const late = encodeMessage({
        kind: 'send',
        conversation,
        id: new Uint8Array(16).fill(0xee),
        from: deviceKey(1, 1),
        replyTo: { gateway: 1, edge: 0, connection: 1 },
        contentType: 1,
        bodies: [{ device: 0, body: Uint8Array.of(7) }],
      });
      // As a dispatcher of the version before kept it, an hour ago.
      const loggedAtMs = Date.now() - 3_600_000;
      const letter = { topic: 'messages', partition, reason: 'record version 2, this process reads 1 to 1' } as const;
      await bus.deadLetter({ ...letter, record: { offset: 900, loggedAtMs, value: late } });
      const newer = Uint8Array.of(VERSIONS.record.newest + 1, ...late.subarray(1));
      await bus.deadLetter({ ...letter, record: { offset: 901, loggedAtMs, value: newer } });
      await dispatch.startProcess();
      await dispatch.send(3);
      await dispatch.dispatched();
      const before = await dispatch.lastSequence(conversation);

      const listed = await deadLetters('list', dispatch.backendsFile);
      expect(listed.code).toBe(2);
      expect(listed.states).toEqual([`messages/${partition}@900 replayable`, `messages/${partition}@901 unreadable`]);
      expect(await bus.end('messages', partition)).toBe(before);

      const first = await deadLetters('replay', dispatch.backendsFile);
      expect(first.states).toEqual([`messages/${partition}@900 replayed`, `messages/${partition}@901 unreadable`]);
      await dispatch.dispatched();
      expect(await dispatch.lastSequence(conversation)).toBe(before + 1);

      const second = await deadLetters('replay', dispatch.backendsFile, '--at', `messages/${partition}@900`);
      expect(second).toEqual({ code: 0, states: [`messages/${partition}@900 in the log`] });
      await dispatch.dispatched();
      expect(await dispatch.lastSequence(conversation)).toBe(before + 1);
      const page = await dispatch.store.entries(1, conversation, before + 1, before + 1, 1, 1_000_000);
      expect('entries' in page && page.entries.map(({ id }) => id[0])).toEqual([0xee]);

      expect((await deadLetters('replay', dispatch.backendsFile, '--at', 'messages/0@12345')).code).toBe(3);
      expect(settings.kafka.partitions.messages).toBe(2);
    } finally {
      await dispatch.close();
    }
  },
);

async function deadLetters(...args: string[]): Promise<{ code: number; states: string[] }> {
  const [action, backends, ...rest] = args;
  const command = [process.execPath, 'parley.ts', 'dead-letters', action!, '--backends', backends!, '--json', ...rest];
  const child = Bun.spawn(command, { cwd: `${import.meta.dir}/../..`, stdout: 'pipe', stderr: 'pipe' });
  const text = await new Response(child.stdout).text();
  const code = await child.exited;
  const { letters = [] } = (text === '' ? {} : JSON.parse(text)) as { letters?: { place: string; state: string }[] };
  return { code, states: letters.map(({ place, state }) => `${place} ${state}`) };
}
