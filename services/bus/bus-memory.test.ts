import { busContract } from './bus.contract.ts';
import { createMemoryBus } from './bus-memory.ts';

busContract('memory', async (settings) => {
  const bus = createMemoryBus(settings);
  return {
    bus,
    another: async () => bus.another(),
    truncate: async (topic, partition, before) => bus.release(topic, partition, before),
    restart: undefined,
    close: () => bus.close(),
  };
});
