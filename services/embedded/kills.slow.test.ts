/**
 * The embedded process is killed with SIGKILL again and again under load. Whatever was accepted is stored once, under one
 * number; sequences have no gap; every answer names the stored number; positions from before stay good.
 */
import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { conversationOfCreate } from '../bus/conversation-of-create.ts';
import { decodeDelivery, encodeMessage } from '../bus/record-codec.ts';
import type { MessageRecord } from '../bus/records.ts';
import { deviceKey } from '../protocol/ids.ts';
import { seededNumbers } from '../runtime/seeded-numbers.ts';
import { connectEmbedded, type EmbeddedBackends } from './connect.ts';
import { EmbeddedProcess } from './embedded-process.harness.ts';

const KILLS = 12;
const CONVERSATIONS = 30;
const SEED = 20_261_125;
const NOTHING = new Uint8Array(0);
const ALICE = 1;
const BOB = 2;

const root = mkdtempSync(join(tmpdir(), 'parley-kills-'));
const embedded = new EmbeddedProcess(root);
afterAll(async () => {
  await embedded.end('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

test(`nothing accepted is lost in ${KILLS} kills at seeded moments, and every id has one number`, async () => {
  const random = seededNumbers(SEED);
  await embedded.start();
  const rpc = embedded.client();
  const backends = await connectEmbedded(rpc, { gap: () => expect.unreachable(), handlerFailed: () => undefined });
  const load = new Load(backends, random);
  await load.createConversations();
  let stopped = false;
  const sending = (async () => {
    while (!stopped) {
      load.sendSome();
      await Bun.sleep(1);
    }
  })();
  const positions: Uint8Array[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await Bun.sleep(20 + random(250));
    const page = await backends.store.changedSince(ALICE, NOTHING, 256);
    if ('position' in page) positions.push(page.position);
    await Bun.sleep(random(50));
    await embedded.end('SIGKILL');
    await Bun.sleep(random(30));
    await embedded.start();
  }
  stopped = true;
  await sending;
  await load.settled();

  const stored = await load.readBack();
  expect(stored.size).toBe(load.accepted.size);
  expect([...load.accepted].filter((id) => !stored.has(id))).toEqual([]);
  expect([...load.answers].filter(([id, told]) => told.size !== 1 || !told.has(stored.get(id)!))).toEqual([]);
  expect(load.answers.size).toBe(stored.size);
  for (const position of positions) expect('refused' in (await backends.store.changedSince(ALICE, position, 256))).toBe(false);
  expect(load.accepted.size).toBeGreaterThan(1_000);
  await backends.bus.close();
  rpc.close();
}, 120_000);

class Load {
  readonly accepted = new Set<string>();
  /** Sequences that were told for an id. */
  readonly answers = new Map<string, Set<number>>();
  private readonly backends: EmbeddedBackends;
  private readonly random: (below: number) => number;
  private readonly sent: MessageRecord[] = [];
  private readonly waiting = new Set<Promise<void>>();
  private conversations: number[] = [];
  private sends = 0;

  constructor(backends: EmbeddedBackends, random: (below: number) => number) {
    this.backends = backends;
    this.random = random;
  }

  async createConversations(): Promise<void> {
    await this.backends.bus.consume('relay', 'deliveries', 1, async (batch) => {
      for (const { value } of batch) this.take(value);
      await this.backends.bus.commit('relay', 'deliveries', 1, batch.at(-1)!.offset + 1);
    });
    this.conversations = Array.from({ length: CONVERSATIONS }, () => {
      const from = this.sender();
      const conversation = conversationOfCreate(0, from.from, from.id);
      this.append([{ kind: 'create', conversation, ...from, members: [BOB] }]);
      return conversation;
    });
    await this.settled();
  }

  /** A few new messages and, now and then, one that was sent before, as an impatient client does. */
  sendSome(): void {
    const records: MessageRecord[] = Array.from({ length: 1 + this.random(6) }, () => {
      if (this.sent.length > 0 && this.random(10) === 0) return this.sent[this.random(this.sent.length)]!;
      const conversation = this.conversations[this.random(CONVERSATIONS)]!;
      const body = new Uint8Array(this.random(600)).fill(this.sends);
      return { kind: 'send', conversation, ...this.sender(), contentType: 1, bodies: [{ device: 0, body }] };
    });
    this.append(records);
  }

  async settled(): Promise<void> {
    await Promise.all(this.waiting);
    const { bus } = this.backends;
    const end = await bus.end('messages', 0);
    while (((await bus.committed('dispatch', 'messages', 0)) ?? 0) < end) await Bun.sleep(5);
    const deliveries = await bus.end('deliveries', 1);
    while (((await bus.committed('relay', 'deliveries', 1)) ?? 0) < deliveries) await Bun.sleep(5);
  }

  /** Every stored id with its sequence; fails on a gap or an id that stands twice. */
  async readBack(): Promise<Map<string, number>> {
    const stored = new Map<string, number>();
    for (const conversation of this.conversations) {
      let next = 1;
      for (let more = true; more; ) {
        const page = await this.backends.store.entries(BOB, conversation, next, 1e9, 256, 100_000);
        if ('refused' in page) throw new Error(page.refused);
        for (const { sequence, id } of page.entries) {
          if (sequence !== next++) throw new Error(`conversation ${conversation}: ${sequence} where ${next - 1} was due`);
          if (stored.has(keyOf(id))) throw new Error(`conversation ${conversation}: ${keyOf(id)} stands twice`);
          stored.set(keyOf(id), sequence);
        }
        more = page.more;
      }
    }
    return stored;
  }

  private append(records: readonly MessageRecord[]): void {
    this.sent.push(...records);
    const appended = this.backends.bus.append('messages', 0, records.map(encodeMessage)).then(() => {
      for (const { id } of records) this.accepted.add(keyOf(id));
      this.waiting.delete(appended);
    });
    this.waiting.add(appended);
  }

  private take(value: Uint8Array): void {
    const decoded = decodeDelivery(value);
    if (!decoded.ok || decoded.record.kind !== 'entry') throw new Error('not the delivery of an entry');
    const { id, sequence } = decoded.record.entry;
    this.answers.set(keyOf(id), (this.answers.get(keyOf(id)) ?? new Set()).add(sequence));
  }

  private sender() {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, this.sends++);
    return { id, from: deviceKey(ALICE, 1), replyTo: { gateway: 1, edge: 0, connection: 1 } };
  }
}

const keyOf = (id: Uint8Array) => Buffer.from(id).toString('hex');
