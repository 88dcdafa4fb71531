/**
 * What the embedded process costs by itself: starts it, plays a relay (appends sends, takes deliveries, commits) at set
 * rates, and prints CPU of the embedded process per message and its memory. `bun services/embedded/measure.ts [seconds] [linkFlushMs]`.
 * The relay's own cost is not in the figures; the machine's other work is not kept out: run it twice.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conversationOfCreate } from '../bus/conversation-of-create.ts';
import { decodeDelivery, encodeMessage, encodeReceipt } from '../bus/record-codec.ts';
import { deviceKey } from '../protocol/ids.ts';
import { RpcClient } from '../runtime/rpc.ts';
import { EMBEDDED_CONFIG_VARIABLE, type EmbeddedConfig } from './config.ts';
import { connectEmbedded } from './connect.ts';

const RATES = [2_500, 10_000];
const CONVERSATIONS = 2_000;
const BODY = new Uint8Array(200).fill(7);
const TICK_MS = 1;
const GATEWAY = 1;

const seconds = Number(process.argv[2] ?? 5);
const directory = mkdtempSync(join(tmpdir(), 'parley-measure-'));
const secretFile = join(directory, 'secret');
writeFileSync(secretFile, randomBytes(32), { mode: 0o600 });
const linkFlushMs = Number(process.argv[3] ?? 4);
const config: EmbeddedConfig = {
  directory: join(directory, 'embedded'),
  secretFile,
  port: 0,
  maxBytes: 8e9,
  conversationRate: 100_000,
  linkFlushMs,
  speaks: 'newest',
};
let port: number | undefined;
const child = Bun.spawn([process.execPath, '--smol', join(import.meta.dir, 'main.ts')], {
  env: { ...process.env, [EMBEDDED_CONFIG_VARIABLE]: JSON.stringify(config) },
  stdio: ['ignore', 'inherit', 'inherit'],
  ipc: (message: { type: string; port?: number }) => {
    if (message.type === 'ready') port = message.port;
  },
});
const rpc = new RpcClient({
  host: '127.0.0.1',
  port: () => port,
  secret: readFileSync(secretFile),
  flushGapMs: linkFlushMs,
  pendingBytesLimit: 64e6,
  log: () => undefined,
});
const { bus, routes } = await connectEmbedded(rpc, { gap: () => undefined, handlerFailed: () => undefined });
report('at rest', 0, 0);

const users = Array.from({ length: CONVERSATIONS }, (_, index) => [2 * index + 1, 2 * index + 2] as const);
await routes.put(
  users.flat().map((user) => ({ device: deviceKey(user, 1), gateway: GATEWAY, edge: 0, connection: user, epoch: Date.now() })),
);
let delivered = 0;
const subscription = await bus.consume('relay', 'deliveries', GATEWAY, async (batch) => {
  for (const { value } of batch) if (decodeDelivery(value).ok) delivered++;
  await bus.commit('relay', 'deliveries', GATEWAY, batch.at(-1)!.offset + 1);
});
const sender = (index: number) => {
  const user = users[index % CONVERSATIONS]![0];
  return { id: randomBytes(16), from: deviceKey(user, 1), replyTo: { gateway: GATEWAY, edge: 0, connection: user } };
};
const conversations = await Promise.all(
  users.map(async ([, member], index) => {
    const from = sender(index);
    const conversation = conversationOfCreate(0, from.from, from.id);
    await bus.append('messages', 0, [encodeMessage({ kind: 'create', conversation, ...from, members: [member] })]);
    return conversation;
  }),
);
for (const withReceipts of [false, false, true]) for (const rate of RATES) await run(rate, withReceipts);

await subscription.stop();
rpc.close();
child.kill('SIGTERM');
await child.exited;
rmSync(directory, { recursive: true, force: true });

async function run(perSecond: number, withReceipts: boolean): Promise<void> {
  const messages = perSecond * seconds;
  const startMs = performance.now();
  const cpuBefore = cpuMs();
  const target = delivered + messages;
  let sent = 0;
  const waiting: Promise<unknown>[] = [];
  while (sent < messages) {
    const due = Math.min(messages, Math.floor(((performance.now() - startMs) / 1_000) * perSecond));
    const values: Uint8Array[] = [];
    const receipts: Uint8Array[] = [];
    for (; sent < due; sent++) {
      const conversation = conversations[sent % CONVERSATIONS]!;
      values.push(encodeMessage({ kind: 'send', conversation, ...sender(sent), contentType: 1, bodies: [{ device: 0, body: BODY }] }));
      if (withReceipts) receipts.push(encodeReceipt({ kind: 'delivered', conversation, from: deviceKey(sent, 1), sequence: sent }));
    }
    if (values.length > 0) waiting.push(bus.append('messages', 0, values));
    if (receipts.length > 0) waiting.push(bus.append('receipts', 0, receipts));
    await Bun.sleep(TICK_MS);
  }
  await Promise.all(waiting);
  while (delivered < target) await Bun.sleep(5);
  const cpu = cpuMs();
  report(
    `${perSecond.toLocaleString('en')} messages/s${withReceipts ? ', a receipt each' : ''}`,
    ((cpu.user - cpuBefore.user) * 1_000) / messages,
    ((cpu.system - cpuBefore.system) * 1_000) / messages,
  );
}

function cpuMs(): { user: number; system: number } {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[11]) * 10, system: Number(fields[12]) * 10 };
}

function report(what: string, userUs: number, systemUs: number): void {
  const rollup = readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(rollup)?.[1] ?? 0);
  const cost =
    userUs + systemUs === 0
      ? ''
      : `${(userUs + systemUs).toFixed(1)} us a message (${userUs.toFixed(1)} user, ${systemUs.toFixed(1)} system), `;
  console.log(`${what}: ${cost}anonymous ${(kib('Anonymous') / 1024).toFixed(1)} MiB, resident ${(kib('Rss') / 1024).toFixed(1)} MiB`);
}
