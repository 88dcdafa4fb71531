import { RpcClient, RpcServer } from '../runtime/rpc.ts';
import { storeContract } from './store.contract.ts';
import { StoreMemory } from './store-memory.ts';
import { StoreEmbedded, serveStore } from './store-wire.ts';

const secret = new Uint8Array(32).fill(4);

/** Reads come over rpc; dispatch writes beside the store, so the other half is the store’s own. */
storeContract('embedded, read over rpc', async (log) => {
  const closers: Array<() => void> = [];
  const make = () => {
    const memory = new StoreMemory(log);
    const server = new RpcServer({ secret, log: () => undefined });
    serveStore(server, memory);
    const listening = server.listen('127.0.0.1', 0);
    const rpc = new RpcClient({ host: '127.0.0.1', port: () => listening.port, secret, pendingBytesLimit: 16e6, log: () => undefined });
    closers.push(() => rpc.close(), listening.close);
    const reads = new StoreEmbedded(rpc);
    return {
      changedSince: reads.changedSince.bind(reads),
      changedSinceEach: reads.changedSinceEach.bind(reads),
      entries: reads.entries.bind(reads),
      history: reads.history.bind(reads),
      list: reads.list.bind(reads),
      conversations: reads.conversations.bind(reads),
      receipts: reads.receipts.bind(reads),
      setReceiptPrivacy: reads.setReceiptPrivacy.bind(reads),
      addDevice: reads.addDevice.bind(reads),
      outcomesAt: memory.outcomesAt.bind(memory),
      write: memory.write.bind(memory),
      progress: memory.progress.bind(memory),
      markReceipts: memory.markReceipts.bind(memory),
      withholding: memory.withholding.bind(memory),
      senders: memory.senders.bind(memory),
      devices: memory.devices.bind(memory),
      close: memory.close.bind(memory),
    };
  };
  return {
    refusesGaps: true,
    store: make(),
    rebuilt: async () => make(),
    close: async () => {
      for (const close of closers.splice(0)) close();
    },
  };
});
