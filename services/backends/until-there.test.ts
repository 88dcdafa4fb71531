import { expect, test } from 'bun:test';
import { BackendError } from '../runtime/backend-error.ts';
import { untilThere } from './until-there.ts';

function setUp() {
  let nowMs = 0;
  const said: string[] = [];
  const pauses: number[] = [];
  const say = (event: string) => void said.push(event);
  const waiting = {
    log: { info: say, warn: say, error: say },
    now: () => nowMs,
    pause: async (ms: number) => {
      pauses.push(ms);
      nowMs += ms;
    },
  };
  return { waiting, said, pauses };
}

test('a system that comes late is waited for with growing pauses, and the log says so without repeating itself', async () => {
  const { waiting, said, pauses } = setUp();
  let left = 8;
  const open = async () => {
    if (left-- > 0) throw new BackendError('unreachable', 'connection refused', true);
    return 'there';
  };
  expect(await untilThere('Kafka', open, waiting)).toBe('there');
  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
  expect(said).toEqual(['Kafka is not there: waiting for it', 'Kafka is there']);
});

test('what trying again does not heal is thrown at once', async () => {
  const { waiting, pauses } = setUp();
  const open = async () => {
    throw new BackendError('badLogin', 'the login was refused', false);
  };
  await expect(untilThere('Kafka', open, waiting)).rejects.toThrow('the login was refused');
  expect(pauses).toEqual([]);
});
