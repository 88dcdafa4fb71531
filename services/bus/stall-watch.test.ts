import { expect, test } from 'bun:test';
import { StallWatch } from './stall-watch.ts';

function watching(end: () => number | Promise<number>) {
  let nowMs = 0;
  let stalls = 0;
  const watch = new StallWatch(1_000, () => nowMs);
  const tracked = watch.track({ key: 'g/messages/0', end: async () => end(), stalled: () => stalls++ }, 0);
  return {
    watch,
    tracked,
    stalls: () => stalls,
    async after(milliseconds: number) {
      nowMs += milliseconds;
      await watch.check();
    },
  };
}

test('a consumer with nothing to take, or that moves, is not stalled', async () => {
  let end = 0;
  const { tracked, stalls, after } = watching(() => end);
  await after(5_000);
  end = 10;
  for (let next = 1; next <= 10; next++) {
    await after(900);
    tracked.moved(next);
  }
  await after(5_000);
  expect(stalls()).toBe(0);
});

test('records that wait for the stall time are a stall, the second in a row means not ready, and a record ends it', async () => {
  const { watch, tracked, stalls, after } = watching(() => 10);
  await after(999);
  expect(stalls()).toBe(0);
  await after(1);
  expect(stalls()).toBe(1);
  expect(watch.stuck).toEqual([]);
  await after(1_000);
  expect(stalls()).toBe(2);
  expect(watch.stuck).toEqual(['g/messages/0']);
  tracked.moved(3);
  expect(watch.stuck).toEqual([]);
});

test('a broker that does not answer is no stall, and a partition that went elsewhere is nobody’s readiness', async () => {
  const away = watching(() => Promise.reject(new Error('away')));
  await away.after(1_000);
  expect(away.stalls()).toBe(0);
  const { watch, tracked, after } = watching(() => 10);
  await after(1_000);
  await after(1_000);
  tracked.stop();
  expect(watch.stuck).toEqual([]);
});
