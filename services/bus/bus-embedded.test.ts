import { afterAll } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcClient, RpcServer } from '../runtime/rpc.ts';
import type { Listening } from '../runtime/tcp.ts';
import { busContract } from './bus.contract.ts';
import { BusEmbedded } from './bus-embedded.ts';
import { openFileBus } from './bus-file.ts';
import { serveBus } from './bus-served.ts';
import type { LogBus } from './log-bus.ts';

const secret = new Uint8Array(32).fill(4);
const root = mkdtempSync(join(tmpdir(), 'parley-bus-embedded-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;

busContract('embedded, over rpc', async (settings) => {
  const directory = join(root, String(directories++));
  const topic = (partitions: number) => ({ partitions, limitBytes: settings.limitBytes, segmentBytes: 1 });
  const { messages, receipts, deliveries } = settings.partitions;
  let log: LogBus;
  let listening: Listening;
  let rpc: RpcClient;
  const start = () => {
    log = openFileBus({
      directory,
      topics: { messages: topic(messages), receipts: topic(receipts), deliveries: { ...topic(deliveries), keepConsumedSegments: 0 } },
      events: { gap: () => undefined, handlerFailed: () => undefined, cut: () => undefined, positionsFailed: () => undefined },
      now: settings.now,
    });
    const server = new RpcServer({ secret, log: () => undefined });
    serveBus(server, log);
    listening = server.listen('127.0.0.1', 0);
    rpc = new RpcClient({ host: '127.0.0.1', port: () => listening.port, secret, pendingBytesLimit: 64e6, log: () => undefined });
    return BusEmbedded.connect(rpc, settings.events);
  };
  const stop = async (bus: BusEmbedded) => {
    await bus.close();
    rpc.close();
    await log.close();
    listening.close();
  };
  let bus = await start();
  return {
    bus,
    another: undefined,
    truncate: async (name, partition, before) => log.release(name, partition, before),
    restart: async () => {
      await stop(bus);
      bus = await start();
      return bus;
    },
    close: () => stop(bus),
  };
});
