import { SPAWNED_WORKERS } from './spawned-workers.ts';
import { workerChannelContract } from './worker-channel.contract.ts';

workerChannelContract('of this machine', async () => ({
  place: SPAWNED_WORKERS,
  pidOf: (_index, channel) => channel.pid!,
  end: async () => {},
}));
