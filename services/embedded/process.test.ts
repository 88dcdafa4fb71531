import { afterAll, afterEach, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMessage } from '../bus/record-codec.ts';
import { deviceKey } from '../protocol/ids.ts';
import { connectEmbedded } from './connect.ts';
import { EmbeddedProcess } from './embedded-process.harness.ts';

const root = mkdtempSync(join(tmpdir(), 'parley-embedded-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const events = { gap: () => undefined, handlerFailed: () => undefined };
const started: EmbeddedProcess[] = [];
afterEach(async () => {
  for (const process of started.splice(0)) await process.end('SIGKILL');
});

let directories = 0;
async function start(directory = join(root, String(directories++)), overrides = {}): Promise<EmbeddedProcess> {
  const process = new EmbeddedProcess(directory, overrides);
  started.push(process);
  await process.start();
  return process;
}

const replyTo = { gateway: 1, edge: 0, connection: 7 };
const create = (id: number) =>
  encodeMessage({
    kind: 'create',
    conversation: 100 + id,
    id: new Uint8Array(16).fill(id),
    from: deviceKey(1, 1),
    replyTo,
    members: [2],
  });

test('it starts empty, counts what it does, and ends by SIGTERM with nothing lost and its directory free', async () => {
  const directory = join(root, 'graceful');
  const embedded = await start(directory);
  const rpc = embedded.client();
  const { bus, store } = await connectEmbedded(rpc, events);
  await bus.append('messages', 0, [create(1), Uint8Array.of(9)]);
  const seen: number[] = [];
  await bus.consume('relay', 'deliveries', 1, async (batch) => void seen.push(...batch.map(({ offset }) => offset)));
  while (seen.length === 0) await Bun.sleep(5);
  const snapshot = await embedded.metrics();
  const sampleOf = (name: string) => snapshot.find((metric) => metric.name === name)?.values[0]?.value;
  expect(sampleOf('parley_dispatch_entries_total')).toBe(1);
  expect(sampleOf('parley_dispatch_poison_total')).toBe(1);
  expect(readFileSync(join(directory, 'embedded', 'dead-letters.jsonl'), 'utf8')).toContain('record version 9');
  await bus.close();
  expect(await embedded.end('SIGTERM')).toBe(0);
  expect(existsSync(join(directory, 'embedded', 'lock'))).toBe(false);
  await embedded.start();
  expect(await store.changedSince(2, new Uint8Array(0), 10)).toMatchObject({ changes: [{ conversation: 101, sequence: 1 }] });
  rpc.close();
});

test('a second process on the same directory is refused and says who holds it; after a kill the next one starts', async () => {
  const directory = join(root, 'shared');
  const first = await start(directory);
  const second = new EmbeddedProcess(directory);
  await expect(second.start()).rejects.toThrow(`is held by process ${first.pid}`);
  await first.end('SIGKILL');
  await second.start();
  await second.end('SIGTERM');
});

test('a damaged log is refused by name and place; nothing is cut off', async () => {
  const directory = join(root, 'damaged');
  const embedded = await start(directory);
  const rpc = embedded.client();
  const { bus } = await connectEmbedded(rpc, events);
  for (let id = 1; id < 10; id++) await bus.append('messages', 0, [create(id)]);
  await bus.close();
  rpc.close();
  await embedded.end('SIGKILL');
  const file = join(directory, 'embedded', 'log', 'messages', '0', '0000000000000000.log');
  const bytes = readFileSync(file);
  bytes[100]! ^= 1;
  writeFileSync(file, bytes);
  await expect(embedded.start()).rejects.toThrow(`${file} is damaged at byte`);
  expect(readFileSync(file).length).toBe(bytes.length);
});

test('a changed rate does not change what the log has decided', async () => {
  const directory = join(root, 'rates');
  const generous = await start(directory, { conversationRate: 1_000 });
  const rpc = generous.client();
  const { bus } = await connectEmbedded(rpc, events);
  const send = (id: number) =>
    encodeMessage({
      kind: 'send',
      conversation: 101,
      id: new Uint8Array(16).fill(id),
      from: deviceKey(1, 1),
      replyTo,
      contentType: 0,
      bodies: [],
    });
  await bus.append('messages', 0, [create(1), ...Array.from({ length: 20 }, (_, index) => send(10 + index))]);
  while ((await bus.committed('dispatch', 'messages', 0)) !== 21) await Bun.sleep(5);
  await bus.close();
  rpc.close();
  await generous.end('SIGKILL');
  const strict = await start(directory, { conversationRate: 1 });
  const again = strict.client();
  const backends = await connectEmbedded(again, events);
  expect(await backends.store.changedSince(1, new Uint8Array(0), 10)).toMatchObject({ changes: [{ conversation: 101, sequence: 21 }] });
  await backends.bus.append('messages', 0, [send(40), send(41), send(42)]);
  while ((await backends.bus.committed('dispatch', 'messages', 0)) !== 24) await Bun.sleep(5);
  const page = await backends.store.changedSince(1, new Uint8Array(0), 10);
  if ('refused' in page) throw new Error(page.refused);
  expect(page.changes[0]!.sequence).toBeLessThan(24);
  again.close();
});
