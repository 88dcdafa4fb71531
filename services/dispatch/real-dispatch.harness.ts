/** Messages on the real systems, dispatch processes beside them, and what must hold whoever dispatched what. */
import { expect } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectReader, type Systems } from '../backends/connect.ts';
import type { BackendsSettings } from '../backends/settings.ts';
import type { KafkaBus } from '../bus/bus-kafka.ts';
import { partitionOf } from '../bus/partition.ts';
import { decodeDelivery, encodeMessage } from '../bus/record-codec.ts';
import type { MessageRecord } from '../bus/records.ts';
import { deviceKey, MESSAGE_ID_BYTES } from '../protocol/ids.ts';
import { createLog } from '../runtime/log.ts';
import type { Store } from '../store/store.ts';
import { scanLog } from '../trace/log-scan.ts';
import { DISPATCH_GROUP } from './dispatch.ts';
import { DispatchProcess } from './dispatch-process.harness.ts';

const ALICE = deviceKey(1, 1);
const GATEWAY = 1;
const WAIT_MS = 90_000;

export class RealDispatch {
  readonly backendsFile: string;
  readonly settings: BackendsSettings;
  readonly bus: KafkaBus;
  readonly store: Store;
  readonly conversations: readonly number[];
  private readonly directory: string;
  private readonly closeSystems: () => Promise<void>;
  private readonly processes: DispatchProcess[] = [];
  private readonly sent = new Map<number, number>();
  private nextId = 1;

  private constructor(directory: string, settings: BackendsSettings, systems: Systems, conversations: number) {
    this.settings = settings;
    this.directory = directory;
    this.backendsFile = join(directory, 'backends.json');
    this.bus = systems.bus;
    this.store = systems.store;
    this.closeSystems = systems.close;
    this.conversations = Array.from({ length: conversations }, (_, index) => 1_000 + index);
  }

  static async open(settings: BackendsSettings, conversations: number): Promise<RealDispatch> {
    const directory = mkdtempSync(join(tmpdir(), 'parley-dispatch-'));
    writeFileSync(join(directory, 'backends.json'), JSON.stringify(settings));
    const quiet = createLog('test', () => undefined);
    const real = new RealDispatch(directory, settings, await connectReader(settings, quiet), conversations);
    for (const conversation of real.conversations) await real.append(conversation, [{ kind: 'create', members: [2] }]);
    return real;
  }

  async startProcess(): Promise<DispatchProcess> {
    const started = await DispatchProcess.start(this.backendsFile);
    this.processes.push(started);
    return started;
  }

  /** So many messages, spread over all conversations. */
  async send(count: number): Promise<void> {
    const share = Math.ceil(count / this.conversations.length);
    await Promise.all(
      this.conversations.map((conversation) =>
        this.append(
          conversation,
          Array.from({ length: share }, () => ({ kind: 'send' }) as const),
        ),
      ),
    );
  }

  /** Waits until the group has committed everything that is in the log now. */
  async dispatched(): Promise<void> {
    const deadlineMs = Date.now() + WAIT_MS;
    for (let partition = 0; partition < this.bus.partitions('messages'); partition++) {
      const end = await this.bus.end('messages', partition);
      while (((await this.bus.committed(DISPATCH_GROUP, 'messages', partition)) ?? 0) < end) {
        if (Date.now() > deadlineMs) throw new Error(`messages/${partition} is not dispatched in time`);
        await Bun.sleep(50);
      }
    }
  }

  /** 1..n in each conversation, each id once; no id was ever told two numbers. */
  async check(): Promise<void> {
    for (const conversation of this.conversations) {
      const sent = this.sent.get(conversation)!;
      const ids = new Set<string>();
      for (let from = 1; from <= sent; ) {
        const page = await this.store.entries(1, conversation, from, sent, 200, 1_000_000);
        if ('refused' in page) throw new Error(page.refused);
        for (const { sequence, id } of page.entries) {
          expect(sequence).toBe(from++);
          ids.add(Buffer.from(id).toString('hex'));
        }
        if (page.entries.length === 0) break;
      }
      expect([conversation, ids.size]).toEqual([conversation, sent]);
    }
    const told = new Map<string, Set<number>>();
    const scan = {
      bus: this.bus,
      topic: 'deliveries',
      fromMs: 0,
      group: `check.${this.directory.slice(-6)}`,
      deadlineMs: WAIT_MS,
    } as const;
    const whole = await scanLog(scan, (_, { value }) => {
      const decoded = decodeDelivery(value);
      if (!decoded.ok || decoded.record.kind !== 'entry') throw new Error('a delivery that is no entry');
      const { id, sequence } = decoded.record.entry;
      const key = Buffer.from(id).toString('hex');
      told.set(key, (told.get(key) ?? new Set()).add(sequence));
    });
    expect(whole).toBe(true);
    expect([...told.values()].filter((numbers) => numbers.size !== 1)).toEqual([]);
    expect(told.size).toBe([...this.sent.values()].reduce((sum, sent) => sum + sent, 0));
  }

  async lastSequence(conversation: number): Promise<number> {
    return (await this.store.conversations([conversation])).get(conversation)?.lastSequence ?? 0;
  }

  async close(): Promise<void> {
    for (const one of this.processes) await one.stop('SIGKILL');
    await this.closeSystems();
    rmSync(this.directory, { recursive: true });
  }

  private async append(
    conversation: number,
    asked: ReadonlyArray<{ kind: 'create'; members: number[] } | { kind: 'send' }>,
  ): Promise<void> {
    const values = asked.map((one) => {
      const id = new Uint8Array(MESSAGE_ID_BYTES);
      new DataView(id.buffer).setUint32(0, this.nextId++);
      const from = { conversation, id, from: ALICE, replyTo: { gateway: GATEWAY, edge: 0, connection: 1 } };
      const record: MessageRecord =
        one.kind === 'create'
          ? { ...one, ...from }
          : { kind: 'send', ...from, contentType: 1, bodies: [{ device: 0, body: new Uint8Array(100) }] };
      return encodeMessage(record);
    });
    await this.bus.append('messages', partitionOf(conversation, this.bus.partitions('messages')), values);
    this.sent.set(conversation, (this.sent.get(conversation) ?? 0) + values.length);
  }
}
