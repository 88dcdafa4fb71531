/**
 * A member of a group in a process of its own, for tests that stop it: takes one batch, tells it, waits until it is told to go
 * on, commits, and tells how that went. Its settings are its one argument.
 */
import type { KafkaSettings } from '../backends/settings.ts';
import { openKafkaBus } from './bus-kafka.ts';

const settings = JSON.parse(process.argv[2]!) as KafkaSettings;
const tell = (line: string) => process.stdout.write(`${line}\n`);
let go = () => {};
const gate = new Promise<void>((resolve) => {
  go = resolve;
});
process.stdin.on('data', () => go());

const bus = await openKafkaBus(settings, {
  events: { gap: () => undefined, handlerFailed: () => undefined, fenced: () => tell('event fenced') },
  lingerMs: 1,
  sessionMs: 6_000,
});
await bus.share('g', 'messages', async (partition) => ({
  from: await bus.committed('g', 'messages', partition),
  take: async (batch) => {
    tell(`took ${partition} ${batch[0]!.offset}`);
    await gate;
    const next = batch.at(-1)!.offset + 1;
    await bus.commit('g', 'messages', partition, next).then(
      () => tell('committed'),
      (error: { code?: string }) => tell(`refused ${error.code}`),
    );
  },
  lost: () => tell(`lost ${partition}`),
}));
